"""A study from its first trial to its best: what `mode=tune` and the loop call."""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from novosky.backtest.ground import meaning
from novosky.backtest.prepare import Prepared, prepare
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import STAGES, Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings
from novosky.search.choice import best_of, completed, current_trial, front_of
from novosky.search.ground import Ground
from novosky.search.identity import StudyIdentity
from novosky.search.objectives import DIRECTIONS
from novosky.search.space import Params, Space, all_changes, space_of
from novosky.search.study import Desk, joined, journal_file
from novosky.search.trials import Trial, abandoned_trials, finished_trials, run_trial

Progress = Callable[[str, float], None]
JOINT = "joint"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tuned:
    """What a study found. `params` are the best trial's, `changes` those and what follows them in the configuration;
    `value` and `baseline_value` by the first objective, the latter None where the current settings failed."""

    study: str
    identity: StudyIdentity
    space: Space
    objectives: tuple[str, ...]
    params: Params
    changes: Params
    value: float
    baseline_value: float | None
    best: Trial
    front: tuple[Trial, ...]
    trials: tuple[Trial, ...]
    abandoned: int
    journal: Path
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether the best trial is another one than the current settings."""
        return self.params != self.space.current


def studies_of(config: Config) -> tuple[str, ...]:
    """What `tune.stage` and `search` ask for, in order. Raises ConfigError."""
    asked, enabled = config.tune.stage, enabled_stages(config.stage)
    if config.search.kind == JOINT:
        if asked != "all":
            raise ConfigError(f"tune.stage={asked}: a joint study has no stages; leave it away, or set search=stages")
        return (JOINT,)
    if asked == "all":
        found = tuple(name for name in enabled if getattr(config.search, name))
        if not found:
            raise ConfigError("search: the space of every stage is empty; choose search=stages")
        return found
    if asked not in enabled:
        raise ConfigError(f"tune.stage={asked}: that stage is off; set stage.{asked}.enabled=true")
    return (asked,)


def objectives_of(config: Config, study: str) -> tuple[str, ...]:
    """The study's objectives, the one that picks first. Raises ConfigError."""
    names = tuple(getattr(config.tune.objectives, study))
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"tune.objectives.{study}={list(names)}: expected one objective or more, each once")
    return names


def predecessors(config: Config, prepared: Prepared, study: str) -> Bundle | None:
    """The enabled stages before the study's, from the working set, verified; None where it needs none."""
    before = [] if study == JOINT else [n for n in STAGES[: STAGES.index(study)] if n in enabled_stages(config.stage)]
    if not before:
        return None
    names = prepared.features.names
    bundle = load_bundle(Path(config.paths.train), before, names, feature_hash(names))
    for facts in bundle.facts.values():
        check_settings(facts, meaning(config))
    return bundle


def ground_of(config: Config, prepared: Prepared, study: str, space: Space) -> Ground:
    """What the study's trials share."""
    largest = None
    if study == JOINT:
        horizon = next((one.high for one in space.parameters if one.key == "labels.horizon_bars"), None)
        largest = config.labels.horizon_bars if horizon is None else int(horizon)
    return Ground(config, prepared, predecessors(config, prepared, study), largest)


def tune_stage(config: Config, prepared: Prepared, study: str, identity: StudyIdentity, progress: Progress) -> Tuned:
    """Run what is missing of the study's `tune.trials` and give its best trial; `study` is a stage or joint.

    The stages before it are read from `paths.train`. With `tune.processes` above 1 others work on it too. Raises
    ConfigError for a space or study that does not fit, UntrainableError where no trial was completed.
    """
    began = time.perf_counter()
    space, objectives = space_of(config, study), objectives_of(config, study)
    ground = ground_of(config, prepared, study, space)
    with _seat(config, study, identity, space) as desk:
        with _helpers(config, study, identity):
            work(desk, ground, study, progress)
        trials, abandoned = finished_trials(desk.study), abandoned_trials(desk.study)
    best, current = best_of(trials, objectives), current_trial(trials)
    return Tuned(
        study,
        identity,
        space,
        objectives,
        best.params,
        all_changes(config, best.params),
        best.values[0],
        None if current is None else current.values[0],
        best,
        tuple(front_of(trials, objectives)),
        tuple(trials),
        abandoned,
        journal_file(Path(config.tune.folder), identity.name),
        time.perf_counter() - began,
    )


def work(desk: Desk, ground: Ground, study: str, progress: Progress) -> None:
    """Reserve and run trials until none is left, whoever else does the same."""
    objectives = objectives_of(ground.config, study)
    total, began, ran = ground.config.tune.trials, time.perf_counter(), 0
    there = len(finished_trials(desk.study))
    progress(_said(desk, objectives, total, None), there / total)
    while (trial := desk.reserve(total)) is not None:
        run_trial(ground, study, objectives, desk.study, trial)
        ran += 1
        done = len(finished_trials(desk.study))
        pace = (time.perf_counter() - began) / max(1, done - there)
        progress(_said(desk, objectives, total, pace * (total - done)), done / total)


def _said(desk: Desk, objectives: tuple[str, ...], total: int, left_seconds: float | None) -> str:
    trials = finished_trials(desk.study)
    text = f"{len(trials)} of {total} trials"
    if any(trial.values for trial in trials):
        text += f", best {objectives[0]} {best_of(trials, objectives).values[0]:.5g}"
    if left_seconds is not None:
        text += f", {left_seconds:.0f} s left"
    return text


def _seat(config: Config, study: str, identity: StudyIdentity, space: Space) -> Any:
    directions = [DIRECTIONS[name] for name in objectives_of(config, study)]
    pruner = config.tune.pruner if len(directions) == 1 else "none"
    return joined(Path(config.tune.folder), identity, space, directions, config.tune.sampler, pruner)


@contextmanager
def _helpers(config: Config, study: str, identity: StudyIdentity) -> Iterator[None]:
    """The other processes of `tune.processes`, spawned: training libraries hang in forked ones."""
    spawn = multiprocessing.get_context("spawn")
    alone = replace(config, tune=replace(config.tune, processes=1))
    helpers = [spawn.Process(target=_help, args=(alone, study, identity)) for _ in range(config.tune.processes - 1)]
    for helper in helpers:
        helper.start()
    try:
        yield
        for helper in helpers:
            helper.join()
            if helper.exitcode != 0:
                log.warning("a helping process ended with code %s; its trials were run by the others", helper.exitcode)
    finally:
        for helper in helpers:
            if helper.is_alive():
                helper.terminate()
            helper.join()


def _help(config: Config, study: str, identity: StudyIdentity) -> None:
    prepared, space = prepare(config), space_of(config, study)
    with _seat(config, study, identity, space) as desk:
        work(desk, ground_of(config, prepared, study, space), study, lambda text, share: None)


def warnings_of_tuning(config: Config, tuned: Mapping[str, Tuned]) -> list[str]:
    """What must be read beside what was found."""
    found = []
    wanted, cores = config.tune.processes * config.threads, os.cpu_count() or 1
    if wanted > cores:
        found.append(
            f"tune.processes={config.tune.processes} x threads={config.threads} are more than {cores} cores: "
            "they wait for each other"
        )
    if config.tune.processes > 1:
        found.append("several processes proposed trials side by side: another run of this study may find another best")
    for study, one in tuned.items():
        failed = [trial for trial in one.trials if trial.error]
        if failed:
            found.append(f"{study}: {len(failed)} of {len(one.trials)} trials failed; the first: {failed[0].error}")
        if one.space.left_out:
            found.append(f"{study}: not searched, since their voter is off: {', '.join(one.space.left_out)}")
        if len(completed(one.trials)) < 2:
            found.append(f"{study}: one trial was completed, so that nothing was chosen among")
    return found
