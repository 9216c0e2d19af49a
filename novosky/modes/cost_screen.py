"""The costs on the screen: the same decisions under other terms of trading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from novosky.modes.figure_text import bounds_text, or_none
from novosky.modes.screen import say, show_columns

KINDS = ("spread", "slippage", "commission", "swap")


def show_costs_in_turn(rows: Sequence[Mapping[str, Any]], currency: str) -> None:
    """What the decisions brought, and what was paid, 80 columns; nothing to choose a broker by on a few trades."""
    show_columns(
        ("costs in turn", "trades", "R a trade", "bounds", "return %"),
        [
            (
                row["costs"],
                str(row["trades"]),
                or_none(row["expectancy_r"], "+.3f"),
                bounds_text(row["expectancy_r_interval"], "+.3f"),
                f"{row['return_pct']:+.2f}",
            )
            for row in rows
        ],
    )
    show_columns(
        (f"paid, {currency}", *KINDS, "a bar asks"),
        [
            (row["costs"], *(f"{row['paid'][kind]:.2f}" for kind in KINDS), f"{row['spread_median_price']:.2f}")
            for row in rows
        ],
    )
    say(
        f"! {len(rows)} rows are {len(rows)} looks at these bars\n"
        "  bounds: interval of the R; a bar asks: median spread, price units; never below\n"
        "  the bars' own in execution.spread_mode=bars, each broker's own in fixed"
    )
