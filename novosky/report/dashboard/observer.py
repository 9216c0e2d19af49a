"""Looks at everything once in a while and hands out what was seen; never writes, and no fault of a source ends it."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from novosky.errors import UserError
from novosky.models.revision.places import RevisionPlaces
from novosky.report.dashboard.drifting import read_judged
from novosky.report.dashboard.loops import loop_block, revision_block
from novosky.report.dashboard.pages import Page, page_rows, pages
from novosky.report.dashboard.sources import Source, Sources
from novosky.report.dashboard.state import Expected, bar_state, bot_state, no_bot
from novosky.trading.monitor.promise import JUDGED_TRADES, promise_of
from novosky.trading.monitor.report import Terms


def now_ms() -> int:
    """This machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Place:
    """Where things lie, and the dashboard's own settings for a ledger that does not name the bot's."""

    sources: Sources
    revisions: RevisionPlaces
    loop: Path
    runs: Path
    terms: Terms
    own: Mapping[str, Any]


@dataclass
class Observer:
    """`look` from one thread; `state` and `bars` from any."""

    place: Place
    clock: Callable[[], int] = now_ms
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _grew: dict[str, int] = field(default_factory=dict)  # source -> when its last new row was seen
    _rows: dict[str, int] = field(default_factory=dict)  # source -> number of that row
    _expected: Expected = field(default_factory=Expected)
    _promised: tuple[Any, ...] = ()
    _slow: dict[str, Any] = field(default_factory=dict)
    _pages: list[Page] = field(default_factory=list)
    _states: dict[str, tuple[tuple[int, int], dict[str, Any]]] = field(default_factory=dict)
    looks: int = 0
    looked_ms: int = 0  # when the last look was over; 0: none yet

    def look(self) -> None:
        """Read what is new of all sources."""
        with self._lock:
            self.place.sources.look()
            self._note_growth()
            self._expect()
            self._pages = pages(self.place.runs)
            self._slow = {"loop": loop_block(self.place.loop), "pages": page_rows(self._pages)}
            self.looks += 1
            self.looked_ms = self.clock()

    def stamp(self) -> str:
        """Another one whenever a state may be another one; once a minute in any case, for silence grows."""
        with self._lock:
            seen = [self._rows, self.place.sources.problems, self._slow, self._promised, self.clock() // 60_000]
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]

    def state(self, source: str | None = None) -> dict[str, Any] | None:
        """All that is shown of one source, the preferred one by default; None where there is none of this name."""
        with self._lock:
            found = self.place.sources.found()
            chosen = next((one for one in found if source in (None, one.id)), None)
            if chosen is None and source is not None:
                return None
            if chosen is not None:
                self.place.sources.want(chosen)
                self._note_growth()
            now = self.clock()
            shown = self._shown(chosen, now)
            in_use = shown["bot"].get("revision", "")
            content = {
                "source": None if chosen is None else chosen.id,
                "sources": [{"id": one.id, "bot": one.bot, "ledger": one.follower.shown} for one in found],
                "problems": list(self.place.sources.problems.values()),
                **shown,
                **self._slow,
                "revision": revision_block(self.place.revisions, in_use),
            }
            return {"made_ms": now, "looked_ms": self.looked_ms, **content}

    def bars(self, source: str | None, after_ms: int) -> dict[str, Any] | None:
        """For the price chart; None where there is no such source."""
        with self._lock:
            chosen = next((one for one in self.place.sources.found() if source in (None, one.id)), None)
            if chosen is None:
                return None
            return {"source_id": chosen.id, **bar_state(chosen.book, after_ms)}

    def page(self, name: str) -> Path | None:
        """The file of a report page that was listed."""
        with self._lock:
            return next((page.file for page in self._pages if page.id == name), None)

    def _shown(self, chosen: Source | None, now: int) -> dict[str, Any]:
        if chosen is None:
            problems = list(self.place.sources.problems.values())
            return no_bot(problems[0], True) if problems else no_bot(_none_yet(self.place.sources), False)
        grew = self._grew.get(chosen.id, now)
        key = (chosen.book.state.number, (now - max(grew, 0)) // 5_000)
        kept = self._states.get(chosen.id)
        if kept is None or kept[0] != key:
            try:
                shown = bot_state(chosen.book, self.place.terms, self.place.own, self._expected, now, grew)
            except Exception as error:  # rows that no version of this program wrote, or a fault of ours
                shown = no_bot(f"{chosen.bot}: its rows cannot be shown ({type(error).__name__}: {error})", True)
            kept = self._states[chosen.id] = (key, shown)
        return kept[1]

    def _note_growth(self) -> None:
        for one in self.place.sources.found():
            number = one.book.state.number
            if not self._rows.get(one.id) and one.follower.file is not None:
                self._grew[one.id] = _written_ms(one.follower.file)
            elif self._rows.get(one.id) != number:
                self._grew[one.id] = self.clock()
            self._rows[one.id] = number

    def _expect(self) -> None:
        """The revision's files are verified once, and again when the pointer is another."""
        pointer = self.place.revisions.pointer
        try:
            found = pointer.stat()
            seen: tuple[Any, ...] = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            seen = (None,)
        if seen == self._promised:
            return
        self._promised = seen
        self._states.clear()
        try:
            promise = promise_of(self.place.revisions)
        except (UserError, OSError) as error:
            self._expected = Expected(problem=str(error))
            return
        try:
            judged = read_judged(self.place.revisions.folder(promise.revision) / JUDGED_TRADES)
            self._expected = Expected(promise, tuple(judged))
        except UserError as error:
            self._expected = Expected(promise, problem=str(error))


def _none_yet(sources: Sources) -> str:
    return (
        f"Nothing at {sources.expected} and no replay in {sources.runs}; start one: run.py mode=trade. This page finds "
        "it by itself."
    )


def _written_ms(file: Path) -> int:
    """When a SQLite ledger was last written: the newest rows may still be in the log beside the file."""
    beside = [file, file.with_name(f"{file.name}-wal")]
    return max(one.stat().st_mtime_ns // 1_000_000 for one in beside if one.exists())
