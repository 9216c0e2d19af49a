"""What every terminal adapter answers, whatever lies between it and the server.

An adapter's test file derives from `TerminalContract` and says how to reach a simulated server. `lacks` names the
port's calls that its far end cannot answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import RATES_DTYPE, TradeRequest
from novosky.trading.terminal.simulated.server import SimulatedServer
from support.terminal_box import CONTRACT, FLAT, MONDAY_MS, SYMBOL, broker, levels, market_order

MINUTE = 60
BAR = 15 * MINUTE
RISE = (100.0, 121.0, 99.0, 120.0)
FALL = (100.0, 101.0, 79.0, 80.0)

Open = Callable[..., tuple[SimulatedServer, Terminal]]


class TerminalContract(ABC):
    lacks: frozenset[str] = frozenset()

    @abstractmethod
    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        """A terminal at that server, not yet initialized."""

    @pytest.fixture
    def open_(self) -> Iterator[Open]:
        with ExitStack() as stack:

            def opened(*candles: Any, **settings: Any) -> tuple[SimulatedServer, Terminal]:
                server = broker(candles or (FLAT,) * 8, **settings)
                terminal = stack.enter_context(self.connect(server))
                assert terminal.initialize()
                return server, terminal

            yield opened

    def needs(self, *calls: str) -> None:
        if self.lacks & set(calls):
            pytest.skip(f"the far end has no {', '.join(calls)}")

    # The session

    def test_a_terminal_that_was_shut_down_answers_nothing_until_it_is_initialized(self, open_: Open) -> None:
        _, terminal = open_()
        terminal.shutdown()
        assert terminal.account_info() is None
        assert terminal.last_error()[0] < 0
        assert terminal.positions_get() is None
        assert terminal.order_send(market_order(1)) is None
        assert terminal.initialize()
        assert terminal.account_info() is not None
        assert terminal.last_error()[0] == mt5.RES_S_OK

    def test_login_asks_for_the_right_password(self, open_: Open) -> None:
        self.needs("login")
        _, terminal = open_()
        assert terminal.login(1001, "demo", "Simulated-Demo")
        assert not terminal.login(1001, "guess", "Simulated-Demo")
        assert terminal.last_error()[0] == mt5.RES_E_AUTH_FAILED

    def test_account_and_terminal_tell_themselves(self, open_: Open) -> None:
        _, terminal = open_(account={"balance": 2500.0, "netting": True, "leverage": 50})
        account, info = terminal.account_info(), terminal.terminal_info()
        assert account is not None
        assert info is not None
        assert (account.login, account.balance, account.equity, account.currency) == (1001, 2500.0, 2500.0, "USD")
        assert (account.leverage, account.margin, account.margin_level) == (50, 0.0, 0.0)
        assert account.trade_allowed
        assert info.connected
        if "account_info.margin_mode" not in self.lacks:
            assert account.margin_mode == mt5.ACCOUNT_MARGIN_MODE_RETAIL_NETTING

    # The symbol, the tick, the bars

    def test_the_symbol_tells_its_contract(self, open_: Open) -> None:
        contract = CONTRACT._replace(stops_distance=0.5, freeze_distance=0.1)
        _, terminal = open_(contract=contract)
        symbol = terminal.symbol_info(SYMBOL)
        assert symbol is not None
        assert (symbol.name, symbol.digits, symbol.point, symbol.spread) == (SYMBOL, 2, 0.01, 20)
        assert (symbol.volume_min, symbol.volume_max, symbol.volume_step) == (0.01, 100.0, 0.01)
        assert (symbol.trade_stops_level, symbol.trade_freeze_level) == (50, 10)
        assert (symbol.trade_tick_size, symbol.trade_tick_value, symbol.trade_contract_size) == (0.01, 0.01, 1.0)

    def test_an_unknown_symbol_is_not_found(self, open_: Open) -> None:
        _, terminal = open_()
        assert terminal.symbol_info("NOSUCH") is None
        assert terminal.last_error()[0] != mt5.RES_S_OK
        assert terminal.symbol_info_tick("NOSUCH") is None
        assert terminal.copy_rates_from_pos("NOSUCH", 15, 0, 3) is None

    def test_the_tick_is_bid_and_ask_by_the_servers_clock(self, open_: Open) -> None:
        server, terminal = open_(clock="eet")  # two hours beyond UTC in January
        server.advance(5)
        tick, clock = terminal.symbol_info_tick(SYMBOL), terminal.server_time(SYMBOL)
        assert tick is not None
        assert clock is not None
        assert (tick.bid, tick.ask) == (100.0, 100.2)
        assert tick.time == (MONDAY_MS // 1000) + BAR + 5 + 7200
        assert clock.server_epoch == tick.time

    def test_rates_are_oldest_first_and_the_last_is_forming(self, open_: Open) -> None:
        server, terminal = open_(FLAT, RISE, FALL, FLAT, at_bar=2, clock="eet")
        rates = terminal.copy_rates_from_pos(SYMBOL, mt5.TIMEFRAMES["M15"], 0, 3)
        assert rates is not None
        assert rates.dtype == RATES_DTYPE
        first = MONDAY_MS // 1000 + 7200
        assert rates["time"].tolist() == [first, first + BAR, first + 2 * BAR]
        assert rates["high"].tolist() == [101.0, 121.0, 100.0]
        assert rates["close"][1] == 120.0
        assert rates["spread"].tolist() == [20, 20, 20]
        server.advance(BAR)
        closed = terminal.copy_rates_from_pos(SYMBOL, mt5.TIMEFRAMES["M15"], 1, 1)
        assert closed is not None
        assert closed["low"].tolist() == [79.0]

    def test_a_range_of_rates_holds_the_bars_that_open_in_it(self, open_: Open) -> None:
        _, terminal = open_(*(FLAT,) * 8, at_bar=6)
        first = MONDAY_MS // 1000
        rates = terminal.copy_rates_range(SYMBOL, mt5.TIMEFRAMES["M15"], first + BAR, first + 3 * BAR)
        assert rates is not None
        assert ((rates["time"] - first) // BAR).tolist() == [1, 2, 3]
        none = terminal.copy_rates_range(SYMBOL, mt5.TIMEFRAMES["M15"], first + 7 * BAR, first + 9 * BAR)
        assert none is not None
        assert len(none) == 0
        assert np.asarray(none).dtype == RATES_DTYPE

    # Orders

    def test_a_market_order_opens_with_its_levels_in_one_request(self, open_: Open) -> None:
        server, terminal = open_()
        server.advance(3)
        result = terminal.order_send(market_order(1, 0.5, sl=90.0, tp=120.0))
        assert result is not None
        assert result.retcode == retcodes.DONE
        assert result.volume == 0.5
        positions = terminal.positions_get(symbol=SYMBOL)
        assert positions is not None
        (position,) = positions
        assert (position.type, position.volume, position.price_open) == (mt5.POSITION_TYPE_BUY, 0.5, 100.2)
        assert (position.sl, position.tp, position.magic, position.comment) == (90.0, 120.0, 7, "NOVOSKY 1a2b")
        assert position.profit == -0.1
        assert position.time == MONDAY_MS // 1000 + BAR + 3
        deals = terminal.history_deals_get(0, 2**31 - 1)
        assert deals is not None
        deal = deals[-1]
        assert (deal.type, deal.entry, deal.volume, deal.price) == (mt5.DEAL_TYPE_BUY, mt5.DEAL_ENTRY_IN, 0.5, 100.2)
        assert (deal.position_id, deal.magic, deal.comment) == (position.ticket, 7, "NOVOSKY 1a2b")

    def test_order_send_refuses_with_the_vendors_code(self, open_: Open) -> None:
        _, terminal = open_()
        refused = terminal.order_send(market_order(1, 0.005))
        assert refused is not None
        assert refused.retcode == retcodes.INVALID_VOLUME
        stops = terminal.order_send(market_order(1, sl=100.1))
        assert stops is not None
        assert stops.retcode == retcodes.INVALID_STOPS
        assert terminal.positions_get() == ()

    def test_order_check_tells_what_order_send_would(self, open_: Open) -> None:
        self.needs("order_check")
        contract = CONTRACT._replace(margin_per_price=0.5)
        _, terminal = open_(contract=contract)
        passed, refused = terminal.order_check(market_order(1, 2.0)), terminal.order_check(market_order(1, 50.0))
        assert passed is not None
        assert refused is not None
        assert (passed.retcode, round(passed.margin, 2)) == (0, 100.2)
        assert refused.retcode == retcodes.NO_MONEY
        assert terminal.positions_get() == ()

    def test_the_margin_of_an_order(self, open_: Open) -> None:
        self.needs("order_calc_margin")
        _, terminal = open_(contract=CONTRACT._replace(margin_per_price=0.01))
        assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, SYMBOL, 2.0, 100.0) == pytest.approx(2.0)
        assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, "NOSUCH", 2.0, 100.0) is None

    def test_a_position_is_changed_closed_in_part_and_closed(self, open_: Open) -> None:
        server, terminal = open_()
        opened = terminal.order_send(market_order(-1, 1.0, sl=110.0, tp=80.0))
        assert opened is not None
        ticket = opened.order
        moved = terminal.order_send(levels(ticket, 105.0, 80.0))
        assert moved is not None
        assert moved.retcode == retcodes.DONE
        part = terminal.order_send(market_order(1, 0.4, position=ticket))
        assert part is not None
        assert part.retcode == retcodes.DONE
        positions = terminal.positions_get(ticket=ticket)
        assert positions is not None
        assert [(row.volume, row.sl, row.tp) for row in positions] == [(0.6, 105.0, 80.0)]
        server.advance(2)
        whole = terminal.order_send(market_order(1, 0.6, position=ticket))
        assert whole is not None
        assert whole.retcode == retcodes.DONE
        assert terminal.positions_get() == ()
        deals = terminal.history_deals_get(position=ticket)
        assert deals is not None
        assert [(deal.entry, deal.volume, deal.profit) for deal in deals] == [
            (0, 1.0, 0.0),
            (1, 0.4, -0.08),
            (1, 0.6, -0.12),
        ]
        gone = terminal.order_send(market_order(1, 0.6, position=ticket))
        assert gone is not None
        assert gone.retcode == retcodes.POSITION_CLOSED

    @pytest.mark.parametrize(
        ("candle", "reason", "profit"), [(RISE, mt5.DEAL_REASON_TP, 19.8), (FALL, mt5.DEAL_REASON_SL, -10.2)]
    )
    def test_levels_close_at_the_broker(self, open_: Open, candle: Any, reason: int, profit: float) -> None:
        server, terminal = open_(FLAT, FLAT, candle, FLAT)
        sent = terminal.order_send(market_order(1, 1.0, sl=90.0, tp=120.0))
        assert sent is not None
        server.advance(2 * BAR)
        assert terminal.positions_get() == ()
        deals = terminal.history_deals_get(position=sent.order)
        account = terminal.account_info()
        assert deals is not None
        assert account is not None
        assert (deals[-1].entry, deals[-1].profit) == (mt5.DEAL_ENTRY_OUT, profit)
        assert account.balance == round(1000.0 + profit, 2)
        if "deal.reason" not in self.lacks:
            assert deals[-1].reason == reason
        orders = terminal.history_orders_get(position=sent.order)
        assert orders is not None
        assert len(orders) == 2

    def test_history_between_two_times(self, open_: Open) -> None:
        server, terminal = open_()
        start = server.server_ms // 1000
        sent = terminal.order_send(market_order(1))
        server.advance(MINUTE)
        assert sent is not None
        terminal.order_send(market_order(-1, position=sent.order))
        first, both = terminal.history_deals_get(start, start + 30), terminal.history_deals_get(start, start + MINUTE)
        assert first is not None
        assert both is not None
        assert [deal.entry for deal in first if deal.type < 2] == [0]
        assert [deal.entry for deal in both if deal.type < 2] == [0, 1]
        assert terminal.history_deals_get(0, start - 1) == ()
        assert terminal.orders_get() == ()

    def test_a_comment_too_long_is_refused_before_it_is_sent(self, open_: Open) -> None:
        self.needs("comment_length")
        _, terminal = open_()
        assert terminal.order_send(market_order(1, comment="x" * 32)) is None
        assert terminal.last_error()[0] == mt5.RES_E_INVALID_PARAMS
        assert terminal.positions_get() == ()

    def test_nothing_can_be_traded_while_the_market_is_closed(self, open_: Open) -> None:
        server, terminal = open_(FLAT, FLAT, at_bar=1)
        server.advance(BAR)
        refused = terminal.order_send(market_order(1))
        assert refused is not None
        assert refused.retcode == retcodes.MARKET_CLOSED
        tick = terminal.symbol_info_tick(SYMBOL)
        assert tick is not None
        assert tick.time == MONDAY_MS // 1000 + 2 * BAR - 1

    def test_fields_that_a_request_leaves_out_stay_out(self, open_: Open) -> None:
        _, terminal = open_()
        sent = terminal.order_send(replace(market_order(1, 0.01), comment="", magic=0))
        assert sent is not None
        positions = terminal.positions_get()
        assert positions is not None
        assert (positions[0].sl, positions[0].tp, positions[0].magic, positions[0].comment) == (0.0, 0.0, 0, "")
        unknown = terminal.order_send(TradeRequest(99, SYMBOL, 1.0))
        assert unknown is None or unknown.retcode in (retcodes.INVALID, retcodes.INVALID_ORDER)
