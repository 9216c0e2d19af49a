"""All guards together: one answer for the bot, and an event in the ledger for each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from novosky.trading.guards.latch import FREE, STOP, Latch
from novosky.trading.guards.losses import Losses
from novosky.trading.guards.rejects import Rejects
from novosky.trading.ledger.rows import GUARD, Equity, Event

Guard = Latch | Rejects | Losses


@dataclass(frozen=True)
class Board:
    """Every guard's state, by its name."""

    losses: Losses
    kill_switch: Latch = field(default_factory=Latch)
    stale_bars: Latch = field(default_factory=Latch)
    clock_drift: Latch = field(default_factory=Latch)
    spread_spike: Latch = field(default_factory=Latch)
    calendar: Latch = field(default_factory=Latch)  # the week's events are not known
    rejects: Rejects = field(default_factory=Rejects)
    paused: Latch = field(default_factory=Latch)  # by a person

    @property
    def holding(self) -> tuple[str, ...]:
        """Names of the guards that hold."""
        return tuple(name for name, guard in vars(self).items() if guard.holds)

    @property
    def answer(self) -> str:
        """The hardest of their answers."""
        answers = [guard.answer for guard in vars(self).values() if guard.holds]
        return FREE if not answers else STOP if STOP in answers else answers[0]


def changes(before: Board, after: Board) -> tuple[Event, ...]:
    """An event for each guard whose state is another one, to be written in one transaction.

    Balance and equity alone are no change: the equity row of the bar holds them.
    """
    events = []
    for name, now in vars(after).items():
        was = getattr(before, name)
        if isinstance(now, Losses) and isinstance(was, Losses):
            was = replace(was, balance=now.balance, equity=now.equity)
        if now != was:
            events.append(_event(name, was, now))
    return tuple(events)


def first_events(board: Board) -> tuple[Event, ...]:
    """What a new ledger begins with: from here on the bases of the limits are written down."""
    return (_event("losses", board.losses, board.losses),)


def restored(states: Mapping[str, Mapping[str, Any]], equity: Equity | None) -> Board | None:
    """The board as the ledger's state has it (`LedgerState.guards`, `.equity`); None in a new ledger."""
    if "losses" not in states:
        return None
    losses = Losses.from_dict(states["losses"])
    if equity is not None:
        losses = replace(losses, balance=equity.balance, equity=equity.equity)
    rest: dict[str, Any] = {name: Latch.from_dict(s) for name, s in states.items() if name in _LATCHES}
    if "rejects" in states:
        rest["rejects"] = Rejects.from_dict(states["rejects"])
    return Board(losses, **rest)


_LATCHES = ("kill_switch", "stale_bars", "clock_drift", "spread_spike", "calendar", "paused")


def _event(name: str, was: Guard, now: Guard) -> Event:
    details = {"guard": name, "state": now.as_dict(), "answer": now.answer}
    if now.holds and (not was.holds or now.answer != was.answer):
        return Event(GUARD, "alarm", f"{name} tripped: {now.reason}", details)
    if was.holds and not now.holds:
        return Event(GUARD, "warning", f"{name} is free again", details)
    return Event(GUARD, "info", f"{name}: {now.answer}", details)
