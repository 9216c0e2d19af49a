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
DOWN: Final = (
    "Was it killed or cut off, or is the market closed? Positions keep their stops at the broker. Start it again: "
    "run.py mode=trade"
)
HALTS: Final = {
    "streak": "too many losses in a row",
    "day": "daily loss limit",
    "week": "weekly loss limit",
    "total": "total loss limit",
}
HELD: Final = "Nothing is opened; what is open keeps its stop and is managed."


class Condition(NamedTuple):
    """`since_ms` by the bot's clock; None where that is not known. `more` is what follows from it."""

    name: str
    tone: str
    words: str
    since_ms: int | None
    more: str = ""


def condition(book: Book, facts: Mapping[str, Any], now_ms: int, grew_ms: int) -> Condition:
    """`now_ms` is this machine's clock, and so is `grew_ms`, when the ledger was last seen to grow."""
    if book.stop is not None:
        reason = str(book.stop.details.get("reason", book.stop.text))
        return Condition("Stopped", OFF, reason[:1].upper() + reason[1:], book.stop_ms)
    if book.run is None:
        return Condition("Not started", OFF, "The ledger holds no start of this bot", None)
    silent = _silence(book, facts, now_ms, grew_ms)
    if silent:
        return Condition("Silent", BAD, silent, book.state.time_ms, DOWN)
    return _holding(book) or _at_work(book, facts)


def _at_work(book: Book, facts: Mapping[str, Any]) -> Condition:
    if facts["terminal"] == "simulated":
        return Condition("Paper", GOOD, "A replay on the simulated terminal, by the clock of its bars", book.run_ms)
    if facts["dry"]:
        return Condition("Dry run", NONE, "It decides and sends nothing", book.run_ms)
    return Condition("Trading", GOOD, "It opens a trade when every gate lets it pass", book.run_ms)


def _silence(book: Book, facts: Mapping[str, Any], now_ms: int, grew_ms: int) -> str:
    """For how long it has seemed to be down; empty where it does not."""
    if facts["terminal"] == "simulated":
        quiet_ms, longest_ms = now_ms - grew_ms, REPLAY_QUIET_MS
    else:
        minutes = TIMEFRAME_MINUTES.get(facts["timeframe"], 15)
        quiet_ms, longest_ms = now_ms - book.state.time_ms, round(PERIODS_LATE * minutes * 60_000) + GRACE_MS
    return f"No row for {_span(quiet_ms)}, and no stop was written" if quiet_ms > longest_ms else ""


def _holding(book: Book) -> Condition | None:
    guards = book.state.guards
    holding = [(name, state) for name, state in guards.items() if guard_answer(name, state) != "free"]
    if not holding:
        return None
    hard = [one for one in holding if guard_answer(*one) == "stop"]
    name, state = (hard or holding)[0]
    since = book.held.get(name)
    reason = guard_reason(name, state) or GUARD_TITLES.get(name, name)
    reason = reason[:1].upper() + reason[1:]
    if hard:
        return Condition("Halted", BAD, reason, since, "Nothing more is opened until a person allows it.")
    return Condition("Paused" if name == "paused" else "Holding", NONE, reason, since, HELD)


def guard_reason(name: str, state: Mapping[str, Any]) -> str:
    """Why a guard holds; of the loss limits those that were reached."""
    if name != "losses":
        return str(state.get("reason", ""))
    return ", ".join(words for flag, words in HALTS.items() if state.get(f"{flag}_halt"))


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
