"""Booked money, sizing and the market's gates, one at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.execution import codes
from novosky.execution.codes import VERDICT_NAMES
from novosky.execution.costs import price_difference_money, to_cents
from novosky.execution.gates import GateInputs, MarketGates, first_refusal
from novosky.execution.sizing import volume_for_risk
from novosky.execution.terms import Contract
from support.plain import plain

# One lot of 1 unit: a price difference of 1.00 is 1.00 of money per lot.
CONTRACT = Contract(tick_size=0.01, tick_value=0.01, volume_min=0.01, volume_max=100.0, volume_step=0.01)
OFF = MarketGates(min_atr=0.0, news_block_ms=0, ema_trend=False, by_session=False, max_spread=0.0)
FAR = np.iinfo(np.int64).max


@pytest.mark.parametrize(
    ("money", "booked"),
    [(1.005, 1.01), (-1.005, -1.01), (2.344, 2.34), (0.0, 0.0), (-0.004, 0.0), (1234567.895, 1234567.9)],
)
def test_money_is_booked_in_cents_halves_away_from_zero(money: float, booked: float) -> None:
    assert to_cents(money) == booked
    assert plain(to_cents)(money) == booked


def test_a_price_difference_as_money() -> None:
    # 250 ticks of 0.01 at 0.02 of money each, half a lot: 2.50.
    contract = CONTRACT._replace(tick_value=0.02)
    assert price_difference_money(100.0, 102.5, 0.5, contract) == pytest.approx(2.5)
    assert price_difference_money(102.5, 100.0, 0.5, contract) == pytest.approx(-2.5)


@given(
    equity=st.floats(1, 1e6),
    risk=st.floats(0.01, 10),
    stop=st.floats(0.01, 1e4),
    step=st.sampled_from([0.01, 0.1, 1.0]),
    commission_pct=st.sampled_from([0.0, 0.03]),
)
@settings(deadline=None)  # the first call compiles
def test_volume_never_risks_more_than_asked(
    equity: float, risk: float, stop: float, step: float, commission_pct: float
) -> None:
    price = 1000.0
    contract = CONTRACT._replace(volume_step=step, volume_min=step, volume_max=50.0, commission_pct=commission_pct)
    volume = volume_for_risk(equity, risk, stop, price, contract)
    assert volume == plain(volume_for_risk)(equity, risk, stop, price, contract)
    loss = volume * (stop + 2 * price * commission_pct / 100)
    assert loss <= equity * risk / 100 * (1 + 1e-6)
    assert volume == 0 or step <= volume <= 50.0
    assert math.isclose(volume / step, round(volume / step), abs_tol=1e-6)


def test_whole_steps_survive_binary_fractions() -> None:
    # 3.00 of risk over 10.00 is exactly 0.3 lots, which binary arithmetic calls 0.29999999999999998.
    contract = CONTRACT._replace(volume_step=0.1, volume_min=0.1)
    assert volume_for_risk(100.0, 3.0, 10.0, 100.0, contract) == pytest.approx(0.3)


def refusals(gates: MarketGates, side: int = 1, verdict: int = codes.OPENED, **seen: float) -> str:
    values = {"close": 100.0, "spread": 1.0, "atr": 10.0, "ema200": 90.0, "news_distance_ms": FAR}
    values |= {"session_open": True, "week_end": False} | seen
    inputs = GateInputs(
        close=np.array([values["close"]]),
        spread=np.array([values["spread"]]),
        atr=np.array([values["atr"]]),
        ema200=np.array([values["ema200"]]),
        news_distance_ms=np.array([values["news_distance_ms"]], dtype=np.int64),
        session_open=np.array([values["session_open"]], dtype=np.bool_),
        week_end=np.array([values["week_end"]], dtype=np.bool_),
    )
    arguments = (np.array([side], np.int8), np.array([verdict], np.int16), inputs, gates)
    answer = first_refusal(*arguments)[0]
    assert answer == plain(first_refusal)(*arguments)[0]
    return VERDICT_NAMES[answer]


def test_gates_that_are_off_let_everything_pass() -> None:
    assert refusals(OFF, atr=0.0, news_distance_ms=0, ema200=200.0, session_open=False, spread=1e9) == "opened"


def test_each_gate_refuses_at_its_limit() -> None:
    assert refusals(OFF._replace(min_atr=10.0)) == "opened"
    assert refusals(OFF._replace(min_atr=10.01)) == "atr_floor"
    assert refusals(OFF._replace(news_block_ms=60), news_distance_ms=60) == "news_block"
    assert refusals(OFF._replace(news_block_ms=60), news_distance_ms=61) == "opened"
    assert refusals(OFF._replace(ema_trend=True)) == "opened"
    assert refusals(OFF._replace(ema_trend=True), side=-1) == "ema_trend"
    assert refusals(OFF._replace(ema_trend=True), ema200=100.0) == "ema_trend"
    assert refusals(OFF._replace(by_session=True), session_open=False) == "session"
    assert refusals(OFF, week_end=True) == "week_end"
    assert refusals(OFF._replace(max_spread=1.0)) == "opened"
    assert refusals(OFF._replace(max_spread=0.99)) == "spread_limit"


def test_the_first_gate_that_refuses_is_named() -> None:
    gates = MarketGates(min_atr=20.0, news_block_ms=60, ema_trend=True, by_session=True, max_spread=0.5)
    wrong = {"news_distance_ms": 0, "ema200": 200.0, "session_open": False, "week_end": True}
    assert refusals(gates, verdict=codes.LOW_CONFIDENCE, **wrong) == "low_confidence"
    assert refusals(gates, **wrong) == "atr_floor"
    mended = [
        ("news_block", {"atr": 20.0}),
        ("ema_trend", {"news_distance_ms": FAR}),
        ("session", {"ema200": 90.0}),
        ("week_end", {"session_open": True}),
        ("spread_limit", {"week_end": False}),
        ("opened", {"spread": 0.5}),
    ]
    for refusal, mend in mended:
        wrong |= mend
        assert refusals(gates, **wrong) == refusal


def test_an_unknown_atr_or_average_refuses_when_its_gate_is_on() -> None:
    assert refusals(OFF._replace(min_atr=1.0), atr=math.nan) == "atr_floor"
    assert refusals(OFF._replace(ema_trend=True), ema200=math.nan) == "ema_trend"
