"""From a configured source to validated bars and what was done on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.config.schema.market import DataConfig
from novosky.errors import DataError
from novosky.market.bars import Bars
from novosky.market.contract import hold_to_contract, spacing_minutes, to_bars
from novosky.market.exchange import read_exchange
from novosky.market.exchange_pages import Report
from novosky.market.resample import resample
from novosky.market.sources import READERS
from novosky.market.timeframes import timeframe_minutes, timeframe_name


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


def bars_from_exchange(data: DataConfig, report: Report) -> tuple[Bars, dict[str, Any]]:
    """Bars of `data.timeframe` that an exchange gives, and what its pages were like.

    Raises as `read_exchange`, and DataError when a bar breaks the contract.
    """
    where, minutes = f"{data.exchange} {data.market}", timeframe_minutes(data.timeframe)
    read, notes = read_exchange(data, report)
    frame, dropped = hold_to_contract(read, minutes, data.repair, where)
    notes |= {"rows_read": len(read), "rows_dropped": len(read) - len(frame), "broken_rules": dropped}
    return to_bars(frame, data.symbol, minutes, data.point), notes
