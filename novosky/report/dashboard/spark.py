"""Curves and bars of block characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HEIGHTS: Final = "▁▂▃▄▅▆▇█"
SHARES: Final = " ▏▎▍▌▋▊▉█"


def sparkline(values: Sequence[float], width: int, rows: int = 1) -> str:
    """Lines of at most `width` characters, one a step with its last value; the lowest value is the lowest block."""
    if not values:
        return ""
    steps = min(width, len(values))
    shown = [values[(k + 1) * len(values) // steps - 1] for k in range(steps)]
    low, high = min(shown), max(shown)
    most = len(HEIGHTS) * rows - 1
    eighths = [1 + (round((value - low) / (high - low) * most) if high > low else 0) for value in shown]
    lines = [[min(max(tall - len(HEIGHTS) * row, 0), len(HEIGHTS)) for tall in eighths] for row in range(rows)]
    return "\n".join("".join(" " if not part else HEIGHTS[part - 1] for part in line) for line in reversed(lines))


def bar(pct: float, width: int) -> str:
    """`pct` of `width` characters, in eighths."""
    eighths = round(min(max(pct, 0.0), 100.0) / 100.0 * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (SHARES[rest] if rest else "")).ljust(width, "·")
