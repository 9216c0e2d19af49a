"""Rejected orders: wait longer each time, by the class of the answer, then stop opening."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from novosky.trading.guards.latch import FREE, NO_OPENING, Stored


@dataclass(frozen=True)
class BackOff:
    """For one class of answers."""

    first_ms: int  # wait after the first; doubled by each one that follows
    longest_ms: int
    tries: int  # as many in a row, and nothing is opened until a person allows it


# The classes are those of `terminal/retcodes.py`: `Action` by value.
USUAL: Final[Mapping[str, BackOff]] = {
    "retry_same": BackOff(500, 30_000, 8),
    "retry_new_price": BackOff(250, 10_000, 8),
    "unknown": BackOff(2_000, 120_000, 5),
    "stop_opening": BackOff(0, 0, 1),
    "give_up": BackOff(60_000, 900_000, 3),
}
_ELSE: Final = BackOff(60_000, 900_000, 3)


@dataclass(frozen=True)
class Rejects(Stored):
    """Rejections in a row by class, and what they led to."""

    in_row: Mapping[str, int] = field(default_factory=dict)
    not_before_ms: int = 0
    answer: str = FREE
    since_ms: int = 0
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing may be opened until it is freed."""
        return self.answer != FREE

    def may_send(self, time_ms: int) -> bool:
        """Whether an entry may leave now."""
        return not self.holds and time_ms >= self.not_before_ms


def rejected(state: Rejects, kind: str, time_ms: int, limits: Mapping[str, BackOff] = USUAL) -> Rejects:
    """After an answer of class `kind` that did nothing."""
    limit = limits.get(kind, _ELSE)
    count = state.in_row.get(kind, 0) + 1
    wait_ms = min(limit.first_ms * 2 ** min(count - 1, 30), limit.longest_ms)
    now = replace(
        state,
        in_row={**state.in_row, kind: count},
        not_before_ms=max(state.not_before_ms, time_ms + wait_ms),
    )
    if count < limit.tries or now.holds:
        return now
    return replace(now, answer=NO_OPENING, since_ms=time_ms, reason=f"{count} answers in a row were {kind}")


def accepted(state: Rejects) -> Rejects:
    """After an order that was done: the counts begin anew. What is latched stays so."""
    return replace(state, in_row={}, not_before_ms=0) if state.in_row else state


def resumed(state: Rejects, time_ms: int) -> Rejects:
    """A person allows it again."""
    return Rejects(since_ms=time_ms) if state.holds else state
