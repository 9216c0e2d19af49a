"""Is the bot alive, and would it open a trade? One word, one sentence, since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from novosky.market.timeframes import TIMEFRAME_MINUTES
from novosky.report.dashboard.follow import Book
from novosky.report.dashboard.words import GUARD_TITLES

GOOD, NONE, BAD, OFF = "good", "none", "bad", "off"  # tones, as the reports have them
PERIODS_LATE: Final = 2.0  # a bot writes a row a bar; later than this, and a grace, it is silent
GRACE_MS: Final = 120_000
REPLAY_QUIET_MS: Final = 60_000


class Condition(NamedTuple):
    """`since_ms` by the bot's clock; None where that is not known."""

    name: str
    tone: str
    words: str
    since_ms: int | None


def condition(book: Book, facts: Mapping[str, Any], now_ms: int, grew_ms: int) -> Condition:
    """`now_ms` is this machine's clock, and so is `grew_ms`, when the ledger was last seen to grow."""
    if book.stop is not None:
        reason = str(book.stop.details.get("reason", book.stop.text))
        return Condition("Stopped", OFF, reason[:1].upper() + reason[1:], book.stop_ms)
    if book.run is None:
        return Condition("Not started", OFF, "The ledger holds no start of this bot", None)
    silent = _silence(book, facts, now_ms, grew_ms)
    if silent:
        return Condition("Silent", BAD, silent, book.state.time_ms)
    return _holding(book) or _at_work(book, facts)


def _at_work(book: Book, facts: Mapping[str, Any]) -> Condition:
    if facts["terminal"] == "simulated":
        return Condition("Paper", GOOD, "A replay on the simulated terminal, by the clock of its bars", book.run_ms)
    if facts["dry"]:
        return Condition("Dry run", NONE, "It decides and sends nothing", book.run_ms)
    return Condition("Trading", GOOD, "It opens a trade when every gate lets it pass", book.run_ms)


def _silence(book: Book, facts: Mapping[str, Any], now_ms: int, grew_ms: int) -> str:
    """Why it seems to be down; empty where it does not."""
    mend = "killed or cut off? Positions keep their stops at the broker. Start it again: run.py mode=trade"
    if facts["terminal"] == "simulated":
        quiet_ms = now_ms - grew_ms
        return (
            f"No new row for {_span(quiet_ms)}, and no stop was written; {mend}" if quiet_ms > REPLAY_QUIET_MS else ""
        )
    minutes = TIMEFRAME_MINUTES.get(facts["timeframe"], 15)
    quiet_ms = now_ms - book.state.time_ms
    if quiet_ms <= PERIODS_LATE * minutes * 60_000 + GRACE_MS:
        return ""
    return f"No row for {_span(quiet_ms)}; is the market closed, or was the bot {mend}"


def _holding(book: Book) -> Condition | None:
    guards = book.state.guards
    holding = [(name, state) for name, state in guards.items() if guard_answer(name, state) != "free"]
    if not holding:
        return None
    hard = [one for one in holding if guard_answer(*one) == "stop"]
    name, state = (hard or holding)[0]
    since = state.get("since_ms") or None
    if name == "paused":
        return Condition("Paused", NONE, f"{state['reason']}; what is open is managed", since)
    reason = state.get("reason") or GUARD_TITLES.get(name, name)
    if hard:
        return Condition("Halted", BAD, f"{reason}: nothing more is opened until a person allows it", since)
    return Condition("Holding", NONE, f"{reason}: nothing is opened; what is open is managed", since)


def guard_answer(name: str, state: Mapping[str, Any]) -> str:
    """free, no_opening or stop; the loss limits keep one flag a limit."""
    if name != "losses":
        return str(state.get("answer", "free"))
    if state.get("total_halt"):
        return "stop"
    return "no_opening" if any(state.get(f"{what}_halt") for what in ("streak", "day", "week")) else "free"


def _span(ms: int) -> str:
    minutes = ms // 60_000
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2 * 1440 else f"{minutes // 1440} days"
