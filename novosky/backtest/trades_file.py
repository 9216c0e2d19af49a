"""`trades.csv`: one row a trade, times in UTC, prices in quote currency, money in account currency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from numpy.typing import NDArray

from novosky.execution.codes import EXIT_NAMES
from novosky.market.bars import Ints

MONEY = ("gross", "spread_cost", "commission", "net", "risk_money", "balance_after")
PRICES = ("entry_price", "exit_price", "stop", "target")


def trades_frame(trades: NDArray[Any], time_ms: Ints, timeframe_ms: int, digits: int) -> pl.DataFrame:
    """Trades (TRADE_DTYPE, indices into `time_ms`) as a table.

    A trade is decided at its bar's close and opened at the next bar's open. Stops and targets fill inside their
    bar: `exit_bar_time` is that bar's open.
    """
    columns: dict[str, Any] = {
        "decision_time": time_ms[trades["decision_bar"]] + timeframe_ms,
        "entry_time": time_ms[trades["entry_bar"]],
        "exit_bar_time": time_ms[trades["exit_bar"]],
        "side": ["BUY" if side > 0 else "SELL" for side in trades["side"]],
        "exit_reason": [EXIT_NAMES[code] for code in trades["exit_reason"]],
        "ambiguous": trades["ambiguous"].astype(bool),
    }
    for name in ("volume_lots", *PRICES, *MONEY, "r", "mae_r", "mfe_r", "confidence", "risk_multiplier"):
        columns[name] = trades[name]
    return pl.DataFrame(columns).with_columns(
        pl.col("decision_time", "entry_time", "exit_bar_time").cast(pl.Datetime("ms", "UTC")),
        pl.col(PRICES).round(digits),
        pl.col(MONEY).round(2),
        pl.col("volume_lots", "r", "mae_r", "mfe_r", "confidence", "risk_multiplier").round(6),
    )


def write_trades(path: Path, frame: pl.DataFrame) -> None:
    """Write the table, times as ISO 8601."""
    frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")
