"""What the simulated server refuses, and how its accounts count: hedging, netting, cents, levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.records import Deal, OrderResult, TradeRequest
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import CONTRACT, FLAT, SYMBOL, broker, candle_bars, levels, market_order

BAR = 900


def terminal_at(*candles: Any, **settings: Any) -> tuple[SimulatedServer, SimulatedTerminal]:
    server = broker(candles or (FLAT,) * 8, **settings)
    terminal = SimulatedTerminal(server)
    terminal.initialize()
    return server, terminal


def sent(terminal: SimulatedTerminal, request: TradeRequest) -> OrderResult:
    result = terminal.order_send(request)
    assert result is not None
    return result


def trades(terminal: SimulatedTerminal) -> list[Deal]:
    deals = terminal.history_deals_get(0, 2**31)
    assert deals is not None
    return list(deals[1:])


STOPS = CONTRACT._replace(stops_distance=1.0)
INSTANT = {"execution": mt5.SYMBOL_TRADE_EXECUTION_INSTANT}


@pytest.mark.parametrize(
    ("request_", "settings", "code"),
    [
        (market_order(1, 0.0), {}, retcodes.INVALID_VOLUME),
        (market_order(1, 0.015), {}, retcodes.INVALID_VOLUME),
        (market_order(1, 100.01), {}, retcodes.INVALID_VOLUME),
        (market_order(1, float("nan")), {}, retcodes.INVALID_VOLUME),
        (market_order(1, type_filling=mt5.ORDER_FILLING_RETURN), {}, retcodes.INVALID_FILL),
        (market_order(1), {"symbol": {"filling_mode": mt5.SYMBOL_FILLING_IOC}}, retcodes.INVALID_FILL),
        (
            market_order(1, type_filling=mt5.ORDER_FILLING_IOC),
            {"symbol": {"filling_mode": mt5.SYMBOL_FILLING_IOC}},
            retcodes.DONE,
        ),
        # A BUY at ask 100.20 closes at bid 100.00: its levels are measured from there.
        (market_order(1, sl=99.0), {"contract": STOPS}, retcodes.DONE),
        (market_order(1, sl=99.01), {"contract": STOPS}, retcodes.INVALID_STOPS),
        (market_order(1, tp=101.0), {"contract": STOPS}, retcodes.DONE),
        (market_order(1, tp=100.99), {"contract": STOPS}, retcodes.INVALID_STOPS),
        # A SELL's from ask 100.20.
        (market_order(-1, sl=101.2), {"contract": STOPS}, retcodes.DONE),
        (market_order(-1, sl=101.19), {"contract": STOPS}, retcodes.INVALID_STOPS),
        (market_order(-1, tp=99.2), {"contract": STOPS}, retcodes.DONE),
        (market_order(-1, tp=99.21), {"contract": STOPS}, retcodes.INVALID_STOPS),
        (market_order(1, sl=-1.0), {}, retcodes.INVALID_STOPS),
        (market_order(1, 9.99), {"contract": CONTRACT._replace(margin_per_price=1.0)}, retcodes.NO_MONEY),
        (market_order(1, 9.98), {"contract": CONTRACT._replace(margin_per_price=1.0)}, retcodes.DONE),
        (market_order(1), {"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_DISABLED}}, retcodes.TRADE_DISABLED),
        (market_order(-1), {"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_LONGONLY}}, retcodes.LONG_ONLY),
        (market_order(1), {"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_SHORTONLY}}, retcodes.SHORT_ONLY),
        (market_order(1), {"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_CLOSEONLY}}, retcodes.CLOSE_ONLY),
        (market_order(1), {"symbol": {"volume_limit": 0.5}}, retcodes.LIMIT_VOLUME),
        (market_order(1), {"account": {"trade_allowed": False}}, retcodes.TRADE_DISABLED),
        (market_order(1), {"account": {"trade_expert": False}}, retcodes.SERVER_DISABLES_AT),
        (market_order(1), {"account": {"autotrading": False}}, retcodes.CLIENT_DISABLES_AT),
        (market_order(1, price=100.2), {"symbol": INSTANT}, retcodes.DONE),
        (market_order(1, price=100.1, deviation=9), {"symbol": INSTANT}, retcodes.REQUOTE),
        (market_order(1, price=100.1, deviation=10), {"symbol": INSTANT}, retcodes.DONE),
        (market_order(1), {"symbol": INSTANT}, retcodes.INVALID_PRICE),
        (TradeRequest(mt5.TRADE_ACTION_PENDING, SYMBOL, 1.0, 2, price=90.0), {}, retcodes.INVALID_ORDER),
        (TradeRequest(mt5.TRADE_ACTION_DEAL, "NOSUCH", 1.0), {}, retcodes.INVALID),
        (levels(404, 90.0), {}, retcodes.POSITION_CLOSED),
        (market_order(1, position=404), {}, retcodes.POSITION_CLOSED),
    ],
)
def test_an_order_gets_the_vendors_code(request_: TradeRequest, settings: Mapping[str, Any], code: int) -> None:
    _, terminal = terminal_at(**settings)
    check = terminal.order_check(request_)
    assert check is not None
    assert (check.retcode or retcodes.DONE) == code
    assert sent(terminal, request_).retcode == code


def test_levels_are_changed_unless_frozen_or_the_same() -> None:
    contract = CONTRACT._replace(stops_distance=0.5, freeze_distance=2.0)
    _, terminal = terminal_at(contract=contract)
    far = sent(terminal, market_order(1, sl=97.0, tp=110.0)).order
    assert sent(terminal, levels(far, 97.0, 110.0)).retcode == retcodes.NO_CHANGES
    assert sent(terminal, levels(far, 99.6, 110.0)).retcode == retcodes.INVALID_STOPS
    assert sent(terminal, levels(far, 98.0, 110.0)).retcode == retcodes.DONE
    assert sent(terminal, levels(far, 97.5, 110.0)).retcode == retcodes.FROZEN  # its stop lies 2.00 off, not more


def test_closing_asks_for_the_other_side_and_no_more_than_there_is() -> None:
    _, terminal = terminal_at(contract=CONTRACT._replace(volume_min=0.1))
    ticket = sent(terminal, market_order(1, 0.5)).order
    assert sent(terminal, market_order(1, 0.5, position=ticket)).retcode == retcodes.INVALID
    assert sent(terminal, market_order(-1, 0.6, position=ticket)).retcode == retcodes.INVALID_CLOSE_VOLUME
    assert (
        sent(terminal, market_order(-1, 0.45, position=ticket)).retcode == retcodes.INVALID_VOLUME
    )  # 0.05 would be left
    assert sent(terminal, market_order(-1, 0.5, position=ticket)).retcode == retcodes.DONE


def test_hedging_holds_both_sides_and_limits_their_number() -> None:
    _, terminal = terminal_at(account={"max_positions": 2})
    sent(terminal, market_order(1, 0.3, magic=1))
    sent(terminal, market_order(-1, 0.2, magic=2))
    assert sent(terminal, market_order(1)).retcode == retcodes.LIMIT_POSITIONS
    positions = terminal.positions_get()
    assert positions is not None
    assert [(row.type, row.volume, row.magic) for row in positions] == [(0, 0.3, 1), (1, 0.2, 2)]


def test_netting_adds_reduces_turns_over_and_closes() -> None:
    server, terminal = terminal_at(FLAT, FLAT, (110.0, 110.0, 110.0, 110.0), FLAT, account={"netting": True})
    first = sent(terminal, market_order(1, 1.0, sl=80.0, tp=150.0)).order
    server.advance(BAR)
    sent(terminal, market_order(1, 1.0))
    assert server.account.position(0).price_open == pytest.approx(105.2)  # of 100.20 and 110.20
    assert (server.account.position(0).sl, server.account.position(0).tp) == (80.0, 150.0)
    sent(terminal, market_order(-1, 0.5))
    assert server.account.position(0).volume == 1.5
    turned = sent(terminal, market_order(-1, 2.5))
    position = server.account.position(0)
    assert (position.type, position.volume, position.ticket) == (mt5.POSITION_TYPE_SELL, 1.0, turned.order)
    assert position.identifier == first
    sent(terminal, market_order(1, 1.0))
    assert terminal.positions_get() == ()
    rows = [(deal.entry, deal.volume, deal.profit) for deal in trades(terminal)]
    assert rows == [(0, 1.0, 0.0), (0, 1.0, 0.0), (1, 0.5, 2.4), (2, 2.5, 7.2), (1, 1.0, -0.2)]
    assert {deal.position_id for deal in trades(terminal)} == {first}
    assert server.account.book.balance == 1009.4


def test_costs_to_the_cent() -> None:
    contract = CONTRACT._replace(commission_per_lot=0.335, swap_long_fixed=-0.125)
    server, terminal = terminal_at(*(FLAT,) * 5, contract=contract, nights={2: 3}, slippage=0.05)
    ticket = sent(terminal, market_order(1, 1.0)).order
    server.advance(2 * BAR)
    sent(terminal, market_order(-1, 0.5, position=ticket))
    sent(terminal, market_order(-1, 0.5, position=ticket))
    rows = [(deal.price, deal.commission, deal.swap, deal.profit) for deal in trades(terminal)]
    # in at ask 100.20 + 0.05; out at bid 100.00 - 0.05; three nights of -0.125, booked as -0.38, half to each part
    assert [tuple(round(value, 2) for value in row) for row in rows] == [
        (100.25, -0.34, 0.0, 0.0),
        (99.95, -0.17, -0.19, -0.15),
        (99.95, -0.17, -0.19, -0.15),
    ]
    assert round(1000.0 + sum(deal.profit + deal.commission + deal.swap for deal in trades(terminal)), 2) == 998.64
    assert server.account.book.balance == 998.64


def test_a_stop_out_closes_what_the_equity_does_not_carry() -> None:
    contract = CONTRACT._replace(margin_per_price=0.5, stop_out_pct=50.0)
    server, terminal = terminal_at(FLAT, FLAT, (100.0, 100.0, 20.0, 30.0), contract=contract)
    sent(terminal, market_order(1, 15.0))
    server.advance(2 * BAR)
    assert terminal.positions_get() == ()
    assert trades(terminal)[-1].reason == mt5.DEAL_REASON_SO
    assert trades(terminal)[-1].comment.startswith("[so ")


def test_who_acts_in_the_first_moments_of_a_bar_acts_at_its_open() -> None:
    fall = (100.0, 101.0, 79.0, 80.0)
    server, terminal = terminal_at(FLAT, FLAT, fall, FLAT)
    server.advance(BAR + 20)
    early = sent(terminal, market_order(1, 1.0, sl=90.0))
    server.advance(20)
    late = sent(terminal, market_order(1, 1.0, sl=70.0))
    assert (early.price, late.price) == (100.2, 80.2)
    closed, remaining = trades(terminal)[1], terminal.positions_get()
    assert (closed.price, closed.reason) == (90.0, mt5.DEAL_REASON_SL)
    assert remaining is not None
    assert [row.ticket for row in remaining] == [late.order]  # the range before it does not count


def test_finer_bars_move_the_price_and_meet_levels_when_they_do() -> None:
    minutes = [(100.0, 101.0, 99.0, 100.0)] * 15
    minutes[4] = (100.0, 100.0, 94.0, 95.0)
    minutes[9] = (100.0, 112.0, 99.0, 111.0)
    day = [(100.0, 101.0, 99.0, 100.0), (100.0, 112.0, 94.0, 100.0), FLAT]
    finer = candle_bars(minutes, start_ms=int(candle_bars(day).time_ms[1]), minutes=1)
    server, terminal = terminal_at(*day, finer=finer)
    kept = sent(terminal, market_order(1, 1.0, sl=95.0, tp=120.0)).order
    server.advance(4 * 60 + 59)
    assert len(server.account.holders) == 1
    tick = terminal.symbol_info_tick(SYMBOL)
    assert tick is not None
    assert tick.bid == 100.0
    server.advance(1)
    assert terminal.positions_get() == ()
    late = sent(terminal, market_order(1, 1.0, tp=110.0))
    assert late.price == 95.2
    server.advance(5 * 60)
    deals = trades(terminal)
    assert [(deal.position_id, deal.price) for deal in deals if deal.entry] == [(kept, 95.0), (late.order, 110.0)]
