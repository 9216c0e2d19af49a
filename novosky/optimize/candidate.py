"""A candidate: every stage tuned on what the candidate's earlier stages say, then trained, in a folder of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from novosky.backtest.features_stage import write_features
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.stage_training import TRAINERS, Progress
from novosky.config.schema import Config
from novosky.config.schema.learning import FeaturesConfig
from novosky.config.walk import leaves
from novosky.errors import NovoskyError, UntrainableError
from novosky.models.bundle.bundle import Bundle, enabled_stages
from novosky.search.identity import study_identity
from novosky.search.space import with_params
from novosky.search.tune import JOINT, Tuned, tune_stage

OpenProgress = Callable[[str], AbstractContextManager[Progress]]


@dataclass
class Candidate:
    """Settings, models and what was searched; where a stage could not be made, `failure` says why and the rest is as
    far as it came."""

    before: Config
    config: Config
    prepared: Prepared
    folder: Path
    dropped: tuple[str, ...]
    bundle: Bundle | None = None
    tuned: dict[str, Tuned] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: str | None = None

    @property
    def made(self) -> Bundle:
        """The complete set."""
        if self.bundle is None or self.failure is not None:
            raise NovoskyError(f"expected a complete candidate, found none: {self.failure}")
        return self.bundle

    @property
    def params(self) -> dict[str, Any]:
        """Settings that differ from those that stood, by dotted key; places and the features' list aside."""
        then = {name: value for name, _, value in leaves(self.before)}
        found = {name: value for name, _, value in leaves(self.config) if value != then.get(name)}
        return {name: value for name, value in found.items() if not name.startswith(("paths.", "features."))}


def make_candidate(
    config: Config, prepared: Prepared, dropped: list[str], iteration: int, folder: Path, progress: OpenProgress
) -> Candidate:
    """Search and train, stage by stage; `folder` is emptied first. Raises as tuning and training do.

    A stage with too little to learn from, or a study without a completed trial, is no error: the candidate's `failure`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    own = replace(config, paths=replace(config.paths, train=str(folder)))
    if dropped:
        own = replace(own, features=_without(own, dropped))
        prepared = prepare(own)
    candidate = Candidate(config, own, prepared, folder, tuple(dropped))
    searched = not config.optimize.retrain_only
    try:
        if searched and config.search.kind == JOINT:
            _search(candidate, JOINT, iteration, progress)
            candidate.prepared = prepare(candidate.config)
        write_features(candidate.config, candidate.prepared)
        for stage in enabled_stages(config.stage):
            if searched and config.search.kind != JOINT and getattr(config.search, stage):
                _search(candidate, stage, iteration, progress)
            _train(candidate, stage, progress)
    except UntrainableError as error:
        candidate.failure = str(error)
    return candidate


def _search(candidate: Candidate, study: str, iteration: int, progress: OpenProgress) -> None:
    began, config, prepared = time.perf_counter(), candidate.config, candidate.prepared
    before = {} if candidate.bundle is None else dict(candidate.bundle.hashes)
    identity = study_identity(config, prepared, study, before, config.optimize.name, iteration)
    with progress(f"tuning {study}") as report:
        found = candidate.tuned[study] = tune_stage(config, prepared, study, identity, report)
    candidate.config = with_params(config, found.params)
    candidate.seconds[f"tune {study}"] = round(time.perf_counter() - began, 1)


def _train(candidate: Candidate, stage: str, progress: OpenProgress) -> None:
    began = time.perf_counter()
    with progress(f"training {stage}") as report:
        candidate.bundle = TRAINERS[stage](candidate.config, candidate.prepared, candidate.bundle, report)
    candidate.seconds[f"train {stage}"] = round(time.perf_counter() - began, 1)


def _without(config: Config, dropped: list[str]) -> FeaturesConfig:
    names = [name for name in config.features.names if name not in dropped]
    return replace(config.features, name=f"{config.features.name}-{len(names)}", names=names)
