"""Breakers: losses that stop trading until the next day, the next week, or for good. They are state."""

from __future__ import annotations

from novosky.execution.codes import CONSECUTIVE_LOSSES, DAILY_LOSS, OPENED, TOTAL_HALT, WEEKLY_LOSS
from novosky.execution.compiled import compiled
from novosky.execution.costs import SAME_MONEY
from novosky.execution.records import Book
from novosky.execution.terms import Rules


@compiled
def roll_calendar(book: Book, day: int, week: int, rules: Rules) -> None:
    """On the first bar of a day or week: its limits start from here, its latches open."""
    base = book.balance if rules.limits_on_balance else book.equity
    if day != book.day:
        book.day = day
        book.day_start = base
        book.day_halt = 0
        if not rules.losses_reset_weekly:
            book.losses_in_row = book.streak_halt = 0
    if week != book.week:
        book.week = week
        book.week_start = base
        book.week_halt = 0
        if rules.losses_reset_weekly:
            book.losses_in_row = book.streak_halt = 0


@compiled
def trip_breakers(book: Book, rules: Rules) -> None:
    """Latch what has been crossed at this close."""
    base = (book.balance if rules.limits_on_balance else book.equity) - SAME_MONEY
    start = book.start_balance
    if 0 < rules.max_consecutive_losses <= book.losses_in_row:
        book.streak_halt = 1
    of = start if rules.limits_of_start else book.day_start
    if base <= book.day_start - of * rules.daily_loss_pct / 100.0:
        book.day_halt = 1
    of = start if rules.limits_of_start else book.week_start
    if base <= book.week_start - of * rules.weekly_loss_pct / 100.0:
        book.week_halt = 1
    if base <= start - start * rules.total_loss_pct / 100.0:
        book.total_halt = 1


@compiled
def latched(book: Book) -> int:
    """The first breaker, in the order of the gates, that holds; OPENED when none does."""
    if book.streak_halt != 0:
        return CONSECUTIVE_LOSSES
    if book.day_halt != 0:
        return DAILY_LOSS
    if book.week_halt != 0:
        return WEEKLY_LOSS
    return TOTAL_HALT if book.total_halt != 0 else OPENED


@compiled
def earliest(verdict: int, refusal: int) -> int:
    """The one of two gates' answers that is asked first; OPENED where both let pass."""
    if verdict == OPENED:
        return refusal
    return verdict if refusal == OPENED else min(verdict, refusal)
