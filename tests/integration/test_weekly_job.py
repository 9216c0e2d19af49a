"""The week on a small market whose set stands: phases, what a fault leaves, what the next start does with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from novosky.evaluation.looks import read_ledger
from novosky.modes import weekly
from novosky.optimize.places import content_hash
from support.notice_server import notice_server
from support.small_job import Workspace

pytest.importorskip("optuna")
pytest.importorskip("shap")

QUICK = "weekly.skip=[analyze,smoke,report]"


class Stopped(BaseException):
    """As if the process were killed: nothing may catch it."""


class WeekSpace(Workspace):
    """A workspace for weeks that sweep the set that stands."""

    def week(
        self, *more: str, observe: Callable[[str, str], None] = lambda moment, phase: None
    ) -> tuple[int, dict[str, Any]]:
        """Exit code and result."""
        self._count += 1
        run_dir = self.folder / f"run-{self._count}"
        run_dir.mkdir(parents=True)
        names = {"models": "models", "revisions": "revisions"}
        config = self.compose(
            *self.overrides(
                "mode=weekly",
                "weekly.retrain=false",
                "sweep.method=random",
                "sweep.trials=2",
                'sweep.space=["prediction.confidence_quantile=0.7,0.75,0.85,0.9"]',
                "score.min_trades=1",
                "analyze.folds=0",
                "analyze.rows=100",
                "analyze.permutation_repeats=1",
                "doctor.pings=1",
                "weekly.smoke_bars=4",
                f"optimize.folder={self.folder / 'optimize'}",
                f"optimize.current={self.folder / 'current.yaml'}",
                f"weekly.folder={self.folder / 'weekly'}",
                f"weekly.history={self.folder / 'PERF_HISTORY.md'}",
                f"weekly.params={self.folder / 'strategy_params.json'}",
                *(f"paths.{name}={self.folder / place}" for name, place in names.items()),
                *more,
            )
        )
        outcome = weekly.run(config, run_dir, observe)
        return outcome.exit_code, {**json.loads((run_dir / "result.json").read_text()), "folder": run_dir}

    def state(self) -> tuple[Any, ...]:
        """What a week may change."""
        names = ("current.yaml", "PERF_HISTORY.md", "strategy_params.json", "optimize/optimize_log.json")
        return (self.files(), *(content_hash(self.folder / name) for name in names))

    def windows(self) -> list[str]:
        """Windows that were looked at, one a distinct look."""
        return [look.window for look in read_ledger(self.looks, "synthetic market, seed 7", 0, 2**62).looks]

    def rows(self) -> int:
        return sum(line.startswith("| 2") for line in (self.folder / "PERF_HISTORY.md").read_text().splitlines())


@pytest.fixture
def space(small_job: Workspace, tmp_path: Path) -> WeekSpace:
    found = WeekSpace(tmp_path / "week", small_job.data, small_job.compose)
    shutil.copytree(small_job.train, found.train)
    return found


def states(result: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["state"] for row in result["phases"]}


def test_a_week_in_which_nothing_is_beyond_luck_changes_nothing(space: WeekSpace) -> None:
    before = space.files()
    code, result = space.week()
    assert code == 0
    entry = result["iterations"][0]["entry"]
    assert entry["decision"] == "NO CHANGE"
    assert result["sweep"]["setting"] is None
    assert space.files() == before
    assert not (space.folder / "current.yaml").exists()
    assert sorted(set(space.windows())) == ["gate", "sweep"]
    assert space.windows().count("gate") == 1, "the set that stands alone was judged there"
    found = states(result)
    assert found["analyze"] == found["smoke"] == found["report"] == "done"
    assert found["tune signal"] == found["retrain risk"] == found["promote"] == found["commit"] == "skipped"
    assert space.rows() == 1
    params = json.loads((space.folder / "strategy_params.json").read_text())
    assert params["models"] == entry["fingerprints"]["candidate"]
    page = (result["folder"] / "report.html").read_text()
    for said in ("Phases", "Preflight", "NO CHANGE", "significance budget", "Sweep"):
        assert said in page
    again, second = space.week(QUICK)
    assert (again, second["week"] != result["week"]) == (0, True)
    assert space.rows() == 2


def test_a_failed_phase_changes_nothing_and_the_next_start_goes_on_there(space: WeekSpace) -> None:
    before, met = space.state(), []

    def fail(moment: str, phase: str) -> None:
        met.append(phase)
        if (moment, phase) == ("begun", "evaluate"):
            raise RuntimeError("injected")

    code, result = space.week("weekly.sweep_level=1", "weekly.skip=[analyze,smoke]", observe=fail)
    assert (code, result["failed_phase"]) == (3, "evaluate")
    assert space.state() == before
    assert (result["folder"] / "report.html").is_file()
    assert "injected" in (result["folder"] / "traceback_evaluate.txt").read_text()
    looked = space.windows().count("sweep")
    met.clear()
    code, result = space.week(
        "weekly.sweep_level=1", "weekly.skip=[analyze,smoke]", observe=lambda moment, phase: met.append(phase)
    )
    assert (code, met[0]) == (0, "evaluate")
    assert result["volatile"]["starts"] == 2
    entry = result["iterations"][0]["entry"]
    assert entry["decision"] == "REVERT"
    assert list(entry["params"]) == ["prediction.confidence_quantile"], "the sweep's setting was the candidate's"
    assert space.windows().count("sweep") == looked, "what was swept before is not swept again"


@pytest.mark.parametrize("phase", ["sweep", "keep"])
def test_a_killed_week_is_gone_on_with(space: WeekSpace, phase: str, capsys: pytest.CaptureFixture[str]) -> None:
    def kill(moment: str, now: str) -> None:
        if (moment, now) == ("worked", phase):
            raise Stopped

    with pytest.raises(Stopped):
        space.week(QUICK, observe=kill)
    capsys.readouterr()
    code, result = space.week(QUICK)
    assert code == 0
    assert f"was killed or stopped in the phase {phase}; going on there" in capsys.readouterr().out
    log = json.loads((space.folder / "optimize/optimize_log.json").read_text())
    assert [entry["week"] for entry in log] == [result["week"]], "decided once"
    assert space.rows() == 1


def test_a_spent_budget_stops_the_week_before_anything_is_searched(space: WeekSpace) -> None:
    space.run("mode=backtest", "window=gate", "report.html=false", "prediction.confidence_quantile=0.7")
    looked = space.windows()
    code, result = space.week("weekly.skip=[preflight,report]", "gate.alpha_floor=0.006")
    assert (code, result["stopped_at"]) == (1, "budget")
    assert "try 2 may use p 1.5e-03, less than 6e-03: spent" in result["summary"]
    assert space.windows() == looked, "nothing was judged"
    code, result = space.week("weekly.skip=[report]", "gate.alpha_floor=0.006")
    assert (code, result["stopped_at"]) == (1, "preflight"), "these bars are frozen: known at once"


def test_a_week_that_is_not_ready_says_so(space: WeekSpace) -> None:
    space.train.rename(space.folder / "elsewhere")
    code, result = space.week(QUICK)
    assert (code, result["stopped_at"]) == (1, "preflight")
    failed = {row["name"]: row for row in result["checks"] if row["verdict"] == "fail"}
    assert list(failed) == ["models"]
    (space.folder / "elsewhere").rename(space.train)
    code, result = space.week(QUICK, "stage.signal.lightgbm.l2=3.25")
    assert "config sync" in result["summary"]


def test_bars_that_the_standing_set_has_seen_are_no_baseline(space: WeekSpace) -> None:
    """Other windows: the gate of today was train yesterday."""
    early = ("windows.train=0.4", "windows.sweep=0.1", "windows.gate=0.1", "windows.holdout=0.4")
    code, result = space.week(QUICK, "weekly.allow_drift=true", *early)
    assert (code, result["stopped_at"]) == (1, "budget")
    assert "has seen the gate" in result["summary"]
    assert not space.looks.exists()


def test_fresh_bars_move_the_windows_and_what_stands_is_judged_on_them(
    small_job: Workspace, space: WeekSpace, tmp_path: Path
) -> None:
    """The file goes on 960 bars beyond those that the set learned from."""
    known = pl.read_parquet(space.data / small_job.first["data"]["snapshot"] / "bars.parquet")
    step = known["time"][-1] - known["time"][-2]
    later = known.tail(960).with_columns(pl.col("time") + 960 * step)
    file, day = tmp_path / "bars.parquet", "weekly.skip=[smoke,report]"
    pl.concat([known, later]).write_parquet(file)
    asked = (
        "data=parquet",
        "data.bars=null",
        f"data.path={file}",
        "weekly.allow_drift=true",
        f"paths.data={tmp_path / 'data'}",
    )
    code, result = space.week(*asked, day)
    assert (code, result["stopped_at"]) == (1, "refresh")
    assert "days old, more than weekly.data_age_days=10" in result["summary"]
    shutil.copytree(space.data, tmp_path / "data", dirs_exist_ok=True)
    code, result = space.week(*asked, day, "weekly.data_age_days=null")
    assert code == 0
    assert result["data"]["bars"] == len(known) + 960
    windows = {window["name"]: window for window in result["windows"]}
    gate = int(0.75 * (len(known) + 960))
    assert windows["gate"]["from"] > str(known["time"][gate - 960]), "the gate moved on with the bars"
    assert states(result)["analyze"] == "done", "on the bars that the set learned from"
    assert result["iterations"][0]["entry"]["baseline_score"] is not None


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_notices_are_asked_for_before_the_week_and_the_dry_run_needs_none(
    space: WeekSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("apprise")
    told = ("notify=apprise", "notify.urls_env=WEEKLY_JOB_URLS")
    code, result = space.week(QUICK, *told)
    found = states(result)
    assert (code, found["preflight"], found["refresh"]) == (3, "no", "pending"), "3: nobody could be told, either"
    assert "expected addresses in this environment variable, found nothing" in result["summary"]
    with notice_server() as server:
        monkeypatch.setenv("WEEKLY_JOB_URLS", server.address)
        code, result = space.week("weekly.skip=[analyze,report]", *told)
        assert code == 0
        assert (states(result)["smoke"], states(result)["notice"]) == ("done", "done")
        assert "it stands, and gate was not opened" in server.messages[-1]
