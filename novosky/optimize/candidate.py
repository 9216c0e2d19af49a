"""A candidate: every stage tuned on what the candidate's earlier stages say, then trained, in a folder of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from novosky.backtest.features_stage import write_features
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.stage_training import TRAINERS, Progress
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.schema.learning import FeaturesConfig
from novosky.config.walk import leaves
from novosky.errors import NovoskyError, UntrainableError, UserError
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.search.identity import study_identity
from novosky.search.space import with_params
from novosky.search.tune import JOINT, Tuned, tune_stage

OpenProgress = Callable[[str], AbstractContextManager[Progress]]
TUNE, TRAIN = "tune", "train"


class Step(NamedTuple):
    """A search or a training; `study` is a stage, or joint."""

    what: str
    study: str


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
    """Search and train, step by step; `folder` is emptied first. Raises as tuning and training do.

    A stage with too little to learn from, or a study without a completed trial, is no error: the candidate's `failure`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    candidate = new_candidate(config, prepared, dropped, folder)
    for step in steps_of(config, is_searched=not config.optimize.retrain_only):
        take(candidate, step, iteration, progress)
    return candidate


def new_candidate(config: Config, prepared: Prepared, dropped: list[str], folder: Path) -> Candidate:
    """Nothing is searched or trained yet; what `folder` holds stays."""
    own = replace(config, paths=replace(config.paths, train=str(folder)))
    if dropped:
        own = replace(own, features=_without(own, dropped))
        prepared = prepare(own)
    return Candidate(config, own, prepared, folder, tuple(dropped))


def steps_of(config: Config, is_searched: bool) -> list[Step]:
    """What makes a candidate, in order: each stage is searched behind the trained ones before it."""
    found = [Step(TUNE, JOINT)] if is_searched and config.search.kind == JOINT else []
    for stage in enabled_stages(config.stage):
        if is_searched and config.search.kind != JOINT and getattr(config.search, stage):
            found.append(Step(TUNE, stage))
        found.append(Step(TRAIN, stage))
    return found


def take(candidate: Candidate, step: Step, iteration: int, progress: OpenProgress) -> None:
    """Do a step, unless one before it could not be done."""
    if candidate.failure is not None:
        return
    try:
        if step.what == TUNE:
            _search(candidate, step.study, iteration, progress)
        else:
            _train(candidate, step.study, progress)
    except UntrainableError as error:
        candidate.failure = str(error)


def take_over(candidate: Candidate, step: Step, iteration: int, progress: OpenProgress) -> None:
    """A step that an earlier start did: a stage that lies there, made with these settings, is read."""
    is_training = step.what == TRAIN and candidate.failure is None
    if is_training and (bundle := _lying_there(candidate, step.study)) is not None:
        candidate.bundle = bundle
    else:
        take(candidate, step, iteration, progress)


def standing_candidate(config: Config, prepared: Prepared, bundle: Bundle, folder: Path) -> Candidate:
    """The set that stands, copied: other settings may be tried with it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(config.paths.train, folder, ignore=shutil.ignore_patterns(".*"))
    candidate = new_candidate(config, prepared, [], folder)
    names = prepared.features.names
    candidate.bundle = load_bundle(folder, tuple(bundle.facts), names, feature_hash(names))
    return candidate


def _lying_there(candidate: Candidate, stage: str) -> Bundle | None:
    """The stages up to `stage`, where they are complete and made with the candidate's settings."""
    config, names = candidate.config, candidate.prepared.features.names
    stages = enabled_stages(config.stage)
    wanted, now = stages[: stages.index(stage) + 1], fingerprint(config).parts
    try:
        bundle = load_bundle(candidate.folder, wanted, names, feature_hash(names))
    except UserError:
        return None
    if tuple(bundle.facts) != tuple(wanted):
        return None
    made = [part for facts in bundle.facts.values() for part in facts["config"].items()]
    bars = {facts["data"]["snapshot"] for facts in bundle.facts.values()}
    is_ours = bars == {candidate.prepared.market.snapshot.bars_hash} and all(now.get(name) == it for name, it in made)
    return bundle if is_ours else None


def _search(candidate: Candidate, study: str, iteration: int, progress: OpenProgress) -> None:
    began, config, prepared = time.perf_counter(), candidate.config, candidate.prepared
    before = {} if candidate.bundle is None else dict(candidate.bundle.hashes)
    identity = study_identity(config, prepared, study, before, config.optimize.name, iteration)
    with progress(f"tuning {study}") as report:
        found = candidate.tuned[study] = tune_stage(config, prepared, study, identity, report)
    candidate.config = with_params(config, found.params)
    if study == JOINT:
        candidate.prepared = prepare(candidate.config)
    candidate.seconds[f"tune {study}"] = round(time.perf_counter() - began, 1)


def _train(candidate: Candidate, stage: str, progress: OpenProgress) -> None:
    began = time.perf_counter()
    if candidate.bundle is None:
        write_features(candidate.config, candidate.prepared)
    with progress(f"training {stage}") as report:
        candidate.bundle = TRAINERS[stage](candidate.config, candidate.prepared, candidate.bundle, report)
    candidate.seconds[f"train {stage}"] = round(time.perf_counter() - began, 1)


def _without(config: Config, dropped: list[str]) -> FeaturesConfig:
    names = [name for name in config.features.names if name not in dropped]
    return replace(config.features, name=f"{config.features.name}-{len(names)}", names=names)
