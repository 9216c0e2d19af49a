"""The significance budget of a range of bars: each try at it costs a share, and one day the budget is spent.

The chance alpha of keeping a set by luck belongs to the bars, not to the try. The k-th try on them may use
alpha_k = alpha * 6 / (pi^2 k^2), and all tries together use alpha, however many follow: the sum of 1 / k^2 is pi^2 / 6
(spending in the manner of Foster and Stine, "Alpha-investing", JRSS B 70, 2008, without anything earned back).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from novosky.config.schema.trading import GateConfig
from novosky.evaluation.looks import Look, read_ledger

FLAT = "flat"  # what a first set is compared with
END_OF_TIME_MS = 2**63 - 1


class Share(NamedTuple):
    """What the next try on a range of bars may use."""

    number: int  # 1 for the first try
    alpha: float
    spent: bool  # below the floor: these bars can prove nothing more
    fresh_after_ms: int | None  # bars that open later have never been judged; None when none have been


def alpha_of(number: int, alpha: float) -> float:
    """Share of `alpha` that the try of this number (from 1) may use."""
    return alpha * 6.0 / (math.pi**2 * number**2)


def tries(looks: Sequence[Look], now: tuple[str, str]) -> int:
    """How many tries were made on the bars of these looks, `now` = (name, against) included.

    A try is a set compared with another (or with flat); the same comparison again is the same try. A set judged alone
    counts, too: whoever saw its figures may have chosen by them. A set judged alone because others were compared with
    it, or before it was compared itself, is no try beside those.
    """
    compared = {(look.name, look.against) for look in looks if look.against} | {now}
    counted = {name for pair in compared for name in pair}
    alone = {look.name for look in looks if not look.against} - counted
    return len(compared) + len(alone)


def next_share(
    ledger: Path, underlying: str, from_ms: int, to_ms: int, name: str, against: str | None, rules: GateConfig
) -> Share:
    """The share of the set `name` compared with `against` (None: with flat) on these bars, by the ledger.

    Every look that shares a bar with the range counts in full, whatever window, source, broker or timeframe it had.
    A line that cannot be read may hide a look and counts as one. The answer is the same before and after this very
    look is recorded.
    """
    looks, unreadable = read_ledger(ledger, underlying, from_ms, END_OF_TIME_MS)
    here = [look for look in looks if look.from_ms <= to_ms]
    number = tries(here, (name, FLAT if against is None else against)) + unreadable
    alpha = alpha_of(number, rules.alpha)
    return Share(number, alpha, alpha < rules.alpha_floor, max((look.to_ms for look in looks), default=None))
