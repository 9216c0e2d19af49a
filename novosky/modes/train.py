"""`mode=train`: the stages in order, into the working set; or one of them, as `dvc repro` asks for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from novosky.backtest.evidence import write_evidence
from novosky.backtest.features_stage import FEATURES, check_features_stage, write_features
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.backtest.training import stages_to_train, train_stages
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.errors import ConfigError
from novosky.models.bundle.bundle import STAGES, Bundle, enabled_stages
from novosky.models.bundle.manifest import FILE, read_manifest
from novosky.modes.blocks import data_block, fingerprints_block, warnings_of, windows_block
from novosky.modes.model_blocks import models_block
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import Report, progress, say
from novosky.modes.stage_tables import show_stages
from novosky.modes.volatile import volatile_block
from novosky.optimize.current import shadowed
from novosky.optimize.sync import check_sync

Seconds = dict[str, float]


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    if config.train.stage == FEATURES:
        return _features(config, run_dir, started)
    drifted = _drift_of_predecessors(config, stages_to_train(config)[0])  # refuse before the bars are read
    prepared = prepare(config)
    bundle, seconds = train(config, prepared)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "train",
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "models": models_block(bundle),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, bundle) + drifted,
        "volatile": volatile_block(started, stage_seconds=seconds),
    }
    write_evidence(run_dir, prepared.bars, Path(config.paths.train), bundle)
    write_json(run_dir / "result.json", result)
    show_stages(result["models"], seconds)
    for warning in result["warnings"]:
        say(f"! {warning}")
    _tell_shadowed(config)
    say(f"working set: {config.paths.train}")
    return ModeResult()


def _drift_of_predecessors(config: Config, first: str) -> list[str]:
    """The predecessors in the working set that were made with other settings: told, or refused where that is asked."""
    folders = {name: Path(config.paths.train) / name for name in STAGES[: STAGES.index(first)]}
    there = [name for name in enabled_stages(config.stage) if name in folders and (folders[name] / FILE).is_file()]
    words = check_sync(config, {name: read_manifest(folders[name], name) for name in there})
    return [] if words is None else [words]


def train(config: Config, prepared: Prepared) -> tuple[Bundle, Seconds]:
    """Train behind a progress bar a stage; the set, and the seconds that each stage took."""
    seconds: Seconds = {}

    @contextmanager
    def timed(stage: str) -> Iterator[Report]:
        began = time.perf_counter()
        with progress(f"training {stage}") as report:
            yield report
        seconds[stage] = round(time.perf_counter() - began, 1)

    if config.train.stage == "all":
        write_features(config, prepared)
    elif config.train.stage == "signal":
        check_features_stage(config, prepared)
    return train_stages(config, prepared, timed), seconds


def _features(config: Config, run_dir: Path, started: float) -> ModeResult:
    """The first stage alone: which bars, features and windows the others will learn from."""
    prepared = prepare(config)
    snapshot = prepared.market.snapshot.name
    if config.data.source not in GENERATED_SOURCES and config.data.snapshot is None:
        raise ConfigError(
            f"train.stage=features: data.snapshot is not set, and DVC cannot see what the bytes of a file are; set "
            f"data.snapshot={snapshot} in {config.optimize.current}, or train without DVC: mode=train"
        )
    write_features(config, prepared)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "train",
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "models": {},
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, None),
        "volatile": volatile_block(started, stage_seconds={}),
    }
    write_json(run_dir / "result.json", result)
    _tell_shadowed(config)
    say(f"features: {len(prepared.features.names)} of {len(prepared.bars)} bars, snapshot {snapshot}")
    return ModeResult()


def _tell_shadowed(config: Config) -> None:
    """On the screen alone: what another experiment file says is no part of a result."""
    if found := shadowed(config):
        say(f"! {config.optimize.current} sets these, conf/ does not: {', '.join(found)}")
