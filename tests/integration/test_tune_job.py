"""`mode=tune` on a small trained set: every study, killed and resumed, shared by two processes."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from novosky.backtest.prepare import Prepared, prepare
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.config.walk import leaves
from novosky.errors import ConfigError, DataError, UntrainableError
from novosky.search.ground import Ground
from novosky.search.identity import study_identity
from novosky.search.space import space_of, with_params
from novosky.search.study import journal_file
from novosky.search.trials import FOLDS, judge_params
from novosky.search.tune import ground_of, tune_stage
from novosky.search.voter_folds import signal_folds, signal_study_rows
from support.small_job import Workspace
from support.small_search import ROOT, SMALL_SEARCH, identity_of, started

JOINT_SPACE = (
    "[{key: labels.horizon_bars, kind: int, low: 8, high: 32},{key: labels.tp_atr, kind: float, low: 1.0, high: 2.0},"
    "{key: stage.signal.lightgbm.leaves, kind: int, low: 4, high: 31},"
    "{key: stage.trades.confidence_quantile, kind: float, low: 0.7, high: 0.9}]"
)
POSITION_SPACE = "[{key: stage.position.lightgbm.leaves, kind: int, low: 3, high: 15}]"
SLTP_SPACE = "[{key: stage.sltp.target, kind: categorical, choices: [best_pair, expected_r]}]"

Trial = dict[str, Any]


@pytest.fixture(scope="module")
def prepared(small_job: Workspace) -> Prepared:
    return prepare(small_job.compose(*small_job.overrides(*SMALL_SEARCH)))


def options(folder: Path, *more: str) -> tuple[str, ...]:
    """For `Workspace.run`."""
    return (*SMALL_SEARCH, f"tune.folder={folder}", *more)


def asked(job: Workspace, folder: Path, *more: str) -> tuple[str, ...]:
    """All that is typed."""
    return job.overrides(*options(folder, *more))


def judged(trials: list[Trial]) -> list[tuple[Any, ...]]:
    """All of a trial but its number and its time."""
    return [(t["slot"], t["state"], t["params"], t["values"], t["fold_values"], t["fold_trades"]) for t in trials]


def test_every_stage_in_turn(small_job: Workspace, tmp_path: Path) -> None:
    spaces = (f"search.position={POSITION_SPACE}", f"search.sltp={SLTP_SPACE}")
    before = small_job.files()
    result = small_job.run(*options(tmp_path, "tune.trials=3", *spaces))
    assert small_job.files() == before  # nothing is trained into the working set
    assert set(result["studies"]) == {"signal", "position", "sltp", "risk"}
    for study in result["studies"].values():
        assert [trial["slot"] for trial in study["trials"]] == [0, 1, 2]
        assert study["trials"][0]["params"] == study["current"]
        assert study["value"] == study["best"]["values"][0]
        assert not any(trial["error"] for trial in study["trials"])
    page = (result["folder"] / "report.html").read_text()
    assert "best settings" in page


def test_best_file_composes_to_the_trials_own_configuration(small_job: Workspace, tmp_path: Path) -> None:
    more = ("tune.trials=3", "search=joint", f"search.joint={JOINT_SPACE}")
    overrides = asked(small_job, tmp_path / "s", *more)
    result = small_job.run(*options(tmp_path / "s", *more))
    conf = tmp_path / "conf"
    shutil.copytree(ROOT / "conf", conf)
    shutil.copy(result["folder"] / "best.yaml", conf / "experiment" / "best.yaml")
    composed = compose_config(conf, [*overrides, "experiment=best"])
    config = small_job.compose(*overrides)
    expected = with_params(config, result["studies"]["joint"]["best"]["params"])
    assert dict(_values(composed)) == dict(_values(expected))


def _values(config: Config) -> list[tuple[str, Any]]:
    return [(name, value) for name, _, value in leaves(config)]


def test_joint_best_replays_to_the_last_digit(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    config = small_job.compose(
        *asked(small_job, tmp_path, "tune.trials=4", "search=joint", f"search.joint={JOINT_SPACE}")
    )
    tuned = tune_stage(config, prepared, "joint", identity_of(config, prepared, "joint"), _silent)
    ground = ground_of(config, prepared, "joint", space_of(config, "joint"))
    again = judge_params(ground, "joint", tuned.params, tuned.objectives)
    assert tuple(map(tuple, again)) == tuned.best.fold_values
    assert np.mean(again, axis=0).tolist() == list(tuned.best.values)
    assert len({trial.params["labels.horizon_bars"] for trial in tuned.trials}) > 1


def test_joint_trials_learn_from_the_same_bars(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    """Purged by the largest horizon: a shorter label brings no bar more before a fold."""
    config = small_job.compose(*asked(small_job, tmp_path, "search=joint", f"search.joint={JOINT_SPACE}"))
    ground = ground_of(config, prepared, "joint", space_of(config, "joint"))
    assert ground.largest_horizon == 32
    short, long = (signal_study_rows(ground, with_params(config, {"labels.horizon_bars": h})) for h in (8, 32))
    for k in range(1, short.n_blocks):
        np.testing.assert_array_equal(short.bar[short.known_before(k)], long.bar[long.known_before(k)])
        assert short.bar[short.known_before(k)].max() + 32 < short.edges[k]
    assert not np.array_equal(short.y[: len(long.y)], long.y)


def test_signal_fold_is_what_training_would_say(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    """A fold's loss and trades come from blocks before it alone: other labels behind it change nothing."""
    config = small_job.compose(*asked(small_job, tmp_path))
    names = ("log_loss", "expected_r")
    first = next(signal_folds(Ground(config, prepared, None), config, names))
    edge = int(Ground(config, prepared, None).edges[-2])
    bars, changed = prepared.bars, prepared.bars.close.copy()
    changed[edge + 200 :] *= 1.01
    later = replace(prepared, market=replace(prepared.market, bars=replace(bars, close=changed)))
    again = next(signal_folds(Ground(config, later, None), config, names))
    assert first.log_loss == again.log_loss
    assert first.trades is not None
    assert again.trades is not None
    np.testing.assert_array_equal(first.trades.r, again.trades.r)


def test_folds_that_do_not_fit_are_refused(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    config = small_job.compose(*asked(small_job, tmp_path, "tune.folds=7", "tune.trials=1"))
    for study in ("signal", "risk"):
        ground = ground_of(config, prepared, study, space_of(config, study))
        folds = FOLDS[study](ground, config, ("expected_r",))
        if study == "signal":
            assert next(folds).trades is not None  # 12 blocks bear 9 folds of the signal stage
        else:
            with pytest.raises(UntrainableError, match=r"tune\.folds=7: the risk study .* at most"):
                next(folds)


def test_pareto_front(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    objectives = "tune.objectives.risk=[expected_r,reference_score]"
    config = small_job.compose(*asked(small_job, tmp_path, "tune.trials=5", objectives))
    tuned = tune_stage(config, prepared, "risk", identity_of(config, prepared, "risk"), _silent)
    assert all(len(trial.values) == 2 for trial in tuned.trials)
    assert tuned.best in tuned.front
    current = tuned.trials[0]
    assert all(a >= b for a, b in zip(tuned.best.values, current.values, strict=True))


def test_failed_trials_are_recorded_and_end_nothing(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    space = "search.risk=[{key: stage.risk.lightgbm.min_leaf_rows, kind: int, low: 5, high: 3000}]"
    config = small_job.compose(*asked(small_job, tmp_path, "tune.trials=5", space, "tune.sampler=random"))
    tuned = tune_stage(config, prepared, "risk", identity_of(config, prepared, "risk"), _silent)
    failed = [trial for trial in tuned.trials if trial.error]
    assert len(tuned.trials) == 5
    assert failed
    assert all("stage.risk: expected" in str(trial.error) for trial in failed)


def test_no_trial_completed_is_an_error_that_says_so(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    config = small_job.compose(
        *asked(small_job, tmp_path, "tune.trials=2", "stage.risk.lightgbm.min_leaf_rows=3000", "seed=7")
    )
    with pytest.raises(DataError, match=r"none of 2 trials was completed.*stage\.risk: expected 6000 rows"):
        tune_stage(config, prepared, "risk", identity_of(config, prepared, "risk"), _silent)


@pytest.mark.parametrize("pruner", ["median", "successive_halving"])
def test_pruned_trials_are_told_apart(small_job: Workspace, prepared: Prepared, tmp_path: Path, pruner: str) -> None:
    config = small_job.compose(
        *asked(small_job, tmp_path, "tune.trials=14", f"tune.pruner={pruner}", "tune.sampler=random")
    )
    tuned = tune_stage(config, prepared, "risk", identity_of(config, prepared, "risk"), _silent)
    pruned = [trial for trial in tuned.trials if trial.state == "pruned"]
    assert pruned
    assert all(len(trial.fold_values) == 1 and not trial.values for trial in pruned)
    assert tuned.trials[0].state == "complete"


def test_study_of_other_settings_is_refused_by_name(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    for more in ((), ("account.balance=20000",)):
        config = small_job.compose(*asked(small_job, tmp_path, "tune.trials=1", "tune.study=mine", *more))
        identity = identity_of(config, prepared, "risk")
        if not more:
            tune_stage(config, prepared, "risk", identity, _silent)
            continue
        with pytest.raises(ConfigError, match=r"tune\.study=mine: .*its settings differ"):
            tune_stage(config, prepared, "risk", identity, _silent)


def test_each_iteration_searches_anew(small_job: Workspace, prepared: Prepared, tmp_path: Path) -> None:
    config = small_job.compose(*asked(small_job, tmp_path))
    made = [study_identity(config, prepared, "risk", {}, "loop", i) for i in (0, 1, 1)]
    assert made[1] == made[2]
    assert made[0].name != made[1].name
    assert made[0].seed != made[1].seed


def test_killed_study_of_thirty_trials_runs_what_is_missing(small_job: Workspace, tmp_path: Path) -> None:
    more = ("tune.stage=risk", "tune.trials=30")
    unbroken = small_job.run(*options(tmp_path / "one", *more))
    study = unbroken["studies"]["risk"]
    broken = tmp_path / "two"
    journal = journal_file(broken, study["name"])
    victim = started(tmp_path / "victim", asked(small_job, broken, *more))
    _until(lambda: victim.poll() is not None or _begun(journal) >= 9)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert 9 <= _begun(journal) < 30
    resumed = small_job.run(*options(broken, *more))["studies"]["risk"]
    assert len(resumed["trials"]) == 30
    assert resumed["abandoned"] <= 1
    assert judged(resumed["trials"]) == judged(study["trials"])
    assert resumed["best"]["params"] == study["best"]["params"]


def test_command_typed_twice_shares_a_study(small_job: Workspace, tmp_path: Path) -> None:
    more = ("tune.stage=risk", "tune.trials=40", "tune.pruner=none", "tune.study=shared", "threads=1")
    other = started(tmp_path / "other", asked(small_job, tmp_path, *more))
    journal = journal_file(tmp_path, "shared")
    _until(lambda: other.poll() is not None or _begun(journal) >= 1)
    study = small_job.run(*options(tmp_path, *more))["studies"]["risk"]
    assert other.wait() == 0
    other.communicate()
    assert [trial["slot"] for trial in study["trials"]] == list(range(40))
    assert len({trial["number"] for trial in study["trials"]}) == 40
    assert study["abandoned"] == 0
    assert len(set(_owners(journal))) == 2


def test_helpers_of_a_study(small_job: Workspace, tmp_path: Path) -> None:
    helped = ("tune.stage=risk", "tune.trials=24", "tune.processes=2", "threads=1", "tune.pruner=none")
    result = small_job.run(*options(tmp_path, *helped))
    trials = result["studies"]["risk"]["trials"]
    assert [trial["slot"] for trial in trials] == list(range(24))
    assert result["studies"]["risk"]["abandoned"] == 0
    assert any("side by side" in warning for warning in result["warnings"])


def _begun(journal: Path) -> int:
    return journal.read_bytes().count(b'"slot":') if journal.exists() else 0


def _owners(journal: Path) -> list[str]:
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    return [row["user_attr"]["owner"] for row in rows if "owner" in row.get("user_attr", {})]


def _until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.02)


def _silent(text: str, share: float) -> None:
    """Nobody looks."""
