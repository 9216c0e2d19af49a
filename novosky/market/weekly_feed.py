"""The week's calendar as Forex Factory publishes it: JSON rows of title, country, date, impact, forecast, previous."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novosky.errors import DataError

WEEK_ZONE = "America/New_York"  # the feed's weeks run from Sunday to Saturday there
IMPACTS = {"high": "high", "medium": "medium", "low": "low", "holiday": "none", "non-economic": "none"}
FIGURES = ("forecast", "previous", "actual")


class Key(NamedTuple):
    """Which event: the same release moved to another time is another one."""

    time_ms: int  # UTC
    country: str  # a currency, or All
    title: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What the feed said of one event; figures are its texts, empty where it gave none."""

    impact: str  # one of calendar.IMPACTS
    forecast: str = ""
    previous: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """One answer of the feed: all that is scheduled from `from_ms` up to, not including, `to_ms`."""

    from_ms: int
    to_ms: int
    events: dict[Key, Listed]


def read_week(content: bytes) -> Week:
    """The week in an answer.

    It is the one that most of the events lie in. Raises DataError for an answer that is no list of events, or has one
    that cannot be read: half a calendar would look like a quiet week.
    """
    try:
        rows = json.loads(content)
    except ValueError:
        start = content[:60].decode("utf-8", "replace").strip()
        raise DataError(f"expected JSON, found {_kind(start)} ({start!r})") from None
    if not isinstance(rows, list) or not rows:
        raise DataError(f"expected a list of events, found {'an empty one' if rows == [] else type(rows).__name__}")
    events: dict[Key, Listed] = {}
    sundays: Counter[datetime] = Counter()
    for number, row in enumerate(rows, 1):
        when, key, listed = _event(row, number)
        events[key] = listed
        sundays[_sunday(when)] += 1
    begin = sundays.most_common(1)[0][0]
    return Week(_ms(begin), _ms(_midnight(begin + timedelta(days=7))), events)


def _event(row: Any, number: int) -> tuple[datetime, Key, Listed]:
    def refused(expected: str, found: Any) -> DataError:
        return DataError(f"event {number}: expected {expected}, found {found!r}")

    if not isinstance(row, dict):
        raise refused("an object", row)
    found = {name: row.get(name) for name in ("title", "country", *FIGURES)}
    texts: dict[str, Any] = {name: "" if text is None else text for name, text in found.items()}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise refused(f"a text as {name}", text)
    if not texts["title"].strip():
        raise refused("a title", row.get("title"))
    try:
        when = datetime.fromisoformat(row["date"])
    except (KeyError, TypeError, ValueError):
        raise refused("a date such as 2026-09-04T08:30:00-04:00", row.get("date")) from None
    if when.tzinfo is None:
        raise refused("a date with its offset, such as 2026-09-04T08:30:00-04:00", row["date"])
    impact = IMPACTS.get(str(row.get("impact", "")).strip().lower())
    if impact is None:
        raise refused("an impact of High, Medium, Low, Holiday or Non-Economic", row.get("impact"))
    key = Key(_ms(when), texts["country"].strip(), texts["title"].strip())
    return when, key, Listed(impact, *(texts[name].strip() for name in FIGURES))


def _sunday(when: datetime) -> datetime:
    """Midnight at which the week of `when` began."""
    local = when.astimezone(ZoneInfo(WEEK_ZONE))
    return _midnight(local - timedelta(days=(local.weekday() + 1) % 7))


def _midnight(local: datetime) -> datetime:
    """The wall clock's midnight of that day, whatever summer time does."""
    return datetime.combine(local.date(), time(), ZoneInfo(WEEK_ZONE))


def _ms(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def _kind(start: str) -> str:
    return "a web page: the feed refuses for a while, or has moved" if start.startswith("<") else "something else"
