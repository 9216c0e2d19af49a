"""Broker clocks to UTC: the one place where a file's local times are read."""

from __future__ import annotations

import polars as pl

# Clock -> time zone and hours that the broker shows beyond it.
# MetaTrader brokers start their day at 17:00 New York, so that a week has five daily bars: New York + 7 hours.
_ZONES = {"utc": ("UTC", 0), "new_york_plus_7": ("America/New_York", 7), "eet": ("Europe/Athens", 0)}


def to_utc(local: pl.Series, clock: str) -> pl.Series:
    """UTC instants (Datetime ms) of a broker's wall times, in the file's order.

    An hour that the clock shows twice in autumn is the earlier one until the file's times step back within it, and
    the later one from there. One that the clock skips in spring has no instant: null, which the bar contract refuses.
    """
    zone, ahead_hours = _ZONES[clock]
    wall = pl.col("wall")
    steps_back = (wall <= wall.cum_max().shift(1)).fill_null(False)
    second_pass = steps_back.cast(pl.Int8).cum_max().over(wall.dt.truncate("1h")) == 1
    which = pl.when(second_pass).then(pl.lit("latest")).otherwise(pl.lit("earliest"))
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
