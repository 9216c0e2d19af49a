"""Return codes, filling modes, records from foreign answers, and the server's clock."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from novosky.errors import NovoskyError
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.conversion import record_of, request_dict
from novosky.trading.terminal.records import Tick, TradeRequest
from novosky.trading.terminal.retcodes import RETCODES, Action, action_of, name_of
from novosky.trading.terminal.server_clock import server_time_of

NOW_MS = 1_704_067_200_000


def test_the_vendors_table_is_whole() -> None:
    assert set(RETCODES) == {10004, *range(10006, 10047)} - {10037}
    assert len({row.name for row in RETCODES.values()}) == len(RETCODES)
    assert (RETCODES[10014].name, RETCODES[10016].name) == ("INVALID_VOLUME", "INVALID_STOPS")


def test_what_is_not_known_may_have_happened() -> None:
    assert action_of(None) is action_of(10012) is action_of(10031) is action_of(12345) is Action.UNKNOWN
    assert action_of(10009) is Action.DONE
    assert name_of(10016) == "invalid stops in the request (10016)"
    assert name_of(None) == "no answer"


@pytest.mark.parametrize(
    ("mask", "execution", "allowed"),
    [
        (1, mt5.SYMBOL_TRADE_EXECUTION_MARKET, (mt5.ORDER_FILLING_FOK,)),
        (2, mt5.SYMBOL_TRADE_EXECUTION_MARKET, (mt5.ORDER_FILLING_IOC,)),
        (3, mt5.SYMBOL_TRADE_EXECUTION_MARKET, (mt5.ORDER_FILLING_FOK, mt5.ORDER_FILLING_IOC)),
        (0, mt5.SYMBOL_TRADE_EXECUTION_MARKET, ()),
        (2, mt5.SYMBOL_TRADE_EXECUTION_EXCHANGE, (mt5.ORDER_FILLING_IOC, mt5.ORDER_FILLING_RETURN)),
        (0, mt5.SYMBOL_TRADE_EXECUTION_INSTANT, (0, 1, 2)),
    ],
)
def test_filling_bits_are_not_filling_numbers(mask: int, execution: int, allowed: tuple[int, ...]) -> None:
    assert mt5.fillings_allowed(mask, execution) == allowed


def test_records_from_a_mapping_a_namespace_and_too_little() -> None:
    told = {"time": 5, "bid": 1.0, "ask": 2.0, "time_msc": 5000, "flags": None, "unheard_of": 1}
    assert record_of(Tick, told) == record_of(Tick, SimpleNamespace(**told)) == Tick(5, 1.0, 2.0, 5000)
    with pytest.raises(NovoskyError, match="ask"):
        record_of(Tick, {"time": 5, "bid": 1.0, "time_msc": 5000})


def test_a_request_leaves_out_what_is_not_set() -> None:
    assert request_dict(TradeRequest(1, "BTCUSD", 0.1)) == {"action": 1, "symbol": "BTCUSD", "volume": 0.1, "type": 0}


def test_the_offset_of_a_fresh_tick_and_of_a_stale_one() -> None:
    assert server_time_of(NOW_MS + 7_199_000, NOW_MS).utc_offset_seconds == 7200
    assert server_time_of(NOW_MS - 900, NOW_MS).utc_offset_seconds == 0
    assert server_time_of(NOW_MS + 7_200_000 - 600_000, NOW_MS).utc_offset_seconds is None
