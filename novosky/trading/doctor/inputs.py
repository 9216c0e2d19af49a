"""What decisions are made from: bars of the terminal, and the calendar of events."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from novosky.config.checks.market import NEWS_FEATURES
from novosky.config.schema import Config
from novosky.errors import DataError
from novosky.market.bars import Ints
from novosky.trading.doctor.connection import is_closed, offset_s
from novosky.trading.doctor.finding import Finding, judged, refused
from novosky.trading.doctor.look import Seen, unanswered
from novosky.trading.doctor.terms import Terms

DAY_MS = 86_400_000
HOUR_S = 3_600


def history(terms: Terms, seen: Seen) -> Finding:
    """As many closed bars as the bot reads at its start, in order, the last one of now."""
    rates = seen.rates
    if rates is None or len(rates) < 2:
        return unanswered("history", "copy_rates_from_pos", seen)
    closed = len(rates) - 1
    now_s = seen.utc_ms // 1000 + offset_s(terms.broker.clock, seen.utc_ms)
    late = (now_s - int(rates["time"][-1])) * 1000 / terms.timeframe_ms
    found = f"{closed} closed bars of {terms.timeframe}, the last one opened {late:.1f} bars ago"
    expected = f"{terms.history_bars}, {terms.warmup_bars} at least; in order, one open now"
    more = "scroll the symbol's chart back, or raise Max bars in chart (terminal's options), and ask again"
    if closed < terms.warmup_bars:
        return judged("history", found, expected, fail=more)
    if _torn(rates["time"].astype(np.int64), terms.timeframe_ms // 1000):
        return judged("history", "bars out of order", expected, fail="let the terminal load the chart anew")
    stale = "no bar has opened since: the market is closed, or the feed stands"
    if late > 2.0 or is_closed(seen):
        return judged("history", found, expected, warn=stale)
    return judged("history", found, expected, warn=more * (closed < terms.history_bars and not terms.replayed))


def _torn(times_s: Ints, period_s: int) -> bool:
    """Out of order by more than the hour that a server's clock shows twice each autumn."""
    steps = np.diff(times_s)
    autumns = 1 + int(times_s[-1] - times_s[0]) // (300 * 86_400)
    return bool(steps.min() < min(0, period_s - HOUR_S) or np.sum(steps <= 0) > autumns * max(1, HOUR_S // period_s))


def calendar(config: Config, now_ms: int, days_ahead: int) -> Finding:
    """A calendar that has ended says "no event" of days of which it knows nothing."""
    news, replayed = config.news, config.terminal.kind == "simulated"
    uses = [name for name in config.features.names if name in NEWS_FEATURES]
    expected = f"events for {days_ahead} days more"
    if news.source == "forexfactory" and not replayed:
        return _fed_calendar(config, now_ms, is_needed=bool(uses) or config.execution.news_block_minutes > 0)
    if news.source != "csv":
        return _without_file(news.source, replayed=replayed)
    from novosky.market.calendar_csv import read_calendar_csv
    from novosky.market.sources import file_bytes

    try:
        read, _ = read_calendar_csv(file_bytes(news.path, "news.path"), Path(str(news.path)).name)
    except DataError as error:
        return refused("calendar", expected, error)
    ahead = (read.covers_to_ms - now_ms) / DAY_MS
    found = f"{len(read)} events, {abs(ahead):.0f} days {'ahead' if ahead >= 0 else 'ago the last'}"
    mend = "fetch a newer calendar: beyond its end the news features say nothing" if uses else "fetch a newer calendar"
    if replayed:
        return judged("calendar", found, "events of the replayed days", fail=mend * (ahead < 0))
    return judged("calendar", found, expected, fail=mend * (ahead < 0), warn=mend * (ahead < days_ahead))


def _without_file(source: str, *, replayed: bool) -> Finding:
    if source == "none":
        return judged("calendar", "none is used", "none")
    if replayed:
        found = "the generated market's own" if source == "synthetic" else "the snapshot's own"
        return judged("calendar", found, "events of the replayed days")
    mend = "set news=forexfactory or news=csv, or trade a set of features=core59_no_news with news=none"
    return judged("calendar", "a generated market's", "a real market's", fail=mend)


def _fed_calendar(config: Config, now_ms: int, *, is_needed: bool) -> Finding:
    """The bot fetches the week at its start, so that a missing one is a warning here."""
    from novosky.market.feed_archive import read_archive
    from novosky.market.feed_calendar import is_known

    news, expected = config.news, "this week's events"
    try:
        archive = read_archive(Path(str(news.path)))
    except DataError as error:
        return refused("calendar", expected, error)
    fetch = "fetch it: mode=data news=forexfactory news.fetch_only=true; the bot does so when it starts"
    if archive.last_ms is None:
        return judged("calendar", "no week was fetched yet", expected, warn=fetch * is_needed)
    hours = max(0.0, (now_ms - archive.last_ms) / 3_600_000)
    if not is_known(archive, now_ms):
        found = f"another week's; the last answer is {hours:.0f} hours old"
        return judged("calendar", found, expected, warn=fetch * is_needed)
    return judged("calendar", f"this week's, as of {hours:.0f} hours ago", expected)
