"""Broker clocks to UTC: the one place where a file's local times are read."""

from __future__ import annotations

import polars as pl

# Clock -> time zone and hours that the broker shows beyond it.
# MetaTrader brokers start their day at 17:00 New York, so that a week has five daily bars: New York + 7 hours.
_ZONES = {"utc": ("UTC", 0), "new_york_plus_7": ("America/New_York", 7), "eet": ("Europe/Athens", 0)}


def to_utc(local: pl.Series, clock: str) -> pl.Series:
    """UTC instants (Datetime ms) of a broker's wall times, in the file's order.

    A wall time that the clock shows twice in autumn is the earlier instant when it comes first and the later one when
    it comes again. One that the clock skips in spring has no instant: null, which the bar contract refuses.
    """
    zone, ahead_hours = _ZONES[clock]
    wall = pl.col("wall")
    comes_again = pl.int_range(pl.len()).over("wall") > 0
    which = pl.when(comes_again).then(pl.lit("latest")).otherwise(pl.lit("earliest"))
    frame = local.cast(pl.Datetime("ms")).alias("wall").to_frame()
    return frame.select(
        (wall - pl.duration(hours=ahead_hours))
        .dt.replace_time_zone(zone, ambiguous=which, non_existent="null")
        .dt.convert_time_zone("UTC")
        .alias("time")
    )["time"]


def ambiguous_count(local: pl.Series, clock: str) -> int:
    """How many wall times the clock shows twice: which of the two instants is meant is a guess by order."""
    zone, ahead_hours = _ZONES[clock]
    wall = local.cast(pl.Datetime("ms")).dt.offset_by(f"-{ahead_hours}h")
    first, second = (
        wall.dt.replace_time_zone(zone, ambiguous=which, non_existent="null") for which in ("earliest", "latest")
    )
    return int((first != second).sum())
