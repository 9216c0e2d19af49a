"""`trades.csv`, `deals.csv` and `equity.csv`, a row a trade, booking and bar: UTC, quote and account currency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from numpy.typing import NDArray

from novosky.execution.codes import DEAL_NAMES, EXIT_NAMES
from novosky.market.bars import Floats, Ints

MONEY = ("gross", "spread_cost", "slippage_cost", "commission", "swap", "net", "balance_after")
PRICES = ("entry_price", "exit_price", "stop", "target", "stop_distance")
RATIOS = ("risk_money", "r", "r_pessimistic", "r_optimistic", "mae_r", "mfe_r", "confidence", "risk_multiplier")
DEAL_MONEY = ("profit", "commission", "swap", "balance_after")

MORE_DECIMALS = 2  # of a price than the symbol has: fills with slippage and averages lie between its ticks
UTC_MS = pl.Datetime("ms", "UTC")


def trades_frame(trades: NDArray[Any], time_ms: Ints, timeframe_ms: int, digits: int) -> pl.DataFrame:
    """Trades (TRADE_DTYPE, indices into `time_ms`) as a table.

    A trade is decided at its bar's close and opened at the next bar's open. Stops and targets fill inside their
    bar: `exit_bar_time` is that bar's open.
    """
    columns: dict[str, Any] = {
        "ticket": trades["ticket"],
        "decision_time": time_ms[trades["decision_bar"]] + timeframe_ms,
        "entry_time": time_ms[trades["entry_bar"]],
        "exit_bar_time": time_ms[trades["exit_bar"]],
        "side": _sides(trades),
        "exit_reason": [EXIT_NAMES[code] for code in trades["exit_reason"]],
        "ambiguous": trades["ambiguous"] > 0,
        "settled_by_finer_bars": trades["ambiguous"] == 2,
        "is_add": trades["is_add"] != 0,
        "adds": trades["adds"],
    }
    for name in ("volume_lots", *PRICES, *MONEY, *RATIOS):
        columns[name] = trades[name]
    return pl.DataFrame(columns).with_columns(
        pl.col("decision_time", "entry_time", "exit_bar_time").cast(UTC_MS),
        pl.col(PRICES).round(digits + MORE_DECIMALS),
        pl.col(MONEY).round(2),
        pl.col("volume_lots", *RATIOS).round(6),
    )


def deals_frame(deals: NDArray[Any], time_ms: Ints, digits: int) -> pl.DataFrame:
    """Deals (DEAL_DTYPE, indices into `time_ms`) as a table; `bar_time` is the open of the bar they were booked in.

    Start balance + sum of profit - commission + swap is `balance_after` of the last row, to the cent.
    """
    columns: dict[str, Any] = {
        "bar_time": time_ms[deals["bar"]],
        "ticket": deals["ticket"],
        "kind": [DEAL_NAMES[code] for code in deals["kind"]],
        "position": _sides(deals),
    }
    for name in ("volume_lots", "price", *DEAL_MONEY, "risk_money"):
        columns[name] = deals[name]
    return pl.DataFrame(columns).with_columns(
        pl.col("bar_time").cast(UTC_MS),
        pl.col("price").round(digits + MORE_DECIMALS),
        pl.col(DEAL_MONEY).round(2),
        pl.col("volume_lots", "risk_money").round(6),
    )


def equity_frame(equity: Floats, time_ms: Ints) -> pl.DataFrame:
    """Equity marked to market at the close of each bar of the window; `bar_time` is the bar's open."""
    columns = {"bar_time": time_ms, "equity": equity}
    return pl.DataFrame(columns).with_columns(pl.col("bar_time").cast(UTC_MS), pl.col("equity").round(2))


def write_rows(path: Path, frame: pl.DataFrame) -> None:
    """Write the table, times as ISO 8601."""
    frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")


def _sides(rows: NDArray[Any]) -> list[str]:
    return ["BUY" if side > 0 else "SELL" for side in rows["side"]]
