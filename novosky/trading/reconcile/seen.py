"""What a terminal showed, as far as a settlement needs it. Times UTC ms, sides +1 and -1, volumes lots.

Read positions and orders first and the deals last: what is closed in between then shows both ways, and only what
opened in between looks torn, which waits for the next look.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SeenPosition:
    """An open position; stop and target 0.0 where there is none."""

    ticket: int
    symbol: str
    side: int
    volume: float
    price_open: float
    stop: float
    target: float
    magic: int
    comment: str
    time_ms: int


@dataclass(frozen=True)
class SeenOrder:
    """An order that still works at the broker."""

    ticket: int
    symbol: str
    magic: int
    comment: str


@dataclass(frozen=True)
class SeenDeal:
    """A deal of the history."""

    ticket: int
    order_ticket: int
    position_ticket: int
    symbol: str
    side: int  # of the deal: +1 buys
    entry: str  # in, out, inout, out_by
    volume: float
    price: float
    commission: float
    swap: float
    fee: float
    profit: float
    magic: int
    comment: str
    reason: str  # expert, client, mobile, web, sl, tp, so, ...
    time_ms: int


@dataclass(frozen=True)
class Seen:
    """One look at the terminal."""

    time_ms: int
    bid: float
    ask: float
    netting: bool
    positions: tuple[SeenPosition, ...]
    orders: tuple[SeenOrder, ...]
    deals: tuple[SeenDeal, ...]
    deals_from_ms: int  # the history was asked from here on


@dataclass(frozen=True)
class Own:
    """Which of it is the bot's, and what is done with its own that the ledger does not know."""

    symbol: str
    magic: int
    unknown: str = "adopt"  # close, report
    grace_ms: int = 60_000  # so long after its sending an order without a trace may still appear
    volume_step: float = 0.01
    tick_size: float = 0.01
