"""Curves and bars of block characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HEIGHTS: Final = "▁▂▃▄▅▆▇█"
SHARES: Final = " ▏▎▍▌▋▊▉█"


def sparkline(values: Sequence[float], width: int) -> str:
    """One character a step, the last value of each step; the lowest is the lowest block."""
    if not values:
        return ""
    steps = min(width, len(values))
    shown = [values[(k + 1) * len(values) // steps - 1] for k in range(steps)]
    low, high = min(shown), max(shown)
    if high <= low:
        return HEIGHTS[0] * steps
    return "".join(HEIGHTS[min(int((value - low) / (high - low) * len(HEIGHTS)), len(HEIGHTS) - 1)] for value in shown)


def bar(pct: float, width: int) -> str:
    """`pct` of `width` characters, in eighths."""
    eighths = round(min(max(pct, 0.0), 100.0) / 100.0 * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (SHARES[rest] if rest else "")).ljust(width, "·")
