"""Each check of a terminal passes on the configured one, and names what was planted in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from novosky.config.schema import Config
from novosky.trading.doctor.account import currency, foreign, position_mode
from novosky.trading.doctor.connection import clock, latency
from novosky.trading.doctor.examine import of_terminal
from novosky.trading.doctor.finding import FAIL, PASS, WARN
from novosky.trading.doctor.inputs import history
from novosky.trading.doctor.look import look
from novosky.trading.doctor.sizes import margin, trial
from novosky.trading.intent import order_magic
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.simulated.faults import Fault, Strike
from support.doctor_site import examined, opened, server_for, short_terms
from support.terminal_box import market_order

Planted = tuple[dict[str, Any], str, str, str]


@pytest.fixture(scope="module")
def config(compose: Callable[..., Config]) -> Config:
    return compose("broker=generic")


def test_the_configured_terminal_passes_all(config: Config) -> None:
    found = examined(config, opened(server_for(config)))
    assert {finding.verdict for finding in found.values()} == {PASS}
    assert not [finding for finding in found.values() if finding.mend]
    assert found["smallest lot"].found.startswith("0.01 lots risk 3.00 with a stop of 300.00; the risk buys 0.5 lots")


PLANTED: list[Planted] = [
    ({"symbol": {"digits": 3, "point": 0.001}}, "symbol", FAIL, "broker.point=0.001 broker.digits=3 data.point=0.001"),
    ({"symbol": {"contract_size": 10.0}}, "contract size", FAIL, "broker.contract_size=10"),
    ({"contract": {"tick_value": 0.1}}, "tick value", FAIL, "10 times"),
    ({"contract": {"tick_value": 0.0}}, "tick value", FAIL, "open the symbol's chart"),
    ({"contract": {"tick_value": 0.0101}}, "tick value", PASS, ""),
    ({"contract": {"volume_min": 0.1}}, "volumes", FAIL, "broker.volume_min=0.1"),
    ({"contract": {"volume_step": 0.1}}, "volumes", FAIL, "broker.volume_step=0.1"),
    ({"contract": {"volume_min": 0.001, "volume_step": 0.001}}, "volumes", WARN, "broker.volume_min=0.001"),
    ({"contract": {"volume_max": 5.0}}, "volumes", WARN, "broker.volume_max=5"),
    ({"contract": {"stops_distance": 1.0}}, "levels", FAIL, "broker.stops_level_points=100"),
    ({"contract": {"freeze_distance": 1.0}}, "levels", FAIL, "broker.freeze_level_points=100"),
    ({"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_DISABLED}}, "trade mode", FAIL, "broker.symbol"),
    ({"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_CLOSEONLY}}, "trade mode", FAIL, "broker.symbol"),
    ({"symbol": {"trade_mode": mt5.SYMBOL_TRADE_MODE_LONGONLY}}, "trade mode", WARN, "other side"),
    ({"symbol": {"execution": mt5.SYMBOL_TRADE_EXECUTION_INSTANT}}, "execution", WARN, "requoted"),
    ({"symbol": {"filling_mode": mt5.SYMBOL_FILLING_FOK}}, "filling", FAIL, "broker.filling_modes=[fok]"),
    ({"symbol": {"swap_mode": mt5.SWAP_MODES["points"], "swap_long": -9.0}}, "swap", WARN, "broker.swap_"),
    ({"spread": 100.0}, "spread", WARN, "calmer hour"),
    ({"contract": {"margin_per_price": 0.02}}, "margin", FAIL, "cfd_leverage"),
    ({"contract": {"margin_per_price": 0.005}}, "margin", WARN, "broker.leverage"),
    ({"account": {"currency": "EUR"}}, "currency", FAIL, "account.conversion_rate"),
    ({"account": {"currency": "EUR"}}, "balance", WARN, "not known"),
    ({"account": {"currency": "USC"}}, "currency", FAIL, "account=cent"),
    ({"account": {"leverage": 50}}, "leverage", FAIL, "broker.leverage=50"),
    ({"account": {"leverage": 500}}, "leverage", WARN, "broker.leverage=500"),
    ({"account": {"netting": True}}, "position mode", FAIL, "account.position_mode=netting"),
    ({"account": {"trade_allowed": False}}, "permissions", FAIL, "not the investor's"),
    ({"account": {"trade_expert": False}}, "permissions", FAIL, "ask the broker"),
    ({"account": {"autotrading": False}}, "permissions", FAIL, "press AutoTrading"),
    ({"account": {"autotrading": False}}, "trial order", FAIL, "findings above"),
    ({"account": {"balance": 299.0}}, "balance", FAIL, "bolder profile"),
    ({"account": {"balance": 300.0}}, "balance", PASS, ""),
    ({"account": {"balance": 300.0}}, "smallest lot", WARN, "smaller size"),  # 4.50 at risk, the lot takes 3.00
    ({"account": {"balance": 199.0}}, "smallest lot", FAIL, "no trade could be opened"),
    ({"contract": {"volume_min": 1.0}}, "smallest lot", FAIL, "no trade could be opened"),
    ({"contract": {"margin_per_price": 50.0}}, "trial order", FAIL, "findings above"),
    ({"clock": "utc"}, "clock", FAIL, "broker.clock=utc"),
    ({"clock": "utc"}, "trial order", PASS, ""),
    ({"bars": 12}, "history", FAIL, "Max bars in chart"),
]


@pytest.mark.parametrize(("planted", "name", "verdict", "words"), PLANTED, ids=lambda value: str(value)[:60])
def test_what_is_planted_is_named(config: Config, planted: dict[str, Any], name: str, verdict: str, words: str) -> None:
    found = examined(config, opened(server_for(config, **planted)))[name]
    assert found.verdict == verdict, found
    assert words in found.mend


def test_a_closed_market_warns_and_its_old_tick_tells_no_clock(config: Config) -> None:
    server = server_for(config)
    server.advance(3 * 3600)
    found = examined(config, opened(server))
    assert found["trial order"].found.startswith(str(retcodes.MARKET_CLOSED))
    for name in ("trial order", "quotes", "clock", "history"):
        assert found[name].verdict == WARN, found[name]


def test_a_tick_of_days_ago_tells_no_clock_where_nobody_says_that_the_market_is_closed(config: Config) -> None:
    server = server_for(config)
    server.advance(48 * 3600 - 1)
    terms = short_terms(config)
    seen = replace(look(opened(server), terms), trial=None)
    assert clock(terms, seen).verdict == WARN


@pytest.mark.parametrize("hours", [-1.0, 2.0, 24.0])
def test_a_server_clock_that_jumped(config: Config, hours: float) -> None:
    jumped = opened(server_for(config), [Strike(1, Fault.CLOCK_JUMP, 1000, hours)])
    assert examined(config, jumped)["clock"].verdict == FAIL


def test_a_tick_from_the_future_convicts_this_machine(config: Config) -> None:
    terms = short_terms(config)
    seen = look(opened(server_for(config)), terms)
    assert seen.clock is not None
    for ahead_s, verdict in ((30.0, PASS), (31.0, FAIL), (-30.0, PASS), (-31.0, WARN), (200.0, FAIL), (-200.0, WARN)):
        known = seen.clock.utc_offset_seconds if abs(ahead_s) < 100 else None
        drifted = replace(seen.clock, server_epoch=seen.clock.utc_epoch + 2 * 3600 + ahead_s, utc_offset_seconds=known)
        assert clock(terms, replace(seen, clock=drifted)).verdict == verdict, ahead_s


def test_a_contract_told_wrongly(config: Config) -> None:
    wrong = opened(server_for(config), [Strike(1, Fault.WRONG_SYMBOL, 1000, 100.0)])
    found = examined(config, wrong)
    assert (found["contract size"].verdict, found["tick value"].verdict) == (FAIL, FAIL)


def test_another_symbol_has_no_answer(config: Config) -> None:
    server = server_for(config, symbol={"name": "BTCUSD.raw"})
    found = examined(config, opened(server))
    assert "no answer to symbol_info" in found["symbol"].found
    assert found["symbol"].verdict == found["quotes"].verdict == found["smallest lot"].verdict == FAIL
    assert found["permissions"].verdict == PASS


def test_a_terminal_that_is_not_there_fails_in_words(config: Config) -> None:
    gone = opened(server_for(config), [Strike(1, Fault.DISCONNECT, 10_000)])
    found = examined(config, gone)
    assert "No IPC connection (-10004)" in found["connection"].found
    assert {finding.verdict for finding in found.values()} == {FAIL}


def test_what_a_bridge_cannot_tell_only_warns(config: Config) -> None:
    terms = short_terms(config)
    seen = look(opened(server_for(config)), terms)
    silent = {
        name: (mt5.RES_E_UNSUPPORTED, "the bridge checks no order") for name in ("order_check", "order_calc_margin")
    }
    seen = replace(seen, trial=None, margin=None, errors=silent)
    assert {finding.verdict for finding in of_terminal(terms, seen)} == {PASS, WARN}
    assert trial(terms, seen).verdict == margin(terms, seen).verdict == WARN


def test_latency_names_a_connection_that_comes_and_goes(config: Config) -> None:
    terms = short_terms(config)
    assert latency(terms, opened(server_for(config))).verdict == PASS
    slow = replace(terms, limits=replace(terms.limits, latency_warn_ms=1e-9))
    assert latency(slow, opened(server_for(config))).verdict == WARN
    shaky = opened(server_for(config), [Strike(3, Fault.DISCONNECT)])
    assert latency(terms, shaky).verdict == FAIL


@pytest.mark.parametrize(
    ("netting", "magic", "verdict"),
    [(True, 99, FAIL), (True, order_magic(7001, "AB"), PASS), (False, 99, PASS)],
)
def test_positions_of_others(compose: Callable[..., Config], netting: bool, magic: int, verdict: str) -> None:
    mode = "netting" if netting else "hedging"
    config = compose("broker=generic", f"account.position_mode={mode}")
    server = server_for(config)
    told = server.send(market_order(1, 0.1, magic=magic, type_filling=mt5.ORDER_FILLING_IOC))
    assert told.retcode == retcodes.DONE
    found = examined(config, opened(server))["positions"]
    assert found.verdict == verdict
    assert (str(told.order) in found.mend) == (verdict == FAIL)


def test_bars_may_step_back_by_the_hour_of_autumn_alone(config: Config) -> None:
    terms = short_terms(config)
    seen = look(opened(server_for(config)), terms)
    assert seen.rates is not None
    for shown, verdict in ((4, PASS), (5, FAIL)):
        rates = seen.rates.copy()
        rates["time"][: -20 + shown] += shown * 900
        assert history(terms, replace(seen, rates=rates)).verdict == verdict
        ordered = replace(seen, rates=rates[np.argsort(rates["time"], kind="stable")])
        assert history(terms, ordered).verdict == verdict


def test_what_an_account_does_not_tell(config: Config) -> None:
    terms = short_terms(config)
    server = server_for(config)
    server.send(market_order(1, 0.1, magic=99, type_filling=mt5.ORDER_FILLING_IOC))
    seen = look(opened(server), terms)
    assert seen.account is not None
    silent = replace(seen, account=replace(seen.account, margin_mode=-1, trade_mode=-1))
    assert (currency(terms, silent).found, position_mode(terms, silent).verdict) == ("USD", WARN)
    assert foreign(terms, silent).verdict == PASS
    netting = replace(terms, account=replace(terms.account, position_mode="netting"))
    assert foreign(netting, silent).verdict == FAIL


def test_a_narrower_level_than_configured_only_warns(compose: Callable[..., Config]) -> None:
    config = compose("broker=generic", "broker.stops_level_points=100")
    server = server_for(config, contract={"stops_distance": 0.0})
    assert examined(config, opened(server))["levels"].verdict == WARN


def test_stops_that_are_drawn_in_warn_instead(compose: Callable[..., Config]) -> None:
    config = compose("broker=generic", "execution.stop_cap=cap")
    poor = server_for(config, account={"balance": 199.0})
    assert examined(config, opened(poor))["smallest lot"].verdict == WARN
