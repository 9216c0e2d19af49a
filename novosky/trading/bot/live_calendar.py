"""The week's events while the bot runs: fetched in the background, so that no decision waits for the feed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from novosky.config.schema.market import NewsConfig
from novosky.errors import NovoskyError
from novosky.market.bars import Ints, utc_text
from novosky.market.feed_archive import Archive
from novosky.market.feed_calendar import calendar_of, is_known, known_runs
from novosky.market.feed_refresh import Refreshed, is_due, refresh
from novosky.trading.guards import market

if TYPE_CHECKING:
    from novosky.trading.bot.chain import Chain
    from novosky.trading.bot.session import Session


class LiveCalendar:
    """Events that count, of the unbroken weeks up to this one."""

    def __init__(self, news: NewsConfig, is_needed: bool) -> None:
        """`is_needed`: whether a decision looks at events, so that nothing is opened while they are not known."""
        self.news, self.is_needed = news, is_needed
        self.event_ms: Ints = np.empty(0, np.int64)
        self._archive = Archive()
        self._warning = ""
        self._fetched: Refreshed | NovoskyError | None = None
        self._thread: threading.Thread | None = None

    def begin(self, now_ms: int) -> None:
        """Fetch the week where that is due.

        Raises NovoskyError where it is needed and not known, and as `refresh`.
        """
        found = refresh(self.news, now_ms)
        self._take(found, now_ms)
        self._fetched = found  # its warning is told with the first bar
        if self.is_needed and not is_known(self._archive, now_ms):
            raise NovoskyError(
                f"news=forexfactory: this week's events are not known, and the models or the news block look at them; "
                f"{found.warning}: wait five minutes and start again, or trade with news=csv and a file of this week"
            )

    def attend(self, session: Session, chain: Chain) -> None:
        """Before a bar is decided on: give the chain what was fetched meanwhile, hold the guard, fetch when due."""
        now_ms = session.now_ms
        found, self._fetched = self._fetched, None
        if isinstance(found, Refreshed):
            before = self.event_ms
            self._take(found, now_ms)
            if not np.array_equal(before, self.event_ms):
                chain.take_events(self.event_ms)
        warning = str(found) if isinstance(found, NovoskyError) else self._warning if found is None else found.warning
        if warning and not self._warning:
            session.say("calendar", "warning", warning)
        self._warning = warning
        session.guard(calendar=market.calendar(session.board.calendar, self._unknown(now_ms), now_ms))
        if is_due(self.news, self._archive, now_ms):
            self._fetch(now_ms)

    def wait(self) -> None:
        """Until a request that is under way has ended."""
        if self._thread is not None:
            self._thread.join()

    def _unknown(self, now_ms: int) -> str:
        if not self.is_needed or is_known(self._archive, now_ms):
            return ""
        runs = known_runs(self._archive)
        return (
            f"this week's events are not known; the last known week ended {utc_text(runs[-1][1])}"
            if runs
            else ("this week's events are not known")
        )

    def _take(self, found: Refreshed, now_ms: int) -> None:
        self._archive = found.archive
        run = [run for run in known_runs(found.archive) if run[0] <= now_ms]
        if run:
            first, end = run[-1]
            calendar = calendar_of(found.archive, first, end - 1).calendar
            self.event_ms = calendar.select(self.news.currencies, self.news.min_impact)

    def _fetch(self, now_ms: int) -> None:
        if self._thread is not None and self._thread.is_alive():
            return

        def work() -> None:
            try:
                self._fetched = refresh(self.news, now_ms)
            except NovoskyError as error:
                self._fetched = error

        self._thread = threading.Thread(target=work, name="calendar", daemon=True)
        self._thread.start()
