"""Numbers and names as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence

MISSING = "n/a"
NO_BREAK_SPACE = "\u00a0"

VERDICT_WORDS = {
    "no_vote": "no majority for a side",
    "low_confidence": "confidence too low",
    "low_probability_gap": "BUY and SELL too close",
    "atr_floor": "market too quiet (ATR)",
    "news_block": "too close to news",
    "ema_trend": "against the EMA trend",
    "session": "outside the sessions",
    "week_end": "too close to the weekend",
    "equity_filter": "equity curve too far below its peak",
    "consecutive_losses": "too many losses in a row",
    "daily_loss": "daily loss limit",
    "weekly_loss": "weekly loss limit",
    "total_halt": "total loss limit",
    "spread_limit": "spread too wide",
    "position_open": "no room beside open positions",
    "no_next_bar": "no bar left to open at",
    "stops_level": "stop or target closer than allowed",
    "volume_below_minimum": "volume below the minimum",
    "stop_cap": "its stop would cost too much",
    "margin": "not enough free margin",
}
EXIT_WORDS = {
    "stop": "stop",
    "target": "target",
    "time": "longest holding time",
    "window_end": "end of the window",
    "position_model": "left early: position model",
    "moved_stop": "stop that had been moved",
    "week_end": "end of the week",
    "opposite_signal": "opposite signal",
    "stop_out": "stop-out by the broker",
}


def number(value: float | None, decimals: int = 2, *, sign: bool = False, unit: str = "") -> str:
    """`1,234.50 USD`, the unit on the same line; a figure that does not exist is `n/a`, an infinite one `∞`."""
    if value is None or math.isnan(value):
        return MISSING
    after = f"{NO_BREAK_SPACE}{unit}" if unit else ""
    if math.isinf(value):
        return ("-" if value < 0 else "") + "∞" + after
    rounded = round(value, decimals) + 0.0  # no "-0.00"
    signed = "+" if sign and rounded != 0.0 else ""
    return f"{rounded:{signed},.{decimals}f}{after}"


def interval(bounds: Sequence[float | None] | None, decimals: int = 2, *, sign: bool = False) -> str:
    """`low to high`; a side without a bound is said to have none."""
    if bounds is None:
        return MISSING
    low, high = ("no bound" if bound is None else number(bound, decimals, sign=sign) for bound in bounds)
    return f"{low} to {high}"


def words(name: str, known: dict[str, str]) -> str:
    """A code's name in words; one without words keeps its own."""
    return known.get(name, name.replace("_", " "))


def counted(n: int, noun: str) -> str:
    """`1 trade`, `2 trades`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
