"""The ledger cut at its decisions: from one that was acted on to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from novosky.trading.bot.recovery import CHECKPOINT
from novosky.trading.ledger.rows import Decision, Entry, Event, Row


@dataclass(frozen=True)
class Stretch:
    """What happened after a decision, up to and including the next one that was acted on.

    Usually that is one bar. Bars that closed while the bot was down lie between: their decisions are marked as missed.
    """

    before: Decision | None  # None: the bot has just begun
    decisions: tuple[Decision, ...]  # empty after the last one
    rows: tuple[Row, ...]  # all others, in their order
    times_ms: tuple[int, ...]  # when each of them was written

    @property
    def missed(self) -> tuple[Decision, ...]:
        return tuple(one for one in self.decisions if one.details.get("missed"))

    def events(self, name: str) -> list[Event]:
        return [row for row in self.rows if isinstance(row, Event) and row.name == name]


def stretches_of(entries: Iterable[Entry]) -> list[Stretch]:
    """In their order; the last one has no decision."""
    stretches: list[Stretch] = []
    before: Decision | None = None
    decisions: list[Decision] = []
    rows: list[tuple[Row, int]] = []
    for entry in entries:
        if not isinstance(entry.row, Decision):
            rows.append((entry.row, entry.time_ms))
            continue
        decisions.append(entry.row)
        if entry.row.details.get("missed"):
            continue
        stretches.append(_stretch(before, decisions, rows))
        before, decisions, rows = entry.row, [], []
    return [*stretches, _stretch(before, decisions, rows)]


def checkpoint_of(decision: Decision) -> Mapping[str, Any]:
    """The bot's book after the decision."""
    saved: Mapping[str, Any] = decision.details[CHECKPOINT]
    return saved


def _stretch(before: Decision | None, decisions: list[Decision], rows: Sequence[tuple[Row, int]]) -> Stretch:
    return Stretch(before, tuple(decisions), tuple(row for row, _ in rows), tuple(time_ms for _, time_ms in rows))
