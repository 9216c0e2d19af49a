"""The calendar that an archive of weekly answers makes: which weeks are known, and what was known in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from novosky.errors import DataError
from novosky.market.bars import utc_text
from novosky.market.calendar import IMPACTS, Calendar
from novosky.market.feed_archive import Archive, Version
from novosky.market.weekly_feed import Listed

DAY_MS = 86_400_000
FETCH = "fetch it while it runs: mode=data news=forexfactory news.fetch_only=true, every day"


@dataclass(frozen=True, slots=True)
class FeedCalendar:
    """The calendar of one unbroken run of known weeks, and how many of its events were listed late.

    Late: not a day before their time, so that a feature of the day before says more than was known then.
    """

    calendar: Calendar
    late: int


def known_runs(archive: Archive) -> list[tuple[int, int]]:
    """Unbroken stretches of known weeks, oldest first; ms, end excluded."""
    runs: list[tuple[int, int]] = []
    for start, end in sorted(archive.weeks):
        if runs and start <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(end, runs[-1][1])
        else:
            runs.append((start, end))
    return runs


def is_known(archive: Archive, time_ms: int) -> bool:
    """Whether the week of that time was listed."""
    return any(start <= time_ms < end for start, end in archive.weeks)


def calendar_of(archive: Archive, first_ms: int, last_ms: int) -> FeedCalendar:
    """Events of the weeks that hold the times from `first_ms` to `last_ms`; DataError where one is not known.

    An event stands as it was listed last before its time, so that later answers change nothing of a past that was
    known; one that was first listed after its time stands as it was listed then.
    """
    weeks = [week for week in sorted(archive.weeks) if week[0] <= last_ms and first_ms < week[1]]
    _require_run(archive, weeks, first_ms, last_ms)
    start, end = weeks[0][0], max(week[1] for week in weeks)
    events, late = [], 0
    for key, versions in archive.versions.items():
        if not start <= key.time_ms < end:
            continue
        listed = _in_time(versions, key.time_ms)
        if listed is not None:
            events.append((key.time_ms, key.country, key.title, IMPACTS.index(listed.impact)))
            late += versions[0].seen_ms > key.time_ms - DAY_MS
    events.sort()
    calendar = Calendar(
        time_ms=np.array([event[0] for event in events], np.int64),
        impact=np.array([event[3] for event in events], np.int8),
        currency=tuple(event[1] for event in events),
        title=tuple(event[2] for event in events),
        covers_from_ms=start,
        covers_to_ms=end,
    )
    return FeedCalendar(calendar, late)


def _in_time(versions: Sequence[Version], time_ms: int) -> Listed | None:
    before = [version for version in versions if version.seen_ms <= time_ms]
    return (before[-1] if before else versions[0]).listed


def _require_run(archive: Archive, weeks: Sequence[tuple[int, int]], first_ms: int, last_ms: int) -> None:
    at = first_ms
    for start, end in weeks:
        if start > at:
            break
        at = max(at, end)
    if at > last_ms:
        return
    runs = ", ".join(f"{utc_text(start)} to {utc_text(end)}" for start, end in known_runs(archive)) or "none"
    raise DataError(
        f"news=forexfactory: the calendar from {utc_text(first_ms)} to {utc_text(last_ms)} is wanted, that of "
        f"{utc_text(at)} is not known; known weeks: {runs}. The feed gives its current week alone: {FETCH}; or give "
        "bars of the known weeks, news=csv with a file that covers them, or news=none"
    )
