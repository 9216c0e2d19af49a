"""Breakers: losses that stop trading until the next day, the next week, or for good. They are state."""

from __future__ import annotations

from typing import Any

from novosky.execution.codes import CONSECUTIVE_LOSSES, DAILY_LOSS, OPENED, TOTAL_HALT, WEEKLY_LOSS
from novosky.execution.compiled import compiled
from novosky.execution.records import Rules


@compiled
def roll_calendar(state: Any, day: int, week: int, on_balance: bool) -> None:
    """On the first bar of a day or week: its limits start from here, its latches open."""
    base = state.balance if on_balance else state.equity
    if day != state.day:
        state.day = day
        state.day_start = base
        state.day_halt = 0
        state.losses_in_row = 0
    if week != state.week:
        state.week = week
        state.week_start = base
        state.week_halt = 0


@compiled
def trip_breakers(state: Any, rules: Rules) -> int:
    """Latch what has been crossed; the code of the strongest breaker that holds, OPENED when none does."""
    base = state.balance if rules.limits_on_balance else state.equity
    if base <= state.start_balance * (1.0 - rules.total_loss_pct / 100.0):
        state.total_halt = TOTAL_HALT
    if base <= state.week_start * (1.0 - rules.weekly_loss_pct / 100.0):
        state.week_halt = WEEKLY_LOSS
    if base <= state.day_start * (1.0 - rules.daily_loss_pct / 100.0):
        state.day_halt = DAILY_LOSS
    elif 0 < rules.max_consecutive_losses <= state.losses_in_row and state.day_halt == 0:
        state.day_halt = CONSECUTIVE_LOSSES
    if state.total_halt != 0:
        return TOTAL_HALT
    if state.week_halt != 0:
        return WEEKLY_LOSS
    if state.day_halt != 0:
        return int(state.day_halt)
    return OPENED
