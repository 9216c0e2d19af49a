"""A candidate: every stage tuned on what the candidate's earlier stages say, then trained, in a folder of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.stage_training import TRAINERS, Progress
from novosky.config.schema import Config
from novosky.config.schema.learning import FeaturesConfig
from novosky.config.walk import leaves
from novosky.models.bundle.bundle import Bundle, enabled_stages
from novosky.search.identity import study_identity
from novosky.search.space import with_params
from novosky.search.tune import JOINT, Tuned, tune_stage

OpenProgress = Callable[[str], AbstractContextManager[Progress]]


@dataclass(frozen=True)
class Candidate:
    """A trained set with the settings that it was made with; `params` are those in which they are new."""

    config: Config
    prepared: Prepared
    bundle: Bundle
    folder: Path
    params: dict[str, Any]
    dropped: tuple[str, ...]
    tuned: dict[str, Tuned]
    seconds: dict[str, float]


def make_candidate(
    config: Config, prepared: Prepared, dropped: list[str], iteration: int, folder: Path, progress: OpenProgress
) -> Candidate:
    """Search and train, stage by stage; `folder` is emptied first. Raises as tuning and training do."""
    shutil.rmtree(folder, ignore_errors=True)
    own = replace(config, paths=replace(config.paths, train=str(folder)))
    if dropped:
        own = replace(own, features=_without(own, dropped))
        prepared = prepare(own)
    tuned: dict[str, Tuned] = {}
    seconds: dict[str, float] = {}
    bundle: Bundle | None = None

    def search(study: str) -> None:
        nonlocal own
        began = time.perf_counter()
        before = {} if bundle is None else dict(bundle.hashes)
        identity = study_identity(own, prepared, study, before, own.optimize.name, iteration)
        with progress(f"tuning {study}") as report:
            found = tuned[study] = tune_stage(own, prepared, study, identity, report)
        own = with_params(own, found.params)
        seconds[f"tune {study}"] = round(time.perf_counter() - began, 1)

    if own.search.kind == JOINT and not own.optimize.retrain_only:
        search(JOINT)
        prepared = prepare(own)
    for stage in enabled_stages(own.stage):
        if own.search.kind != JOINT and getattr(own.search, stage) and not own.optimize.retrain_only:
            search(stage)
        began = time.perf_counter()
        with progress(f"training {stage}") as report:
            bundle = TRAINERS[stage](own, prepared, bundle, report)
        seconds[f"train {stage}"] = round(time.perf_counter() - began, 1)
    assert bundle is not None, "at least the signal stage is always enabled"
    return Candidate(own, prepared, bundle, folder, _new(config, own), tuple(dropped), tuned, seconds)


def _new(before: Config, now: Config) -> dict[str, Any]:
    """Settings that differ, by dotted key; places and the features' list aside."""
    then = {name: value for name, _, value in leaves(before)}
    found = {name: value for name, _, value in leaves(now) if value != then.get(name)}
    return {name: value for name, value in found.items() if not name.startswith(("paths.", "features."))}


def _without(config: Config, dropped: list[str]) -> FeaturesConfig:
    names = [name for name in config.features.names if name not in dropped]
    return replace(config.features, name=f"{config.features.name}-{len(names)}", names=names)
