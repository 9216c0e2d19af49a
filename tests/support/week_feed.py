"""A feed on this machine that speaks Forex Factory's week, and misbehaves when told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from novosky.config.schema.market import NewsConfig
from support.local_exchange import Answer, served

SUNDAY_MS = 1_788_062_400_000  # 2026-08-30 00:00 in New York, where the feed's weeks begin
WEEK_MS = 7 * 86_400_000


def ms(text: str) -> int:
    """Of a UTC time such as `2026-09-01 12:00`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def event(title: str, date: str, impact: str = "High", country: str = "USD", **figures: Any) -> dict[str, Any]:
    return {
        "title": title,
        "country": country,
        "date": date,
        "impact": impact,
        "forecast": "",
        "previous": "",
    } | figures


def usual_week() -> list[dict[str, Any]]:
    """Three rows as the feed writes them, and one of another currency."""
    return [
        event("G20 Meetings", "2026-08-30T11:15:00-04:00", "Low", "All"),
        event("ISM Manufacturing PMI", "2026-09-01T10:00:00-04:00", forecast="48.7", previous="48.0"),
        event("Bank Holiday", "2026-09-02T00:00:00-04:00", "Holiday", "JPY"),
        event("Non-Farm Employment Change", "2026-09-04T08:30:00-04:00", forecast="55K", previous="-23K"),
    ]


@dataclass
class WeekFeed:
    """`faults` answer the next requests, one each; then `rows` do."""

    rows: list[dict[str, Any]] = field(default_factory=usual_week)
    faults: list[Answer] = field(default_factory=list)
    asked: int = 0
    url: str = ""

    def answer(self, path: str, _query: dict[str, int]) -> Answer:
        self.asked += 1
        if self.faults:
            return self.faults.pop(0)
        if path != "/ff_calendar_thisweek.json":
            return 404, {}, b"not here"
        return 200, {"Content-Type": "application/json"}, json.dumps(self.rows).encode()

    def news(self, folder: Path, **settings: Any) -> NewsConfig:
        return NewsConfig(source="forexfactory", url=self.url, path=str(folder / "calendar" / "week.jsonl"), **settings)


BUSY: Answer = (429, {"Retry-After": "400"}, b"<!DOCTYPE html><title>Rate limited</title>")
PAGE: Answer = (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Please wait</body></html>")


@contextmanager
def week_feed() -> Iterator[WeekFeed]:
    """A feed at its `url` on the loopback, until the block ends."""
    feed = WeekFeed()
    with served(feed.answer) as address:
        feed.url = f"{address}/ff_calendar_thisweek.json"
        yield feed
