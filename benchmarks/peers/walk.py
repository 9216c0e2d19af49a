"""A bracket walked bar by bar in plain Python, with the rules of other libraries as switches."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.strategy import Case

ENTRY_BAR_NOT_WATCHED = "entry_bar_not_watched"  # the bracket is first asked on the bar after the entry's
BRACKET_BEFORE_REVERSAL = "bracket_before_reversal"  # stop and target of a bar win over the reversal at its open
STOP_BEFORE_GAPPED_TARGET = "stop_before_gapped_target"  # a bar that opens beyond the target and falls to the stop
CLOSED_AT_LAST_OPEN = "closed_at_last_open"  # the window ends at the open of the last bar, not at its close
SWITCHES = (ENTRY_BAR_NOT_WATCHED, BRACKET_BEFORE_REVERSAL, STOP_BEFORE_GAPPED_TARGET, CLOSED_AT_LAST_OPEN)

Exit = tuple[int, float, str]


def walk(case: Case, entry_bar: int, side: int, switches: Sequence[str] = ()) -> Exit:
    """Exit of the trade opened at `entry_bar`: (bar, price, reason)."""
    last = len(case.close) - 1
    for i in range(entry_bar, last + 1):
        if i == entry_bar and ENTRY_BAR_NOT_WATCHED in switches:
            continue
        met = bracket_meets(case, i, entry_bar, side, STOP_BEFORE_GAPPED_TARGET in switches)
        reverses = case.reverse and i > entry_bar and case.side[i - 1] == -side
        if reverses and not (met and BRACKET_BEFORE_REVERSAL in switches):
            return i, float(case.open[i]), "opposite_signal"
        if met:
            return i, *met
    price = case.open[last] if CLOSED_AT_LAST_OPEN in switches else case.close[last]
    return last, float(price), "window_end"


def bracket_meets(case: Case, i: int, entry_bar: int, side: int, stop_first: bool) -> tuple[float, str] | None:
    """What bar i does to the bracket. A SELL is a BUY in the mirror."""
    prices = (case.open[i], case.high[i], case.low[i], case.stop[entry_bar - 1], case.target[entry_bar - 1])
    open_, high, low, stop, target = (side * float(price) for price in prices)
    if side < 0:
        high, low = low, high
    gapped_over = open_ >= target and not (stop_first and low <= stop)
    if open_ <= stop or gapped_over:
        return side * open_, "target" if gapped_over else "stop"
    if low <= stop:
        return side * stop, "stop"
    return (side * target, "target") if high >= target else None
