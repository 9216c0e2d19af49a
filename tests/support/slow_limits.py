"""The four breakers of the slow broker."""

from __future__ import annotations

from fractions import Fraction

from novosky.execution import codes
from novosky.execution.terms import Rules


class Limits:
    """Latches, and what they are measured from."""

    def __init__(self, balance: Fraction, rules: Rules) -> None:
        self.rules = rules
        self.start_balance = self.marked = balance
        self.day: int | None = None
        self.week: int | None = None
        self.day_start = self.week_start = balance
        self.latched: set[int] = set()

    def roll(self, day: int, week: int) -> bool:
        """Start a new day or week where the bar does; true where the count of losses starts anew."""
        new_day, new_week = day != self.day, week != self.week
        if new_day:
            self.day, self.day_start = day, self.marked
            self.latched.discard(codes.DAILY_LOSS)
        if new_week:
            self.week, self.week_start = week, self.marked
            self.latched.discard(codes.WEEKLY_LOSS)
        reset = new_week if self.rules.losses_reset_weekly else new_day
        if reset:
            self.latched.discard(codes.CONSECUTIVE_LOSSES)
        return reset

    def trip(self, equity: Fraction, balance: Fraction, losses_in_row: int) -> None:
        """Ask every limit at a close."""
        rules = self.rules
        self.marked = balance if rules.limits_on_balance else equity
        for code, pct, start in (
            (codes.DAILY_LOSS, rules.daily_loss_pct, self.day_start),
            (codes.WEEKLY_LOSS, rules.weekly_loss_pct, self.week_start),
            (codes.TOTAL_HALT, rules.total_loss_pct, self.start_balance),
        ):
            of = self.start_balance if rules.limits_of_start else start
            if pct and self.marked <= start - of * pct / 100:
                self.latched.add(code)
        if rules.max_consecutive_losses and losses_in_row >= rules.max_consecutive_losses:
            self.latched.add(codes.CONSECUTIVE_LOSSES)

    def holding(self) -> list[int]:
        """The breakers that refuse."""
        return sorted(self.latched)
