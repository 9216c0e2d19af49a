"""Which deals the ledger still waits for, told by what is held and what is booked."""

from __future__ import annotations

import pytest

from novosky.trading.ledger.rows import ABSENT, DONE, SENT, Entry, Fill, OrderRow, PositionEvent, Row
from novosky.trading.ledger.state import LedgerState, replay
from tests.support.ledger_rows import ENTRY_INTENT

NOBODY = ""


def deal(ticket: int, entry: str, side: int, lots: float, intent: str = NOBODY) -> Fill:
    return Fill(
        ticket, ticket, 7, intent, "BTCUSD", entry, side, lots, 61_000.0, 0.0, 0.0, 0.0, 0.0, 1_000, "expert"
    )  # fmt: skip


def position(event: str, lots: float, side: int = 1) -> PositionEvent:
    return PositionEvent(7, event, "BTCUSD", side, lots, 61_000.0, 0.0, 0.0, 0.0, 0.0, NOBODY)


def after(*rows: Row) -> LedgerState:
    """Row number k was written at k minutes."""
    return replay(Entry(number, number * 60_000, row) for number, row in enumerate(rows, start=1))


@pytest.mark.parametrize(
    ("rows", "minute"),
    [
        ((), None),
        ((position("found", 0.2),), 1),
        ((deal(1, "in", 1, 0.2), position("opened", 0.2)), None),
        ((deal(1, "in", 1, 0.1), position("opened", 0.2)), 1),
        ((position("opened", 0.2), deal(1, "in", 1, 0.1), deal(2, "in", 1, 0.1)), None),
        ((deal(1, "in", -1, 0.2), position("opened", 0.2, -1), position("reduced", 0.1, -1)), 3),
        ((deal(1, "in", -1, 0.2), position("opened", 0.2, -1), position("vanished", 0.0, -1)), 3),
        (
            (deal(1, "in", 1, 0.2), position("opened", 0.2), position("vanished", 0.0), deal(2, "out", -1, 0.2)),
            None,
        ),
        ((deal(1, "in", 1, 0.2), position("opened", 0.2), deal(2, "inout", -1, 0.5), position("added", 0.3, -1)), None),
        ((position("adopted", 0.2),), None),  # it was opened before this ledger
        ((position("adopted", 0.2), position("reduced", 0.1)), 2),
    ],
)
def test_what_is_held_is_what_was_dealt(rows: tuple[Row, ...], minute: int | None) -> None:
    assert after(*rows).unbooked_since_ms() == (None if minute is None else minute * 60_000)


def test_an_order_that_was_done_has_a_deal() -> None:
    """The position came and went between two looks: nothing but the answer says that it was."""
    mark = ENTRY_INTENT.hash
    sent = (ENTRY_INTENT, OrderRow(mark, 1, SENT))
    assert after(*sent).unbooked_since_ms() is None  # on its way, which is looked up as it is
    done = (*sent, OrderRow(mark, 1, DONE, order_ticket=5))
    assert after(*done).unbooked_since_ms() == 2 * 60_000
    in_and_out = (deal(1, "in", 1, 0.1, mark), deal(2, "out", -1, 0.1))
    assert after(*done, *in_and_out).unbooked_since_ms() is None
    assert after(*sent, OrderRow(mark, 1, "lost"), OrderRow(mark, 1, ABSENT)).unbooked_since_ms() is None
