"""The score: one number for a run, with written rules for where the formula has no answer."""

from __future__ import annotations

from typing import NamedTuple

from novosky.config.schema.trading import ScoreConfig

BANDS = ((6.0, "pause trading"), (10.0, "retrain"), (15.0, "production"), (float("inf"), "excellent"))


class Score(NamedTuple):
    """`value` is always finite: what has no score has 0 and a `note` that says why."""

    value: float
    note: str


def score(
    trades: int, win_rate: float, gross_profit: float, gross_loss: float, max_drawdown: float, rules: ScoreConfig
) -> Score:
    """win_rate * profit_factor / sqrt(max_drawdown); win rate and drawdown as fractions, losses as a positive sum.

    Rules: fewer than `min_trades` trades score 0; the profit factor counts at most `profit_factor_cap`, also when
    nothing was lost; the drawdown counts at least `drawdown_floor_pct`.
    """
    if trades < rules.min_trades:
        return Score(0.0, f"too few trades: {trades}, fewer than {rules.min_trades}")
    notes = []
    factor = profit_factor(gross_profit, gross_loss)
    if factor is None or factor > rules.profit_factor_cap:
        factor = rules.profit_factor_cap
        notes.append(f"profit factor counted as {rules.profit_factor_cap:g}")
    floor = rules.drawdown_floor_pct / 100.0
    if max_drawdown < floor:
        max_drawdown = floor
        notes.append(f"drawdown counted as {rules.drawdown_floor_pct:g} %")
    return Score(win_rate * factor / max_drawdown**0.5, "; ".join(notes))


def profit_factor(gross_profit: float, gross_loss: float) -> float | None:
    """Money won over money lost; None when nothing was lost."""
    return gross_profit / gross_loss if gross_loss > 0.0 else None


def band(value: float) -> str:
    """What the original's users read from a score at the reference risk."""
    return next(name for limit, name in BANDS if value < limit)
