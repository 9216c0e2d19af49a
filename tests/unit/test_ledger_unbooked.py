"""Which deals the ledger still waits for, and which positions have been taken from without showing it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from novosky.trading.intent import CLOSE, LEVELS, PARTIAL
from novosky.trading.ledger.rows import ABSENT, DONE, LOST, SENT, Entry, Fill, OrderRow, PositionEvent, Row
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


@pytest.mark.parametrize("action", [CLOSE, PARTIAL])
@pytest.mark.parametrize("phase", [LOST, DONE])
def test_nothing_is_taken_twice_from_a_position(action: str, phase: str) -> None:
    """Until the terminal shows what the first order did; on netting a second would open the other way."""
    taking = replace(ENTRY_INTENT, action=action, position_ticket=7)
    opened = (deal(1, "in", 1, 0.2), position("opened", 0.2))
    sent = (*opened, taking, OrderRow(taking.hash, 1, SENT))
    assert after(*sent).is_being_taken(7, 0)
    told = (*sent, OrderRow(taking.hash, 1, phase))
    assert after(*told).is_being_taken(7, 0)
    assert not after(*told).is_being_taken(8, 0)
    assert after(*told, position("levels", 0.2)).is_being_taken(7, 0), "its volume is what it was"
    if phase == DONE:
        assert not after(*told, position("reduced", 0.1)).is_being_taken(7, 0)
        assert not after(*told, deal(2, "out", -1, 0.1, taking.hash)).is_being_taken(7, 0)
        assert after(*told).is_being_taken(7, 4 * 60_000), "sent in minute 4"
        assert not after(*told).is_being_taken(7, 4 * 60_000 + 1), "it should have shown by now: it was not done"
    else:
        assert not after(*told, OrderRow(taking.hash, 1, ABSENT)).is_being_taken(7, 0)


def test_levels_take_nothing() -> None:
    moving = replace(ENTRY_INTENT, action=LEVELS, position_ticket=7)
    assert not after(position("opened", 0.2), moving, OrderRow(moving.hash, 1, SENT)).is_being_taken(7, 0)
