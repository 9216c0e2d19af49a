"""Loops side by side, from a log, a loop's folder and a run's folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError, DataError
from novosky.modes.compare import found_runs
from novosky.modes.dispatch import dispatch
from novosky.optimize.recorded_loops import is_loop
from novosky.report.loops_page import parts


def entry(number: int, decision: str, score: float | None, **params: Any) -> dict[str, Any]:
    judged = {"score": score, "trades": 40, "expectancy_r": 0.1, "expectancy_r_interval": [-0.1, None],
              "max_drawdown_pct": 3.0, "daily_r": 0.05, "days": 30}  # fmt: skip
    return {
        "loop": "loop", "iteration": number, "decision": decision, "reason": f"reason {number}", "promotable": False,
        "gate": "robust", "stamp": None, "baseline_score": None if number == 1 else 3.0, "final_score": score,
        "improvement_pct": None, "params": params, "dropped_features": [], "baseline": None,
        "candidate": None if score is None else judged, "versus_old": None, "versus_flat": {"z": 1.0, "p": 0.2},
        "share": {"number": number, "alpha": 0.01}, "studies": {}, "times": {}, "fingerprints": {},
        "data_snapshot": "s", "snapshot": "t",
    }  # fmt: skip


FIRST = [entry(1, "COMMIT", 3.0, **{"labels.sl_atr": 1.5}), entry(2, "REVERT", 2.5, seed=8)]
OTHER = [entry(1, "COMMIT", 5.0), entry(2, "NO CHANGE", None)]


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    found = []
    for name, entries in (("a", FIRST), ("b", OTHER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "optimize_log.json").write_text(json.dumps(entries))
        found.append(tmp_path / name)
    return found


def compared(compose: Callable[..., Config], run_dir: Path, *runs: Path | str) -> dict[str, Any]:
    run_dir.mkdir(exist_ok=True)
    listed = ",".join(f"'{run}'" for run in runs)
    assert dispatch(compose("mode=compare", f"compare.runs=[{listed}]"), run_dir).exit_code == 0
    return dict(json.loads((run_dir / "result.json").read_text()))


def test_one_loop_by_its_log(
    folders: list[Path], compose: Callable[..., Config], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = compared(compose, tmp_path / "run", folders[0] / "optimize_log.json")
    assert [(row["in"], row["iteration"], row["decision"]) for row in result["iterations"]] == [
        ("A", 1, "COMMIT"), ("A", 2, "REVERT")
    ]  # fmt: skip
    assert result["parameters"] == ["labels.sl_atr", "seed"]
    assert result["loops"]["A"]["looks"] is None, "a log does not say where its gate lay"
    assert "best of 2" in result["summary"]
    said, page = capsys.readouterr().out, (tmp_path / "run" / "report.html").read_text()
    for text in ("COMMIT", "REVERT", "sl_atr", result["summary"]):
        assert text in said
        assert text in page
    assert "-0.100 to no bound" in page


def test_many_loops_by_a_pattern(folders: list[Path], compose: Callable[..., Config], tmp_path: Path) -> None:
    result = compared(compose, tmp_path / "run", str(tmp_path / "[ab]"))
    assert [one["kept"] for one in result["loops"].values()] == [1, 1]
    assert result["summary"].startswith("4 iterations of 2 loops: 3 candidates judged, 2 kept. The highest reference")
    assert "B 1" in "".join(parts(result))


def test_what_is_refused(folders: list[Path], compose: Callable[..., Config], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing matches"):
        found_runs([str(tmp_path / "zzz*")])
    (tmp_path / "c").mkdir()
    assert not is_loop(tmp_path / "c")
    with pytest.raises(ConfigError, match="loops are compared with loops"):
        compared(compose, tmp_path / "run", folders[0], tmp_path / "c")
    (folders[1] / "optimize_log.json").write_text('[{"iteration": 1}]')
    with pytest.raises(DataError, match="expected a loop with an iteration"):
        compared(compose, tmp_path / "run", folders[0], folders[1])


def test_a_pattern_leaves_out_a_loop_that_tried_nothing(
    folders: list[Path], compose: Callable[..., Config], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = folders[0].with_name("idle")
    idle.mkdir()
    (idle / "optimize_log.json").write_text("[]")
    expected = [f"{idle}: expected a loop with an iteration or more, found none that is whole"]
    result = compared(compose, tmp_path / "run", f"{tmp_path}/[abi]*")
    assert [loop["source"] for loop in result["loops"].values()] == [str(folder) for folder in folders]
    assert result["left_out"] == expected
    assert "left out" in capsys.readouterr().out
    with pytest.raises(DataError, match="found none that is whole"):
        compared(compose, tmp_path / "named", idle)
