"""The kinds of rows. Times are UTC ms, prices quote currency, money account currency, volumes lots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from novosky.trading.intent import Intent

# Phases of an intent's order.
SENT: Final = "sent"  # about to leave: from here on its outcome is unknown until one of the others
DONE: Final = "done"
PART_DONE: Final = "part_done"
PLACED: Final = "placed"  # accepted, no deal yet (10008)
REFUSED: Final = "refused"  # answered, and nothing was done
LOST: Final = "lost"  # no answer, or one that does not say what was done
FOUND: Final = "found"  # looked up: it was done
ABSENT: Final = "absent"  # looked up: it was not
EXPIRED: Final = "expired"  # its bar went by before it left
ANSWERS: Final = (DONE, PART_DONE, PLACED, REFUSED, LOST)
LOOKED_UP: Final = (FOUND, ABSENT)
PHASES: Final = (SENT, *ANSWERS, *LOOKED_UP, EXPIRED)


@dataclass(frozen=True)
class OrderRow:
    """A step in the life of an intent's order."""

    intent: str  # hash
    attempt: int  # from 1
    phase: str
    retcode: int = 0  # of the terminal's answer; 0: none
    order_ticket: int = 0
    deal_ticket: int = 0
    volume: float = 0.0
    price: float = 0.0
    text: str = ""


@dataclass(frozen=True)
class Fill:
    """A deal of the broker's; each once."""

    deal_ticket: int
    order_ticket: int
    position_ticket: int
    intent: str  # hash; empty where the broker acted: stop, target, stop-out
    symbol: str
    entry: str  # in, out, inout, out_by
    side: int  # of the deal: +1 buys
    volume: float
    price: float
    commission: float
    swap: float
    fee: float
    profit: float
    deal_time_ms: int
    reason: str


@dataclass(frozen=True)
class PositionEvent:
    """A position as it stands after `event`; volume 0.0 is closed."""

    position_ticket: int
    event: str  # opened, found, adopted, added, levels, reduced, closed, vanished
    symbol: str
    side: int
    volume: float
    price: float  # average of the entry
    stop: float  # as the broker holds it; 0.0: none
    target: float
    wanted_stop: float  # as the bot means it; 0.0: unknown
    wanted_target: float
    intent: str  # of its entry; empty where unknown
    text: str = ""


@dataclass(frozen=True)
class Equity:
    """The account at a bar's close."""

    balance: float
    equity: float
    margin: float
    margin_free: float
    positions: int


@dataclass(frozen=True)
class Decision:
    """What a closed bar led to, with every gate's verdict by name."""

    bar_time_ms: int
    symbol: str
    side: int  # wished for; 0: none
    verdict: str  # name of the first gate that refused, or `opened`
    intent: str  # hash; empty where there is none
    gates: Mapping[str, Any]  # name -> {"passed": bool, "found": ..., "limit": ...}
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """Anything else worth keeping: starts, stops, guards, what was found at a start."""

    name: str
    level: str  # info, warning, alarm
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


SMALLEST_LOTS: Final = 1e-9  # less is nothing: what sums of volumes miss by
ADOPTED: Final = "adopted"  # event of a position that this ledger's orders did not open
GUARD: Final = "guard"  # name of the events that hold a guard's state: details `guard`, `state`
REPORTED: Final = "not_ours"  # name of the events that tell of a stranger's position: details `ticket`

Row = Intent | OrderRow | Fill | PositionEvent | Equity | Decision | Event


@dataclass(frozen=True)
class Entry:
    """A row with its place: a bot's entries count 1, 2, 3, ... without a gap."""

    number: int
    time_ms: int
    row: Row
