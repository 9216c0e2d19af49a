"""The bars of a stretch of time, page by page: pages overlap by a bar, holes are looked at twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Row = tuple[float | None, ...]
"""Open time in UTC epoch milliseconds, open, high, low, close, volume."""

Ask = Callable[[int, int], Sequence[Sequence[float | None]]]
"""From a first open time and a number of bars to at most so many rows, oldest first."""

Report = Callable[[str, float], None]

SHORTER = 8


@dataclass(slots=True)
class Pages:
    """The bars by their open time, and what the pages were like."""

    rows: dict[int, Row] = field(default_factory=dict)
    pages: int = 0
    empty_pages: int = 0
    repeated: int = 0  # rows of one page with the same time and values
    revised: int = 0  # bars that came again with other values: the later answer stands
    unfinished: int = 0  # bars that close after the end

    def turn(self, ask: Ask, at: int, limit: int) -> list[Row]:
        """The page from `at` on, in order."""
        page = sorted((tuple(row) for row in ask(at, limit) if int(row[0] or 0) >= at), key=_time)
        self.pages += 1
        self.empty_pages += not page
        return page

    def take(self, page: Sequence[Row]) -> None:
        times = set()
        for row in page:
            time = int(row[0] or 0)
            before = self.rows.get(time)
            self.revised += before is not None and before != row
            self.repeated += time in times and before == row
            self.rows[time] = row
            times.add(time)

    def cut(self, until: int, step: int) -> None:
        """Leave the bars that had closed at `until`."""
        late = [time for time in self.rows if time + step > until]
        self.unfinished = sum(time < until for time in late)
        for time in late:
            del self.rows[time]


def read_pages(ask: Ask, since: int, until: int, step: int, limit: int, report: Report) -> Pages:
    """Every bar that opens at or after `since` and closes by `until`; times and `step` in milliseconds.

    A page starts with the newest bar of the one before. A page that starts later is asked for again and shorter, since
    exchanges cut one that is too long at its old end; an empty one is asked for twice. What is missing then is missing
    on the exchange.
    """
    found, at, was_empty = Pages(), since, False
    while at < until:
        page = found.turn(ask, at, limit)
        if not page and not was_empty:
            page = found.turn(ask, at, limit)
        asked = limit
        while page and _time(page[0]) > at and asked > 2:
            asked = max(2, asked // SHORTER)
            nearer = found.turn(ask, at, asked)
            if nearer and _time(nearer[0]) >= _time(page[0]):
                break
            page, limit = nearer, asked if nearer else limit
        found.take(page)
        was_empty = not page
        newest = _time(page[-1]) if page else at
        if newest + step >= until:
            break
        at = newest if newest > at else at + asked * step
        report(f"{len(found.rows):,} bars", (at - since) / (until - since))
    found.cut(until, step)
    return found


def _time(row: Row) -> int:
    return int(row[0] or 0)
