"""The parity watch: the core trades each bar beside the broker, from the same book, and the differences are told.

It begins each bar anew from what the broker's account was, so that one difference is told once and does not grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from novosky.execution.codes import DEAL_ADD, DEAL_CLOSE, DEAL_NAMES, DEAL_OPEN
from novosky.execution.loop import happen, set_bar
from novosky.execution.records import BAR_DTYPE
from novosky.execution.series import BarArrays
from novosky.trading.bot.book import LiveBook
from novosky.trading.ledger.rows import Fill

PARITY: Final = "parity"  # name of the events of differences
SAME_PRICE: Final = 1e-6
SAME_VOLUME: Final = 1e-6


class Deal(NamedTuple):
    """What the core or the broker did on a bar."""

    kind: str  # open, add, partial, close
    ticket: int  # the broker's; 0 where the core opened
    side: int  # of the position
    volume: float
    price: float


class Difference(NamedTuple):
    """One deal, the core's and the broker's; None where one of them did nothing."""

    expected: Deal | None
    found: Deal | None
    money: float  # by which the broker's was worse than the core's, account currency; 0.0 where one is missing


@dataclass
class Watch:
    """Expected deals of the bar that runs, and the broker's as they come."""

    book: LiveBook
    _before: Any = None  # the book at the last close, what was decided there included
    _fills: list[Fill] = field(default_factory=list)
    _bars: Any = field(default_factory=lambda: np.zeros(1, BAR_DTYPE))

    def begin(self) -> None:
        """A bar has closed and was decided on; nothing has been sent yet."""
        self._before = self.book.books.copy()
        self._fills.clear()

    def forget(self) -> None:
        """The bar was not traded as it was decided: nothing to compare."""
        self._before = None

    def take(self, fill: Fill) -> None:
        """A deal of the broker's."""
        self._fills.append(fill)

    def compare(self, arrays: BarArrays, number: int) -> list[Difference]:
        """The bar is over: where the broker's deals differ from what the core does on it."""
        if self._before is None:
            return []
        expected = self._expected(arrays, number)
        return differences(expected, [self._deal(fill) for fill in self._fills], self.book)

    def _expected(self, arrays: BarArrays, number: int) -> list[Deal]:
        core, bar = self._before[0], self._bars[0]
        known = {int(core.positions[k].ticket) for k in range(int(core.open))}
        set_bar(bar, arrays, 0)
        bar.number = number
        happen(core, bar, self.book.contract, self.book.rules)
        deals = []
        for row in core.booked[: int(core.n_booked)]:
            ticket = int(row.ticket) if int(row.ticket) in known else 0
            deals.append(Deal(DEAL_NAMES[row.kind], ticket, int(row.side), float(row.volume_lots), float(row.price)))
        return deals

    def _deal(self, fill: Fill) -> Deal:
        opens = fill.entry == "in"
        kind = DEAL_NAMES[DEAL_OPEN if opens else DEAL_CLOSE]
        return Deal(kind, fill.position_ticket, fill.side if opens else -fill.side, fill.volume, fill.price)


def differences(expected: list[Deal], found: list[Deal], book: LiveBook) -> list[Difference]:
    """Pair the deals in their order: openings by side, closings by position."""
    left, out = list(found), []
    opened: dict[int, int] = {}  # place among the core's own openings -> the broker's ticket
    for deal in expected:
        match = next((other for other in left if _alike(deal, other, opened)), None)
        if match is None:
            out.append(Difference(deal, None, 0.0))
            continue
        left.remove(match)
        if _opens(deal):
            opened[match.ticket] = match.ticket
        if abs(match.price - deal.price) > SAME_PRICE or abs(match.volume - deal.volume) > SAME_VOLUME:
            direction = deal.side if _opens(deal) else -deal.side
            worse = (match.price - deal.price) * direction
            money = book.money(abs(worse), match.volume) * (1.0 if worse > 0.0 else -1.0)
            out.append(Difference(deal, match, money))
    return out + [Difference(None, other, 0.0) for other in left]


def as_details(difference: Difference, bar_ms: int) -> Mapping[str, Any]:
    """For the ledger."""
    expected, found, money = difference
    return {
        "bar_ms": bar_ms,
        "expected": None if expected is None else expected._asdict(),
        "found": None if found is None else found._asdict(),
        "money": money,
    }


def words_of(difference: Difference) -> str:
    """One line."""
    expected, found, money = difference
    if found is None and expected is not None:
        return f"{expected.kind} {_sized(expected)}: the core did it, the broker did not"
    if expected is None and found is not None:
        return f"{found.kind} {_sized(found)}: the broker did it, the core did not"
    assert expected is not None
    assert found is not None
    return f"{found.kind} {_sized(found)}, by the core {_sized(expected)}: {-money:+.2f}"


def _sized(deal: Deal) -> str:
    return f"{'BUY' if deal.side > 0 else 'SELL'} {deal.volume:g} lots at {deal.price:.10g}"


@dataclass
class Parity:
    """A day's differences."""

    differences: int = 0
    alone: int = 0  # deals that only one of the two did
    money: float = 0.0  # by which the broker's fills were worse
    alarmed: bool = False

    def take(self, found: Sequence[Difference], limit: float) -> bool:
        """Whether they have just become more than `limit` (money; 0.0: off)."""
        self.differences += len(found)
        self.alone += sum(one.expected is None or one.found is None for one in found)
        self.money += sum(one.money for one in found)
        is_new = 0.0 < limit < self.money and not self.alarmed
        self.alarmed = self.alarmed or is_new
        return is_new

    def words(self, limit: float) -> str:
        """One line; `limit` is named where it is not 0.0."""
        if self.differences == 0:
            return "every fill as the core's"
        most = f", more than {limit:.2f}" if limit > 0.0 else ""
        return f"{self.differences} fills differ from the core's, {self.alone} alone, worse by {self.money:.2f}{most}"


def _opens(deal: Deal) -> bool:
    return deal.kind in (DEAL_NAMES[DEAL_OPEN], DEAL_NAMES[DEAL_ADD])


def _alike(deal: Deal, other: Deal, opened: Mapping[int, int]) -> bool:
    if _opens(deal) != _opens(other) or deal.side != other.side:
        return False
    return _opens(deal) or deal.ticket == other.ticket or (deal.ticket == 0 and other.ticket in opened)
