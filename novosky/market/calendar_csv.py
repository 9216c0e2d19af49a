"""Calendars from files, in the columns of Forex Factory's archives."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from novosky.errors import DataError
from novosky.market.calendar import IMPACTS, Calendar

NEEDED = ("datetime_utc", "currency", "impact", "event")
DAY_MS = 86_400_000


def read_calendar_csv(content: bytes, where: str) -> tuple[Calendar, int]:
    """The calendar in a file's bytes, and how many events were left out because their time is not known.

    Columns `datetime_utc, currency, impact, event` and, where there is one, `time_known`; others are ignored. The
    calendar covers whole UTC days, from the first event's to the last one's. Raises DataError on other columns, a
    time without its zone, an unknown impact, or no event at all.
    """
    frame = _read(content, where)
    times = frame["datetime_utc"].str.to_datetime(time_unit="ms", time_zone="UTC", strict=False)
    with_zone = frame["datetime_utc"].str.contains(r"(Z|[+-]\d\d:?\d\d)$").fill_null(False)
    _refuse(times.is_null() | ~with_zone, frame["datetime_utc"], where, "a time such as 2024-01-05T13:30:00Z")
    impact = frame["impact"].str.to_lowercase()
    _refuse(~impact.is_in(IMPACTS).fill_null(False), frame["impact"], where, f"an impact of {', '.join(IMPACTS)}")

    rank = impact.replace_strict({name: i for i, name in enumerate(IMPACTS)}, return_dtype=pl.Int8)
    known = _known(frame)
    events = pl.DataFrame({
        "time_ms": times.dt.epoch("ms"),
        "impact": rank,
        "currency": frame["currency"].fill_null(""),
        "title": frame["event"].fill_null(""),
    })  # fmt: skip
    timed = events.filter(known).sort("time_ms", "currency", "title", maintain_order=True)
    if timed.is_empty():
        raise DataError(f"{where}: expected events with a known time, found none of {len(events)}")
    calendar = Calendar(
        time_ms=np.ascontiguousarray(timed["time_ms"].to_numpy(), dtype=np.int64),
        impact=np.ascontiguousarray(timed["impact"].to_numpy(), dtype=np.int8),
        currency=tuple(timed["currency"]),
        title=tuple(timed["title"]),
        covers_from_ms=_day(events, "min"),
        covers_to_ms=_day(events, "max") + DAY_MS,
    )
    return calendar, len(events) - len(timed)


def _read(content: bytes, where: str) -> pl.DataFrame:
    try:
        frame = pl.read_csv(BytesIO(content), infer_schema=False)
    except PolarsError as error:
        raise DataError(f"{where}: expected a comma separated calendar, found: {str(error).splitlines()[0]}") from error
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        raise DataError(
            f"{where}: expected columns {', '.join(NEEDED)}; missing {', '.join(missing)}; "
            f"found {', '.join(frame.columns[:12])}"
        )
    return frame


def _known(frame: pl.DataFrame) -> pl.Series:
    if "time_known" not in frame.columns:
        return pl.Series("known", [True]).new_from_index(0, len(frame))
    return frame["time_known"].str.to_lowercase().is_in(["true", "1"]).fill_null(False)


def _day(events: pl.DataFrame, end: str) -> int:
    """Start (ms) of the UTC day of the first (`min`) or last (`max`) event."""
    times = events["time_ms"].to_numpy()
    return int(times.min() if end == "min" else times.max()) // DAY_MS * DAY_MS


def _refuse(bad: pl.Series, text: pl.Series, where: str, expected: str) -> None:
    rows = bad.arg_true()
    if len(rows):
        row = int(rows[0])
        raise DataError(f"{where}: expected {expected}, found {text[row]!r} in row {row + 1} ({len(rows)} such rows)")
