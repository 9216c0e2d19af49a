"""What a result is worth beside all that was tried, in rows for the screen."""

from __future__ import annotations

from typing import Any


def looks_row(volatile: dict[str, Any]) -> tuple[str, str]:
    """How often these bars were judged."""
    looks, lost = volatile["looks"], volatile["looks_unreadable"]
    unread = f"; {lost} lines of the ledger are unreadable and may hide more" if lost else ""
    return (
        "looks",
        f"{looks} configuration{'s' if looks != 1 else ''} judged on these bars here, this one included{unread}",
    )


def luck_rows(result: dict[str, Any]) -> list[tuple[str, str]]:
    """Is the Sharpe ratio luck, how often are the profile's limits reached, what may a gate still find here."""
    volatile, found = result["volatile"], result["significance"]
    rows = []
    if volatile["deflated"] is not None:
        deflated, alone = (
            volatile["deflated"],
            f"Sharpe above 0 with probability {100 * found['probabilistic_sharpe']:.1f} %",
        )
        best = (
            f"above {deflated['best_by_luck_sharpe_annual']:.2f}, the best that luck gives in {volatile['looks']} looks"
        )
        beside = f"; {best}: {100 * deflated['probability']:.1f} %" if volatile["looks"] > 1 else ""
        rows.append(("luck", alone + beside))
    if found["loss_limits"] is not None:
        limits = found["loss_limits"]
        reached = ", ".join(f"{name} {100 * limits[f'{name}_reached']:.1f} %" for name in ("daily", "weekly", "total"))
        rows.append(("loss limits", f"reached in {limits['horizon_days']} such days: {reached}"))
    budget = volatile["budget"]
    left = "spent" if budget["spent"] else f"p {budget['alpha']:.1e} at try {budget['try']}"
    return [*rows, ("gate's budget", f"{left}; bars after {budget['fresh_after']} are fresh")]
