"""Limits of losses, by the core's own functions: the bot halts where the backtest does."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass, replace
from types import SimpleNamespace
from typing import Final

from novosky.execution.breakers import latched, roll_calendar, trip_breakers
from novosky.execution.codes import OPENED, TOTAL_HALT, VERDICT_NAMES
from novosky.execution.terms import Rules
from novosky.trading.guards.latch import FREE, NO_OPENING, STOP, Stored

# The plain bodies: a call per bar needs no machine code, and a record of the core's would carry its positions along.
_ROLL: Final = inspect.unwrap(roll_calendar)
_TRIP: Final = inspect.unwrap(trip_breakers)
_LATCHED: Final = inspect.unwrap(latched)


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
    def begin(cls, balance: float) -> Losses:
        """A bot that has not traded yet."""
        return cls(balance, balance, balance, balance, balance)

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


def observe(
    state: Losses, day: int, week: int, balance: float, equity: float, closed_nets: tuple[float, ...], rules: Rules
) -> Losses:
    """After a closed bar of this day and week (numbers by the limits' clock): `roll_calendar`, then `trip_breakers`.

    `closed_nets`: what each trade that closed since the last bar brought, in their order. Called once per closed bar
    it halts where a backtest of the same bars does; called more often it halts earlier.
    """
    book = SimpleNamespace(**asdict(state))
    _ROLL(book, day, week, rules)
    book.balance, book.equity = float(balance), float(equity)
    for net in closed_nets:
        book.losses_in_row = book.losses_in_row + 1 if net < 0.0 else 0
    _TRIP(book, rules)
    return Losses(**vars(book))


def moved_money(state: Losses, amount: float) -> Losses:
    """A deposit (positive) or a withdrawal is neither gain nor loss: every base moves by it."""
    return replace(
        state,
        balance=state.balance + amount,
        equity=state.equity + amount,
        start_balance=state.start_balance + amount,
        day_start=state.day_start + amount,
        week_start=state.week_start + amount,
    )
