"""A misbehaving terminal: what each fault does and does not do, and that a plan is its seed's."""

from __future__ import annotations

import pytest

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.simulated.faults import ORDER_FAULTS, Fault, Strike, draw_plan
from novosky.trading.terminal.simulated.faulty import FaultyTerminal
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import SYMBOL, broker, market_order

IOC = {"type_filling": mt5.ORDER_FILLING_IOC}
DONE = {Fault.ANSWER_LOST, Fault.TIMEOUT_DONE, Fault.CONNECTION_DONE, Fault.PLACED, Fault.DUPLICATE_ANSWER}


def misbehaving(*plan: Strike) -> tuple[SimulatedServer, FaultyTerminal]:
    """The plan's call 1 is the first after initialize."""
    server = broker()
    inner = SimulatedTerminal(server)
    inner.initialize()
    return server, FaultyTerminal(inner, plan)


@pytest.mark.parametrize("fault", sorted(ORDER_FAULTS))
def test_an_order_is_done_or_not_whatever_the_answer_says(fault: Fault) -> None:
    server, terminal = misbehaving(Strike(1, fault))
    result = terminal.order_send(market_order(1, 0.5, **IOC))
    held = server.account.position(0).volume if server.account.open else 0.0
    assert held == (0.5 if fault in DONE else 0.25 if fault is Fault.PARTIAL else 0.0)
    if result is None:
        assert fault in (Fault.SEND_LOST, Fault.ANSWER_LOST)
        assert terminal.last_error()[0] < 0
    else:
        action = retcodes.action_of(result.retcode)
        known = {retcodes.Action.DONE: held == 0.5, retcodes.Action.PARTIAL: held == 0.25}
        maybe = (retcodes.Action.UNKNOWN, retcodes.Action.PLACED)
        assert known.get(action, held == 0.0 or action in maybe), (result, held)
    assert terminal.struck == [(1, fault)]
    after = terminal.order_send(market_order(1, 0.5, **IOC))
    assert after is not None
    assert after.retcode == retcodes.DONE


def test_a_partial_fill_kills_an_order_that_wants_all() -> None:
    server, terminal = misbehaving(Strike(1, Fault.PARTIAL))
    result = terminal.order_send(market_order(1, 0.5, type_filling=mt5.ORDER_FILLING_FOK))
    assert result is not None
    assert result.retcode == retcodes.REJECT
    assert server.account.open == 0


def test_a_duplicate_answer_is_the_one_before() -> None:
    server, terminal = misbehaving(Strike(2, Fault.DUPLICATE_ANSWER))
    first, second = terminal.order_send(market_order(1, 0.5)), terminal.order_send(market_order(-1, 0.2))
    assert first == second
    assert server.account.open == 2


def test_disconnected_for_so_many_calls() -> None:
    _, terminal = misbehaving(Strike(2, Fault.DISCONNECT, times=3))
    assert terminal.account_info() is not None
    assert terminal.account_info() is None
    assert terminal.last_error()[0] == mt5.RES_E_NO_CONNECTION
    assert terminal.order_send(market_order(1)) is None
    assert not terminal.initialize()
    assert terminal.positions_get() == ()
    assert terminal.last_error()[0] == mt5.RES_S_OK


def test_a_restarted_terminal_wants_initialize_and_has_lost_nothing() -> None:
    _, terminal = misbehaving(Strike(2, Fault.RESTART))
    assert terminal.order_send(market_order(1)) is not None
    assert terminal.positions_get() is None
    assert terminal.positions_get() is None
    assert terminal.initialize()
    positions = terminal.positions_get()
    assert positions is not None
    assert len(positions) == 1


def test_a_stale_tick_is_the_last_one_told() -> None:
    server, terminal = misbehaving(Strike(2, Fault.STALE_TICK))
    first = terminal.symbol_info_tick(SYMBOL)
    server.advance(60)
    assert terminal.symbol_info_tick(SYMBOL) == first
    assert terminal.symbol_info_tick(SYMBOL) != first


def test_a_clock_jump_moves_the_tick_and_the_server_time() -> None:
    server, terminal = misbehaving(Strike(1, Fault.CLOCK_JUMP, times=2, amount=-3.0))
    tick, clock = terminal.symbol_info_tick(SYMBOL), terminal.server_time(SYMBOL)
    assert tick is not None
    assert clock is not None
    assert tick.time == server.server_ms // 1000 - 3 * 3600
    assert clock.utc_offset_seconds == -3 * 3600


def test_a_wrong_symbol_and_rows_told_twice_or_late() -> None:
    _, terminal = misbehaving(
        Strike(1, Fault.WRONG_SYMBOL, amount=10.0), Strike(3, Fault.DUPLICATE_ROWS), Strike(4, Fault.LATE_HISTORY)
    )
    symbol = terminal.symbol_info(SYMBOL)
    assert symbol is not None
    assert (symbol.trade_contract_size, symbol.trade_tick_value) == (10.0, 0.1)
    terminal.order_send(market_order(1))
    positions = terminal.positions_get()
    assert positions is not None
    assert positions[0] == positions[1]
    assert terminal.history_deals_get(0, 2**31) == ()
    deals = terminal.history_deals_get(0, 2**31)
    assert deals is not None
    assert len(deals) == 2


def test_a_plan_is_its_seeds() -> None:
    assert draw_plan(3, 20, 500) == draw_plan(3, 20, 500)
    assert draw_plan(3, 20, 500) != draw_plan(4, 20, 500)
    assert {strike.fault for strike in draw_plan(1, 400, 500)} == set(Fault)
    assert {strike.fault for strike in draw_plan(1, 40, 500, (Fault.REJECT,))} == {Fault.REJECT}
