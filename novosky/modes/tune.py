"""`mode=tune`: better settings of a stage, searched on forward folds inside train."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.experiment_file import experiment_text
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.modes.blocks import data_block, fingerprints_block, windows_block
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import near, progress, say, show_columns
from novosky.modes.tracked import add_failures, hand_over, tracker_of
from novosky.modes.volatile import volatile_block
from novosky.search.choice import PICK_RULE
from novosky.search.identity import study_identity
from novosky.search.space import Params, space_of
from novosky.search.study import optuna_module
from novosky.search.trials import Trial
from novosky.search.tune import Tuned, objectives_of, predecessors, studies_of, tune_stage, warnings_of_tuning
from novosky.tracking.records import tuning_record

BEST_FILE = "best.yaml"


def run(config: Config, run_dir: Path) -> ModeResult:
    """Stages are tuned one by one behind the working set as it lies there; nothing is trained into it."""
    started = time.time()
    optuna_module()
    studies = studies_of(config)
    for study in studies:
        objectives_of(config, study)
        space_of(config, study)
    if config.tune.study is not None and len(studies) > 1:
        raise ConfigError(f"tune.study={config.tune.study}: one name for {len(studies)} studies; add tune.stage=...")
    prepared = prepare(config)
    found: dict[str, Tuned] = {}
    for study in studies:
        bundle = predecessors(config, prepared, study)
        identity = study_identity(config, prepared, study, {} if bundle is None else bundle.hashes)
        with progress(f"tuning {study}") as report:
            found[study] = tune_stage(config, prepared, study, identity, report)
    changes: Params = {key: value for one in found.values() for key, value in one.changes.items()}
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "tune",
        "studies": {study: study_block(one) for study, one in found.items()},
        "overrides": [f"{key}={_written(value)}" for key, value in changes.items()],
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of_tuning(config, found),
        "volatile": volatile_block(started, study_seconds={name: round(one.seconds, 1) for name, one in found.items()}),
    }
    write_json(run_dir / "result.json", result)
    (run_dir / BEST_FILE).write_text(best_file(found, changes), encoding="utf-8")
    if config.report.html:
        from novosky.report.tune_page import write_tuning

        write_tuning(run_dir / "report.html", result)
    name = f"tune {run_dir.name}"
    make = partial(tuning_record, config, name, result["studies"], result["warnings"])
    add_failures(result, hand_over(tracker_of(config, run_dir), make), run_dir)
    _show(found, result, run_dir)
    return ModeResult()


def study_block(tuned: Tuned) -> dict[str, Any]:
    """A study as JSON."""
    return {
        "name": tuned.identity.name,
        "seed": tuned.identity.seed,
        "identity": dict(tuned.identity.facts),
        "objectives": list(tuned.objectives),
        "pick_rule": PICK_RULE if len(tuned.objectives) > 1 else "the best value, the earlier of two that are equal",
        "space": [one.to_json() for one in tuned.space.parameters],
        "current": tuned.space.current,
        "best": _trial_block(tuned.best),
        "value": tuned.value,
        "baseline_value": tuned.baseline_value,
        "changed": tuned.changed,
        "front": [trial.slot for trial in tuned.front],
        "abandoned": tuned.abandoned,
        "trials": [_trial_block(trial) for trial in tuned.trials],
        "journal": str(tuned.journal),
    }


def best_file(found: dict[str, Tuned], changes: Params) -> str:
    """The best settings as an experiment: copy it to conf/experiment/<name>.yaml and say experiment=<name>."""
    comments = ["Found by mode=tune on forward folds inside train; not judged anywhere else yet."]
    for study, one in found.items():
        before = "which failed" if one.baseline_value is None else f"{one.baseline_value:.6g}"
        comments.append(
            f"{study}: {one.objectives[0]} {one.value:.6g}, with the settings before {before}; "
            f"{len(one.trials)} trials, study {one.identity.name}"
        )
    return experiment_text(comments, changes)


def _written(value: object) -> str:
    """As the command line reads it; floats with all their digits."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _trial_block(trial: Trial) -> dict[str, Any]:
    return {
        "slot": trial.slot,
        "number": trial.number,
        "state": trial.state,
        "params": trial.params,
        "values": list(trial.values),
        "fold_values": [list(values) for values in trial.fold_values],
        "fold_trades": list(trial.fold_trades),
        "seconds": trial.seconds,
        "error": trial.error,
    }


def _show(found: dict[str, Tuned], result: dict[str, Any], run_dir: Path) -> None:
    rows = []
    for study, one in found.items():
        states = [trial.state for trial in one.trials]
        before = "failed" if one.baseline_value is None else f"{one.baseline_value:.5f}"
        counts = "/".join(str(states.count(name)) for name in ("complete", "pruned", "failed"))
        rows.append((study, one.objectives[0], before, f"{one.value:.5f}", counts, f"{one.seconds:.0f}"))
    show_columns(("study", "objective", "current", "best", "complete/pruned/failed", "seconds"), rows)
    for study, one in found.items():
        changed = [f"{key}={_written(value)}" for key, value in one.params.items() if value != one.space.current[key]]
        say(f"{study}: {' '.join(changed) if changed else 'the current settings were not bettered'}")
        say(f"study {one.identity.name}: {near(one.journal.absolute())}")
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"best settings: {near(run_dir / BEST_FILE)}; chosen on train alone: judge them with mode=train, mode=backtest")
