"""One closed trade, in no library's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.peers.strategy import Case

SAME = 1e-12  # of the price: what a level loses by being handed over as a fraction


class PeerTrade(NamedTuple):
    """Bars count from 0."""

    entry_bar: int
    exit_bar: int
    side: int
    entry_price: float
    exit_price: float
    reason: str  # stop, target, opposite_signal, window_end


def same_price(a: float, b: float) -> bool:
    return abs(a - b) <= SAME * abs(b)


def with_reasons(case: Case, rows: Iterable[tuple[int, int, int, float, float]]) -> list[PeerTrade]:
    """Trades of a library that does not say why it closed: where the exit's price lies says it."""
    return sorted(PeerTrade(*row, _reason(case, *row)) for row in rows)


def _reason(case: Case, entry_bar: int, exit_bar: int, side: int, _entry_price: float, price: float) -> str:
    stop, target = float(case.stop[entry_bar - 1]), float(case.target[entry_bar - 1])
    if case.reverse and case.side[exit_bar - 1] == -side and same_price(price, case.open[exit_bar]):
        return "opposite_signal"
    if same_price(price, stop) or (price - stop) * side < 0:
        return "stop"
    if same_price(price, target) or (price - target) * side > 0:
        return "target"
    return "window_end" if exit_bar == len(case.close) - 1 else "unknown"
