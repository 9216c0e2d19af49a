"""The answers of a reconciliation: what to write, and what to ask of the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from novosky.trading.ledger.rows import Row

REFUSE: Final = "refuse"  # the bot may not trade here
WAIT: Final = "wait"  # nothing can be said yet: open nothing, look again
WRITE: Final = "write"  # rows alone
ACT: Final = "act"  # rows, if any, and then an action, which is an intent of its own


@dataclass(frozen=True)
class SetLevels:
    """Give a position its stop back."""

    position_ticket: int
    stop: float
    target: float


@dataclass(frozen=True)
class ClosePosition:
    """Close a position that cannot be protected, or that is not to be kept."""

    position_ticket: int
    volume: float


@dataclass(frozen=True)
class CancelOrder:
    """Take an order of the bot's back: its bar is over, or nobody knows it."""

    order_ticket: int


Action = SetLevels | ClosePosition | CancelOrder


@dataclass(frozen=True)
class Settlement:
    """One difference, settled. Write the rows in one transaction before the action is made an intent.

    Once its rows are written, a second look at the same terminal brings no rows any more; actions and waits come
    again until the terminal shows them done.
    """

    kind: str
    text: str
    rows: tuple[Row, ...] = ()
    action: Action | None = None
    level: str = "info"  # of its notice: info, warning, alarm
