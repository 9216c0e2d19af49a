"""Limits of losses: what the core's breakers say of the bot's account, where the backtest's would."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from typing import Final

from novosky.execution.breakers import latched
from novosky.execution.codes import OPENED, TOTAL_HALT, VERDICT_NAMES
from novosky.execution.records import Book
from novosky.trading.guards.latch import FREE, NO_OPENING, STOP, Stored

_LATCHED: Final = inspect.unwrap(latched)  # a call per bar needs no machine code


@dataclass(frozen=True)
class Losses(Stored):
    """The part of the core's book that its breakers read and write, by their names; a halt is 1."""

    balance: float
    equity: float
    start_balance: float
    day_start: float
    week_start: float
    day: int = -1
    week: int = -1
    losses_in_row: int = 0
    streak_halt: int = 0
    day_halt: int = 0
    week_halt: int = 0
    total_halt: int = 0

    @classmethod
    def of(cls, book: Book) -> Losses:
        """As the core's breakers left them at the last close."""
        return cls(**{field.name: book[field.name].item() for field in fields(cls)})

    @property
    def verdict(self) -> str:
        """Name of the first breaker that holds, in the order of the gates; `opened` where none does."""
        return VERDICT_NAMES[int(_LATCHED(self))]

    @property
    def answer(self) -> str:
        """The total limit stops the bot for good, the others its opening until their reset."""
        if self.total_halt:
            return STOP
        return NO_OPENING if int(_LATCHED(self)) != OPENED else FREE

    @property
    def holds(self) -> bool:
        """Whether nothing may be opened."""
        return self.answer != FREE

    @property
    def reason(self) -> str:
        """For an event."""
        name = VERDICT_NAMES[TOTAL_HALT] if self.total_halt else self.verdict
        return f"{name} at a balance of {self.balance:.2f}, an equity of {self.equity:.2f}" if self.holds else ""


def moved_money(book: Book, amount: float) -> None:
    """A deposit (positive) or a withdrawal is neither gain nor loss: every base of a limit moves by it."""
    for name in ("start_balance", "day_start", "week_start"):
        book[name] += amount
