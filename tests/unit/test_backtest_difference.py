"""The first difference of two runs, causes before effects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from novosky.backtest.difference import ABSENT, first_difference, first_value

RESULT: dict[str, Any] = {
    "mode": "run",
    "window": {"name": "sweep", "bars": 10},
    "judged": {"trades": 2, "interval": [0.1, None]},
    "warnings": ["one"],
    "volatile": {"seconds": 1},
}
TRADES = "ticket,side,r\n1,BUY,0.5\n2,SELL,-1.0\n"


@pytest.mark.parametrize(
    ("then", "now", "found"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1}, {"a": 1.0}, ("a", 1, 1.0)),
        ({"a": True}, {"a": 1}, ("a", True, 1)),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ("a.b.2", 2, 3)),
        ({"a": [1]}, {"a": [1, 2]}, ("a.2", ABSENT, 2)),
        ({"a": 1}, {}, ("a", 1, ABSENT)),
        ({}, {"a": 1}, ("a", ABSENT, 1)),
        ({"a": None}, {"a": 0}, ("a", None, 0)),
        ({"a": 0.1 + 0.2}, {"a": 0.3}, ("a", 0.1 + 0.2, 0.3)),
    ],
)
def test_first_value(then: Any, now: Any, found: tuple[str, Any, Any] | None) -> None:
    got = first_value(then, now)
    assert got == found
    assert found is None or [type(value) for value in got or ()] == [type(value) for value in found]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "then", tmp_path / "now"
    for folder in found:
        folder.mkdir()
        for name in ("trades.csv", "deals.csv", "equity.csv"):
            (folder / name).write_text(TRADES)
    return found


def test_equal_runs(folders: tuple[Path, Path]) -> None:
    other = {**RESULT, "volatile": {"seconds": 2}, "mode": "backtest"}
    assert first_difference(RESULT, other, *folders) is None


def test_the_window_comes_before_trades_and_trades_before_figures(folders: tuple[Path, Path]) -> None:
    changed = {**RESULT, "judged": {**RESULT["judged"], "trades": 3}, "window": {"name": "sweep", "bars": 11}}
    (folders[1] / "trades.csv").write_text(TRADES.replace("-1.0", "1.5"))
    assert first_difference(RESULT, changed, *folders) == ("figure", "window.bars", 10, 11)
    changed["window"] = RESULT["window"]
    assert first_difference(RESULT, changed, *folders) == ("trade", "trades.csv, row 2, r", "-1.0", "1.5")
    (folders[1] / "trades.csv").write_text(TRADES)
    assert first_difference(RESULT, changed, *folders) == ("figure", "judged.trades", 2, 3)


def test_rows_that_are_missing_or_more(folders: tuple[Path, Path]) -> None:
    (folders[1] / "deals.csv").write_text(TRADES + "3,BUY,0.1\n")
    assert first_difference(RESULT, RESULT, *folders) == ("deal", "deals.csv, row 3", ABSENT, "3,BUY,0.1")
    assert first_difference(RESULT, RESULT, *folders[::-1]) == ("deal", "deals.csv, row 3", "3,BUY,0.1", ABSENT)


def test_a_table_that_only_one_has(folders: tuple[Path, Path]) -> None:
    (folders[0] / "equity.csv").unlink()
    assert first_difference(RESULT, RESULT, *folders) == ("equity", "equity.csv", ABSENT, "written")
    (folders[1] / "equity.csv").unlink()
    assert first_difference(RESULT, RESULT, *folders) is None
