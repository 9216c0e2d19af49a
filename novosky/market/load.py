"""From a configured source to validated bars and what was done on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from novosky.config.instants import instant_ms
from novosky.config.schema.market import DataConfig
from novosky.errors import ConfigError, DataError
from novosky.market.bars import Bars
from novosky.market.clocks import ambiguous_count, to_utc
from novosky.market.contract import VALUES, hold_to_contract, spacing_minutes, to_bars
from novosky.market.exchange import read_exchange
from novosky.market.exchange_pages import Report
from novosky.market.resample import resample
from novosky.market.sources import READERS
from novosky.market.timeframes import timeframe_minutes, timeframe_name
from novosky.market.trading_days import wall_ms

HOUR_S = 3600

AskTerminal = Callable[[int, int], NDArray[Any]]
"""Bars that open between two times (inclusive), seconds of the server's clock."""


def bars_from_file(data: DataConfig, content: bytes) -> tuple[Bars, dict[str, Any]]:
    """Bars of `data.timeframe` from a file's bytes, and the reader's counts: dropped rows, ambiguous times, resampling.

    Raises DataError when the file is no such file, breaks the contract, or its bars are coarser than asked for.
    """
    where = Path(str(data.path)).name
    read = READERS[data.source](content, data.clock, where)
    found, asked = spacing_minutes(read.frame["time"], where), timeframe_minutes(data.timeframe)
    if asked % found:
        name = timeframe_name(found)
        raise DataError(f"{where}: expected bars of {data.timeframe}, found {name}: set data.timeframe={name}")
    frame, dropped = hold_to_contract(read.frame, found, data.repair, where)
    bars = to_bars(frame, data.symbol, found, data.point)
    notes: dict[str, Any] = {
        "rows_read": len(read.frame),
        "rows_dropped": len(read.frame) - len(frame),
        "broken_rules": dropped,
        "ambiguous_times": read.ambiguous_times,
    }
    if found != asked:
        bars, incomplete = resample(bars, asked)
        notes |= {"resampled_from": timeframe_name(found), "buckets_with_gaps": incomplete}
    return bars, notes


def bars_from_terminal(data: DataConfig, ask: AskTerminal | None) -> tuple[Bars, dict[str, Any]]:
    """Bars of `data.timeframe` that a terminal keeps, its clock read once.

    Raises ConfigError where there is nobody to ask, DataError when a bar breaks the contract, and as `ask` does.
    """
    if ask is None:
        raise ConfigError("data=terminal: these bars were not fetched yet; fetch them: mode=data, same settings")
    where, minutes = f"terminal {data.symbol}", timeframe_minutes(data.timeframe)
    since, until = (instant_ms(f"data.{name}", str(getattr(data, name))) for name in ("since", "until"))
    first, last = (wall_ms(np.array([since, until], np.int64), data.clock) // 1000).tolist()
    rates = ask(first - HOUR_S, last + HOUR_S)  # the clock may change between the two
    local = pl.Series(rates["time"] * 1000).cast(pl.Datetime("ms"))
    values = {name: rates[name].astype(np.float64) for name in VALUES}
    opens = pl.col("time").dt.epoch("ms").is_between(since, until - minutes * 60_000)
    read = pl.DataFrame({"time": to_utc(local, data.clock) if len(rates) else []} | values)
    read = read.cast({"time": pl.Datetime("ms", "UTC")}).filter(opens | pl.col("time").is_null())
    if read.is_empty():
        raise DataError(f"{where}: has no {data.timeframe} bar from data.since={data.since} to data.until={data.until}")
    frame, dropped = hold_to_contract(read, minutes, data.repair, where)
    notes = {"rows_read": len(read), "rows_dropped": len(read) - len(frame), "broken_rules": dropped}
    notes["ambiguous_times"] = ambiguous_count(local, data.clock)
    return to_bars(frame, data.symbol, minutes, data.point), notes


def bars_from_exchange(data: DataConfig, report: Report) -> tuple[Bars, dict[str, Any]]:
    """Bars of `data.timeframe` that an exchange gives, and what its pages were like.

    Raises as `read_exchange`, and DataError when a bar breaks the contract.
    """
    where, minutes = f"{data.exchange} {data.market}", timeframe_minutes(data.timeframe)
    read, notes = read_exchange(data, report)
    frame, dropped = hold_to_contract(read, minutes, data.repair, where)
    notes |= {"rows_read": len(read), "rows_dropped": len(read) - len(frame), "broken_rules": dropped}
    return to_bars(frame, data.symbol, minutes, data.point), notes
