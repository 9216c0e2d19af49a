"""The bar contract: what every source must deliver, checked row by row, and what a violation gets."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from novosky.errors import DataError
from novosky.market.bars import COLUMNS, Bars, utc_text

VALUES = COLUMNS[1:]
TIME = pl.Datetime("ms", "UTC")

# Rule of the schema -> what it means. A column's own rules are named `column|rule`.
_MEANING = {
    "time|nullability": "time is missing or does not exist on the file's clock (is data.clock the right one?)",
    "increasing": "time is not after all times before it",
    "low_at_bottom": "low is above open, close or high",
    "high_at_top": "high is below open, close or low",
    "on_grid": "time is not the open of a bar of this timeframe",
    "nullability": "{column} is missing",
    "nan": "{column} is not a number",
    "inf": "{column} is infinite",
    "min_exclusive": "{column} is not above 0",
    "min": "{column} is negative",
}


def spacing_minutes(time: pl.Series, where: str) -> int:
    """The most frequent distance of two neighbouring rows, minutes: the timeframe that a file has."""
    steps = time.drop_nulls().diff().dt.total_milliseconds().drop_nulls()
    steps = steps.filter(steps != 0).abs()  # a file in descending order is refused by its order, not by its spacing
    if steps.is_empty():
        raise DataError(f"{where}: expected at least two bars at different times, found {len(time)} row(s)")
    minutes, rest = divmod(int(steps.mode().min()), 60_000)  # type: ignore[arg-type]
    if rest or not minutes:
        raise DataError(f"{where}: expected bars of whole minutes, found a spacing of {int(steps.mode()[0])} ms")
    return minutes


def hold_to_contract(frame: pl.DataFrame, minutes: int, repair: str, where: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """`frame` (the columns of a bar) without the rows that break the contract, and how many rows broke which rule.

    Raises DataError when a row breaks it and `repair` is not `drop`, or when no row is left. Of bars out of order or
    twice at one time the first stays. The open of H4 and D1 bars depends on the broker's clock, so that only whole
    hours are asked of them.
    """
    from novosky.market.bar_contract import BarContract  # brings SQLAlchemy: a third of a start-up

    checked = frame.select(pl.col("time").cast(TIME), pl.col(VALUES).cast(pl.Float64)).with_columns(
        row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        grid_ms=pl.lit(min(minutes, 60) * 60_000, dtype=pl.Int64),
    )
    good, failures = BarContract.filter(checked)
    counts = failures.counts()
    if counts and repair != "drop":
        raise DataError(_refusal(failures.details(), counts, where))
    if good.is_empty():
        raise DataError(f"{where}: no bar is left of {len(frame)} that keeps the bar contract")
    return good.select(COLUMNS), {meaning_of(rule): int(counts[rule]) for rule in sorted(counts)}


def meaning_of(rule: str) -> str:
    """A broken rule in words: `high is below open, close or low`."""
    column, _, kind = rule.rpartition("|")
    return _MEANING.get(rule, _MEANING.get(kind, rule)).format(column=column)


def _refusal(details: pl.DataFrame, counts: Mapping[str, int], where: str) -> str:
    """The first bad row and one rule that it breaks: a column's own before one between columns."""
    first = details.row(0, named=True)
    rule = min((name for name in counts if first[name] == "invalid"), key=lambda name: "|" not in name)
    row, time = first["row"], first["time"]
    when = utc_text(round(time.timestamp() * 1000)) if time is not None else "no time"
    return (
        f"{where}: {len(details)} bar(s) break the bar contract, first row {row} ({when}): {meaning_of(rule)}; "
        "mend the file, or set data.repair=drop to leave such bars out and count them"
    )


def to_bars(frame: pl.DataFrame, symbol: str, minutes: int, point: float) -> Bars:
    """Arrays of a frame that keeps the contract."""
    values = (np.ascontiguousarray(frame[name].to_numpy(), dtype=np.float64) for name in VALUES)
    time_ms = np.ascontiguousarray(frame["time"].dt.epoch("ms").to_numpy(), dtype=np.int64)
    return Bars(symbol, minutes, point, time_ms, *values)


def to_frame(bars: Bars) -> pl.DataFrame:
    """The frame that `to_bars` reads back."""
    time = pl.Series("time", bars.time_ms).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    columns = (bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points, bars.real_volume)
    return pl.DataFrame([time, *(pl.Series(name, array) for name, array in zip(VALUES, columns, strict=True))])
