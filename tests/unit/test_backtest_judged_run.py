"""The tables of a recorded run, of one window and of the folds of a walk-forward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from novosky.backtest.judged_run import figures_of, models_of, read_judged, refuse_edited, trades_of, window_of
from novosky.backtest.recorded import RecordedRun
from novosky.config.compose import compose_config
from novosky.errors import DataError

CONF = Path(__file__).resolve().parents[2] / "conf"
TRADES = """entry_time,exit_bar_time,side,r,risk_multiplier,net
2024-01-01T00:15:00Z,2024-01-01T01:00:00Z,BUY,1.0,0.5,10
2024-01-01T23:45:00Z,2024-01-01T23:45:00Z,SELL,2.0,0.9,20
2024-01-03T00:15:00Z,2024-01-03T02:00:00Z,BUY,-1.0,0.5,-10
"""
EQUITY = "bar_time,equity\n2024-01-01T00:00:00Z,1000.0\n2024-01-01T23:45:00Z,1030.0\n2024-01-03T02:00:00Z,1020.0\n"


def walk_forward() -> dict[str, Any]:
    first = {"from": "2024-01-01 00:00 UTC", "trades": 2, "mean_multiplier": 0.5, "models": "a" * 64}
    second = {"from": "2024-01-03 00:00 UTC", "trades": 1, "mean_multiplier": 0.25, "models": "b" * 64}
    figures = {"trades": 1, "expectancy_r": -1.0, "return_pct": 2.0, "interval": 0.95}
    return {"walk_forward": {**figures, "folds": [first, second]}, "fingerprints": {}, "mode": "run"}


def one_window(name: str) -> dict[str, Any]:
    judged = {"trades": 3, "expectancy_r": 0.6, "reference": {"value": 1.5}}
    models = {
        "signal": {"manifest_hash": "c" * 64},
        "risk": {"manifest_hash": "d" * 64, "mean_multiplier": 0.5},
    }
    return {"judged": judged, "models": models, "window": {"name": name}, "fingerprints": {}}


def recorded(folder: Path, result: dict[str, Any]) -> RecordedRun:
    (folder / "trades.csv").write_text(TRADES)
    (folder / "equity.csv").write_text(EQUITY)
    return RecordedRun(folder, compose_config(CONF, ["mode=run"]), [], result)


def test_trades_of_a_fold_are_weighed_by_its_own_mean(tmp_path: Path) -> None:
    run = read_judged("A", recorded(tmp_path, walk_forward()))
    assert run.trades["weight"].to_list() == [1.0, 1.8, 2.0]


@pytest.mark.parametrize(("name", "weights"), [("sweep", [1.0, 1.8, 1.0]), ("train_oof", [0.5, 0.9, 0.5])])
def test_trades_of_a_window_are_weighed_by_one_mean(tmp_path: Path, name: str, weights: list[float]) -> None:
    assert read_judged("A", recorded(tmp_path, one_window(name))).trades["weight"].to_list() == weights


def test_what_a_walk_forward_judged(tmp_path: Path) -> None:
    run = read_judged("A", recorded(tmp_path, walk_forward()))
    assert window_of(run) == {
        "name": "walk_forward",
        "bars": 3,
        "from": "2024-01-01 00:00 UTC",
        "to": "2024-01-03 02:00 UTC",
        "days": 2.1,
    }
    assert models_of(run.run.result) == {"fold_1": "a" * 64, "fold_2": "b" * 64}
    assert figures_of(run.run.result)["trades"] == 1, "of the folds that the settings have not seen"
    assert trades_of(run.run.result) == 3
    refuse_edited(run)


def test_a_window_has_its_reference_score(tmp_path: Path) -> None:
    run = read_judged("A", recorded(tmp_path, one_window("sweep")))
    assert figures_of(run.run.result)["reference_score"] == 1.5
    assert models_of(run.run.result) == {"signal": "c" * 64, "risk": "d" * 64}
    assert window_of(run) == {"name": "sweep"}


def test_a_fold_without_its_trade_is_refused(tmp_path: Path) -> None:
    run = recorded(tmp_path, walk_forward())
    (tmp_path / "trades.csv").write_text("".join(TRADES.splitlines(keepends=True)[:-1]))
    with pytest.raises(DataError, match=r"expected 3 trades in trades\.csv, found 2"):
        refuse_edited(read_judged("A", run))
