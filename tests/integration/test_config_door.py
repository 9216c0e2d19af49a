"""Exit codes and run folders, with faults put into a mode on purpose."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.errors import DataError, NovoskyError
from novosky.modes.door import enter, finite_objective
from novosky.modes.outcome import ANSWER_IS_NO, FAILED_OBJECTIVE, ModeResult

CONF = Path(__file__).resolve().parents[2] / "conf"
Mode = Callable[[Config, Path], ModeResult]


class Door:
    """The door, with a mode of the test's own behind `mode=data`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.calls: list[tuple[Config, Path]] = []

    def __call__(self, mode: Mode, *arguments: str) -> int:
        def recorded(config: Config, run_dir: Path) -> ModeResult:
            self.calls.append((config, run_dir))
            return mode(config, run_dir)

        self._monkeypatch.setattr("novosky.modes.data.run", recorded)
        return enter(CONF, ["mode=data", *arguments])

    def line(self) -> str:
        """The one line on stderr."""
        lines = self._capsys.readouterr().err.splitlines()
        assert len(lines) == 1, lines
        return lines[0]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Door:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["run.py"])
    monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
    return Door(monkeypatch, capsys)


def raising(error: BaseException) -> Mode:
    def mode(config: Config, run_dir: Path) -> ModeResult:
        raise error

    return mode


def answering(result: ModeResult) -> Mode:
    return lambda config, run_dir: result


def test_done_leaves_a_folder_that_says_how(door: Door, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert door(answering(ModeResult()), "labels.sl_atr=2") == 0
    [(config, run_dir)] = door.calls
    assert config.labels.sl_atr == 2.0
    assert run_dir.parent == tmp_path / "outputs" / "runs" / "data"
    assert {file.name for file in run_dir.iterdir()} == {".hydra", "config.json"}
    assert capsys.readouterr().err == ""


def test_two_runs_never_share_a_folder(door: Door) -> None:
    door(answering(ModeResult()))
    door(answering(ModeResult()))
    assert door.calls[0][1] != door.calls[1][1]


def test_answer_is_no(door: Door) -> None:
    assert door(answering(ModeResult(ANSWER_IS_NO))) == 1


def test_wrong_input_is_one_line(door: Door) -> None:
    assert door(raising(DataError("bars.parquet: expected column close,\nfound Close"))) == 2
    assert door.line() == "bars.parquet: expected column close, found Close"


def test_refused_input_leaves_no_folder(door: Door, tmp_path: Path) -> None:
    assert door(answering(ModeResult()), "labels.sl_atr=0") == 2
    assert door.line() == "labels.sl_atr=0.0: expected > 0 and <= 20 (stop of the label's bracket, ATR(14))"
    assert door.calls == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ZeroDivisionError("division by zero"), "fault: ZeroDivisionError: division by zero; traceback in "),
        (OSError(errno.ENOSPC, "No space left on device"), "fault: OSError: [Errno 28] No space left on device; trace"),
        (NovoskyError("the ledger is broken"), "fault: the ledger is broken; traceback in "),
        (MemoryError(), "fault: MemoryError: ; traceback in "),
    ],
)
def test_fault_keeps_its_traceback_in_the_run_folder(door: Door, error: Exception, line: str) -> None:
    assert door(raising(error)) == 3
    assert door.line().startswith(line)
    [(_, run_dir)] = door.calls
    assert "in mode\n    raise error\n" in (run_dir / "traceback.txt").read_text(encoding="utf-8")


def test_fault_whose_traceback_cannot_be_kept(door: Door) -> None:
    def mode(config: Config, run_dir: Path) -> ModeResult:
        (run_dir / "traceback.txt").mkdir()
        raise ValueError("broken")

    assert door(mode) == 3
    assert door.line().startswith("fault: ValueError: broken; the traceback could not be kept: ")


def test_ctrl_c(door: Door) -> None:
    assert door(raising(KeyboardInterrupt())) == 130
    assert door.line().startswith("stopped by Ctrl-C; ")


def test_ctrl_c_stops_the_whole_multirun(door: Door) -> None:
    assert door(raising(KeyboardInterrupt()), "-m", "seed=1,2,3") == 130
    assert len(door.calls) == 1


def test_multirun_goes_on_and_keeps_the_worst_exit_code(door: Door) -> None:
    def mode(config: Config, run_dir: Path) -> ModeResult:
        if config.seed == 2:
            raise DataError("too few bars")
        return ModeResult(ANSWER_IS_NO if config.seed == 1 else 0, objective=float("nan"))

    assert door(mode, "-m", "seed=1,2,3") == 2
    assert [config.seed for config, _ in door.calls] == [1, 2, 3]
    assert [run_dir.name for _, run_dir in door.calls] == ["0", "1", "2"]
    assert door.line() == "too few bars"


def test_multirun_by_number_of_profile(door: Door) -> None:
    assert door(answering(ModeResult()), "-m", "profile=1,5") == 0
    assert [config.profile.name for config, _ in door.calls] == ["steady_income", "aggressive"]


@pytest.mark.parametrize(("windows", "name"), [("gate", "gate"), ("sweep,gate", "gate"), ("sweep,holdout", "holdout")])
def test_multirun_never_judges_gate_or_holdout(door: Door, tmp_path: Path, windows: str, name: str) -> None:
    assert door(answering(ModeResult()), "-m", f"window={windows}") == 2
    assert door.line() == f"window={name}: not judged by a multirun; take window=sweep, or one run without -m"
    assert door.calls == []
    assert list(tmp_path.iterdir()) == []


def test_multirun_refuses_its_last_value_before_its_first_job(door: Door) -> None:
    assert door(answering(ModeResult()), "-m", "labels.sl_atr=1,2,99") == 2
    assert door.calls == []


@pytest.mark.parametrize(
    ("objective", "counted"),
    [(None, 0.0), (1.5, 1.5), (float("nan"), FAILED_OBJECTIVE), (float("inf"), FAILED_OBJECTIVE)],
)
def test_a_sweeper_always_gets_a_finite_number(objective: float | None, counted: float) -> None:
    assert finite_objective(objective) == counted


def test_flags_show_and_run_nothing(door: Door, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert door(answering(ModeResult()), "--cfg", "job", "--package", "labels") == 0
    assert "horizon_bars: 16" in capsys.readouterr().out
    assert door.calls == []
    assert list(tmp_path.iterdir()) == []
