"""The calendar of a generated market: a month of releases as real calendars have them, some left out at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from novosky.market.bars import Ints
from novosky.market.calendar import Calendar

DAY_MS = 86_400_000
OMITTED = 0.1  # share of the releases that do not take place


@dataclass(frozen=True, slots=True)
class Release:
    """A release on `weekday` (0 Monday) at a UTC time, in week `week` of the month (0 first) or every week (None)."""

    title: str
    currency: str
    impact: int
    weekday: int
    hour: int
    minute: int
    week: int | None


RELEASES = (
    Release("Employment report", "USD", 3, 4, 13, 30, 0),
    Release("Consumer prices", "USD", 3, 2, 13, 30, 1),
    Release("Central bank decision", "USD", 3, 2, 19, 0, 2),
    Release("Retail sales", "USD", 3, 1, 13, 30, 2),
    Release("Consumption deflator", "USD", 3, 4, 13, 30, 3),
    Release("Manufacturing survey", "USD", 3, 0, 15, 0, 0),
    Release("Consumer confidence", "USD", 2, 1, 15, 0, 3),
    Release("Jobless claims", "USD", 2, 3, 13, 30, None),
    Release("Oil inventories", "USD", 1, 2, 15, 30, None),
    Release("Central bank decision", "EUR", 3, 3, 13, 15, 1),
    Release("Business climate", "EUR", 2, 1, 10, 0, 2),
    Release("Producer prices", "EUR", 1, 4, 7, 0, 2),
)


def synthetic_calendar(time_ms: Ints, timeframe_ms: int, seed: int) -> Calendar:
    """Releases from a day before the first bar to a fortnight after the last; a function of the seed and the dates."""
    covers_from = int(time_ms[0]) // DAY_MS * DAY_MS - DAY_MS
    covers_to = int(time_ms[-1]) // DAY_MS * DAY_MS + timeframe_ms + 14 * DAY_MS
    events = sorted(_events(covers_from // DAY_MS, covers_to // DAY_MS, seed), key=lambda event: event[0])
    return Calendar(
        time_ms=np.array([time for time, _ in events], dtype=np.int64),
        impact=np.array([release.impact for _, release in events], dtype=np.int8),
        currency=tuple(release.currency for _, release in events),
        title=tuple(release.title for _, release in events),
        covers_from_ms=covers_from,
        covers_to_ms=covers_to,
    )


def _events(first_day: int, end_day: int, seed: int) -> list[tuple[int, Release]]:
    rng = Generator(PCG64(SeedSequence([seed, first_day])))
    events = []
    for day in range(first_day, end_day):
        weekday, week = (day + 3) % 7, (_day_of_month(day) - 1) // 7
        for release in RELEASES:
            if release.weekday == weekday and release.week in (None, week) and rng.random() >= OMITTED:
                events.append((day * DAY_MS + (release.hour * 60 + release.minute) * 60_000, release))
    return events


def _day_of_month(day: int) -> int:
    date = np.datetime64(day, "D")
    return int((date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)) + 1
