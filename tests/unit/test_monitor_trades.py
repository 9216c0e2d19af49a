"""Trades from deals, to the cent."""

from __future__ import annotations

import pytest

from novosky.trading.ledger.trades import live_trades
from support.live_book import ADD, BAR_MS, REVISION, START_MS, LiveBook


def test_a_trade_to_the_cent() -> None:
    book = LiveBook()
    book.trade(4, profit=150.00, slipped=20.0, confidence=0.71, risk_multiplier=0.5)
    (trade,) = live_trades(book.entries).closed
    assert (trade.opened_ms, trade.closed_ms) == (START_MS + 5 * BAR_MS, START_MS + 7 * BAR_MS)
    assert (trade.side, trade.volume, trade.net, trade.charges) == (1, 0.1, 149.30, 0.70)
    assert (trade.risk_money, trade.r) == (100.0, 1.493)
    assert (trade.confidence, trade.risk_multiplier, trade.reason, trade.revision) == (0.71, 0.5, "tp", REVISION)
    assert trade.entry_slippage_r == pytest.approx(0.02)


def test_slippage_costs_where_it_is_against_the_side() -> None:
    book = LiveBook()
    book.trade(0, profit=-100.0, side=-1, slipped=30.0)
    book.trade(10, profit=-100.0, side=-1, slipped=-30.0)
    found = [trade.entry_slippage_r for trade in live_trades(book.entries).closed]
    # `slipped` is along the side: a SELL filled 30 lower than decided is dearer by 0.03 R, one 30 higher cheaper.
    assert found == [pytest.approx(0.03), pytest.approx(-0.03)]


def test_partial_close_addition_swap_and_fee() -> None:
    book = LiveBook()
    first = book.intent(0)
    book.fill(1, 9, "in", 1, commission=-0.35, intent=first.hash)
    more = book.intent(2, ADD, ticket=9, risk_money=60.0)
    book.fill(3, 9, "in", 1, commission=-0.35, intent=more.hash)
    book.fill(4, 9, "out", -1, volume=0.15, profit=90.10, commission=-0.50, swap=-1.05)
    assert live_trades(book.entries).closed == ()
    assert live_trades(book.entries).open_tickets == (9,)
    book.fill(6, 9, "out", -1, volume=0.05, profit=-20.05, commission=-0.20, fee=-0.10, reason="sl")
    (trade,) = live_trades(book.entries).closed
    assert (trade.net, trade.charges) == (67.50, 2.55)  # 90.10 - 20.05 - 2.55
    assert (trade.volume, trade.risk_money, trade.r) == (0.2, 160.0, 67.50 / 160.0)
    assert trade.reason == "sl"


def test_half_filled_risks_half() -> None:
    book = LiveBook()
    made = book.intent(0)
    book.fill(1, 9, "in", 1, volume=0.04, intent=made.hash)
    book.fill(2, 9, "in", 1, volume=0.01, intent=made.hash)
    book.fill(3, 9, "out", -1, volume=0.05, profit=-50.0)
    (trade,) = live_trades(book.entries).closed
    assert (trade.risk_money, trade.r) == (pytest.approx(50.0), pytest.approx(-1.0))


def test_a_turned_netting_position_is_two_trades() -> None:
    book = LiveBook()
    made = book.intent(0)
    book.fill(1, 9, "in", 1, intent=made.hash)
    turn = book.intent(4, side=-1)
    book.fill(5, 9, "inout", -1, volume=0.2, profit=80.0, intent=turn.hash)
    book.fill(8, 9, "out", 1, profit=-30.0)
    long, short = live_trades(book.entries).closed
    assert (long.side, long.net, long.volume) == (1, 80.0, 0.1)
    assert (short.side, short.net, short.volume) == (-1, -30.0, 0.1)
    assert short.opened_ms == long.closed_ms


def test_deals_are_taken_in_the_order_that_the_broker_made_them() -> None:
    """A reconciliation may find the entry's deal after the exit's."""
    book = LiveBook()
    made = book.intent(0)
    book.fill(3, 9, "out", -1, profit=10.0)
    book.fill(1, 9, "in", 1, intent=made.hash)
    (trade,) = live_trades(book.entries).closed
    assert (trade.side, trade.net, trade.closed_ms - trade.opened_ms) == (1, 10.0, 2 * BAR_MS)


def test_what_is_unknown_stays_unknown() -> None:
    book = LiveBook()
    book.trade(0, profit=10.0, risk_money=None, confidence=None)
    book.fill(8, 77, "in", 1)  # adopted: no intent
    book.fill(9, 77, "out", -1, profit=5.0)
    first, adopted = live_trades(book.entries).closed
    assert (first.r, first.confidence, first.net) == (None, None, 9.30)
    assert (adopted.r, adopted.revision, adopted.net) == (None, "", 5.0)


def test_a_position_that_vanished_without_its_deal_is_told() -> None:
    book = LiveBook()
    made = book.intent(0)
    book.fill(1, 9, "in", 1, intent=made.hash)
    book.event(1, 9, "opened", 0.1, made.hash)
    book.event(2, 9, "vanished", 0.0, made.hash)
    book.event(3, 8, "found", 0.1)
    found = live_trades(book.entries)
    assert (found.closed, found.open_tickets, found.lost_tickets) == ((), (8,), (9,))
