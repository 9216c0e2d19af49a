"""The last decisions: what was wished for, which gate refused, what became of an entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from novosky.report.dashboard.follow import Book
from novosky.report.dashboard.words import GATE_TITLES, gate_words, refusal_words, side_name, verdict_words
from novosky.trading.intent import ENTRY, Intent
from novosky.trading.ledger.rows import ABSENT, DONE, EXPIRED, FOUND, LOST, PART_DONE, PLACED, REFUSED, SENT, Decision

SHOWN: Final = 60
OUTCOMES: Final = {
    "written": "the entry waits to be sent",
    SENT: "the entry is on its way",
    DONE: "entered",
    FOUND: "entered",
    PART_DONE: "entered in part",
    PLACED: "accepted by the broker, not filled yet",
    REFUSED: "refused by the broker",
    LOST: "no answer from the broker: it is looked up, not sent again",
    ABSENT: "never reached the broker",
    EXPIRED: "expired before it left",
}


def decisions(book: Book, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The newest first."""
    entered = _entries(book)
    return [_row(one, book, entered) for one in list(book.decisions)[::-1][:limit]]


def why_not(book: Book) -> list[dict[str, Any]]:
    """Verdicts of all decisions of the ledger, the most frequent first."""
    total = sum(book.verdicts.values())
    return [
        {"verdict": name, "words": verdict_words(name), "count": n, "pct": 100.0 * n / total}
        for name, n in Counter(book.verdicts).most_common()
    ]


def _entries(book: Book) -> dict[int, tuple[Intent, str]]:
    """The bar that decided -> its entry and how far that came."""
    every = (*book.state.settled.values(), *book.state.intents.values())
    return {one.intent.bar_time_ms: (one.intent, one.phase) for one in every if one.intent.action == ENTRY}


def _row(one: Decision, book: Book, entered: Mapping[int, tuple[Intent, str]]) -> dict[str, Any]:
    gates = [
        {
            "name": name,
            "title": GATE_TITLES.get(name, name.replace("_", " ")),
            "passed": bool(gate["passed"]),
            "words": gate_words(name, gate),
        }
        for name, gate in _ordered(one.gates)
    ]
    confidence = one.gates.get("confidence", {})
    return {
        "bar_ms": one.bar_time_ms,
        "side": side_name(one.side),
        "verdict": one.verdict,
        "words": verdict_words(one.verdict),
        "outcome": _outcome(one, book, entered),
        "confidence": confidence.get("found"),
        "asked": confidence.get("limit"),
        "missed": bool(one.details.get("missed", False)),
        "gates": gates,
    }


def _ordered(gates: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """In the order in which they are asked; the ledger sorts them by name."""
    places = {name: place for place, name in enumerate(GATE_TITLES)}
    return sorted(gates.items(), key=lambda item: places.get(item[0], len(places)))


def _outcome(one: Decision, book: Book, entered: Mapping[int, tuple[Intent, str]]) -> str:
    if one.verdict != "opened":
        return ""
    if one.bar_time_ms in entered:
        intent, phase = entered[one.bar_time_ms]
        return f"{OUTCOMES.get(phase, phase)}: {intent.volume:g} lots near {intent.price:,.2f}"
    if one.bar_time_ms in book.refused:
        return f"not sent: {refusal_words(book.refused[one.bar_time_ms])}"
    if one.details.get("missed"):
        return "not sent: the bar was missed"
    return "no entry yet" if one is book.decisions[-1] else "no entry was sent"
