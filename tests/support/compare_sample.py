"""Two recorded runs by hand on hourly bars, and the comparison's result in which every kind of figure occurs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from novosky.backtest.judged_run import JudgedRun
from novosky.backtest.recorded import RecordedRun
from novosky.config.compose import compose_config
from novosky.evaluation.metrics import MS_PER_DAY

CONF = Path(__file__).resolve().parents[2] / "conf"
DAY = MS_PER_DAY
HOURLY = DAY // 24


def judged_run(name: str, symbol: str, start_day: int, days: int, trades: list[tuple[int, int, str, float, float]]):
    """A run by hand: trades are (entry ms, exit ms, side, r, weight) on hourly bars."""
    time_ms = np.arange(start_day * DAY, (start_day + days) * DAY, HOURLY)
    columns = list(zip(*trades, strict=True)) if trades else [[]] * 5
    frame = pl.DataFrame(
        dict(zip(("entry_time", "exit_bar_time", "side", "r", "weight"), columns, strict=True)),
        schema={
            "entry_time": pl.Int64,
            "exit_bar_time": pl.Int64,
            "side": pl.String,
            "r": pl.Float64,
            "weight": pl.Float64,
        },
    ).with_columns(net=pl.col("r") * 100.0, confidence=pl.lit(0.5), exit_reason=pl.lit("target"))
    data = {"symbol": symbol, "source": "csv", "bars_hash": f"{name}{symbol}"}
    result = {"data": data, "window": {"name": "sweep"}, "models": {}}
    config = compose_config(CONF, ["mode=run"])
    equity = 1000.0 + np.arange(len(time_ms))
    return JudgedRun(name, RecordedRun(Path(name), config, [], result), frame, time_ms, equity)


A = judged_run(
    "A",
    "BTCUSD",
    10,
    4,
    [
        (10 * DAY, 10 * DAY + HOURLY, "BUY", 1.0, 1.0),  # before B begins
        (11 * DAY, 11 * DAY + HOURLY, "BUY", 1.5, 2.0),
        (11 * DAY + 5 * HOURLY, 12 * DAY + HOURLY, "SELL", -1.0, 0.5),
    ],
)
B = judged_run(
    "B",
    "BTCUSD",
    11,
    4,
    [
        (11 * DAY, 11 * DAY + 2 * HOURLY, "BUY", 0.5, 1.0),
        (11 * DAY + 5 * HOURLY, 12 * DAY, "BUY", 0.25, 1.0),  # A's time, the other side
        (13 * DAY, 14 * DAY + HOURLY, "BUY", 9.0, 1.0),  # ends after A's bars
    ],
)


def shown_run(folder: str) -> dict[str, Any]:
    judged = {
        "trades": 41,
        "win_rate": 0.5,
        "profit_factor": 1.25,
        "profit_factor_interval": [0.9, None],
        "expectancy_r": 0.123,
        "expectancy_r_interval": [-0.05, 0.3],
        "sized_expectancy_r": None,
        "sized_expectancy_r_interval": None,
        "return_pct": 4.5,
        "max_drawdown_pct": 3.25,
        "sharpe_annual": None,
        "interval": 0.9,
        "reference_score": 2.5,
    }
    return {
        "folder": folder,
        "window": {"name": "sweep", "days": 40.2},
        "looks": 3,
        "warnings": ["<no> skill"],
        "judged": judged,
        "on_common": {"trades": 2, "total_r": 2.5, "mean_daily_r": 0.8333},
        "models": {"signal": "f" * 64},
    }


def compared() -> dict[str, Any]:
    """What `result.json` says of such a comparison."""
    alone = {"trades": 1, "total_r": -1.0, "win_rate": 0.0}
    return {
        "summary": "No clear difference.",
        "common": {"from": "then", "to": "later", "days": 3, "same_window": False},
        "runs": {"A": shown_run("here"), "B": shown_run("there")},
        "pairs": [
            {
                "a": "A",
                "b": "B",
                "probability_a_better": 0.875,
                "mean_daily_r_difference": 0.25,
                "mean_daily_r_difference_interval": [-0.5, None],
                "z": 1.25,
                "p_a_better": 0.1234,
            }
        ],
        "best_of_many": {
            "runs": 2,
            "days": 40,
            "best": "A",
            "best_mean_daily_r": 0.5,
            "spa_p": 0.0412,
            "white_p": 0.0678,
            "overfitting": None,
        },
        "volatile": {"looks": 17},
        "configuration": {"B": {"labels": [{"key": "labels.sl_atr", "A": 1.5, "B": 2.0}]}},
        "trades": {"taken_by_all": 1, "only": {"A": alone, "B": alone}},
    }
