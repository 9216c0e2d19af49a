"""Costs, sizing and the market's gates, one at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novosky.execution import codes
from novosky.execution.codes import VERDICT_NAMES
from novosky.execution.costs import effective_spread, to_cents
from novosky.execution.gates import GateInputs, MarketGates, first_refusal
from novosky.execution.sizing import volume_for_risk
from support.candles import CONTRACT
from support.plain import plain

OFF = MarketGates(min_atr=0.0, news_block_ms=0, ema_trend=False, by_session=False, max_spread=0.0)
FAR = np.iinfo(np.int64).max


def test_a_bar_pays_the_largest_of_its_own_the_last_and_the_floor() -> None:
    points = np.array([0.0, 1000.0, 100.0, 100.0, 0.0])
    # Point 0.01: 10.00, 1.00 and 1.00 against a floor of 2.00; 0 is unknown.
    assert effective_spread(points, 0.01, 2.0, 1.0).tolist() == [2.0, 10.0, 10.0, 2.0, 2.0]
    assert effective_spread(points, 0.01, 2.0, 1.5).tolist() == [3.0, 15.0, 15.0, 3.0, 3.0]


def test_a_later_bars_spread_is_never_paid() -> None:
    calm, wild = np.array([100.0, 100.0, 100.0]), np.array([100.0, 100.0, 9000.0])
    assert effective_spread(calm, 0.01, 0.0, 1.0)[:2].tolist() == effective_spread(wild, 0.01, 0.0, 1.0)[:2].tolist()


@pytest.mark.parametrize(
    ("money", "booked"),
    [(1.005, 1.01), (-1.005, -1.01), (2.344, 2.34), (0.0, 0.0), (-0.004, 0.0), (1234567.895, 1234567.9)],
)
def test_money_is_booked_in_cents_halves_away_from_zero(money: float, booked: float) -> None:
    assert to_cents(money) == booked
    assert plain(to_cents)(money) == booked


@given(
    equity=st.floats(1, 1e6),
    risk=st.floats(0.01, 10),
    stop=st.floats(0.01, 1e4),
    step=st.sampled_from([0.01, 0.1, 1.0]),
)
def test_volume_never_risks_more_than_asked(equity: float, risk: float, stop: float, step: float) -> None:
    contract = CONTRACT._replace(volume_step=step, volume_min=step, volume_max=50.0)
    volume = volume_for_risk(equity, risk, stop, contract)
    assert volume == plain(volume_for_risk)(equity, risk, stop, contract)
    assert volume * stop <= equity * risk / 100 * (1 + 1e-6)
    assert volume == 0 or step <= volume <= 50.0
    assert math.isclose(volume / step, round(volume / step), abs_tol=1e-6)


def test_whole_steps_survive_binary_fractions() -> None:
    # 3.00 of risk over 10.00 is exactly 0.3 lots, which binary arithmetic calls 0.29999999999999998.
    assert volume_for_risk(100.0, 3.0, 10.0, CONTRACT._replace(volume_step=0.1)) == pytest.approx(0.3)


def refusals(gates: MarketGates, side: int = 1, verdict: int = codes.OPENED, **seen: float) -> str:
    values = {"close": 100.0, "spread": 1.0, "atr": 10.0, "ema200": 90.0, "news_distance_ms": FAR, "session_open": True}
    values.update(seen)
    inputs = GateInputs(
        close=np.array([values["close"]]),
        spread=np.array([values["spread"]]),
        atr=np.array([values["atr"]]),
        ema200=np.array([values["ema200"]]),
        news_distance_ms=np.array([values["news_distance_ms"]], dtype=np.int64),
        session_open=np.array([values["session_open"]], dtype=np.bool_),
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
    assert refusals(OFF._replace(max_spread=1.0)) == "opened"
    assert refusals(OFF._replace(max_spread=0.99)) == "spread_limit"


def test_the_first_gate_that_refuses_is_named() -> None:
    all_on = MarketGates(min_atr=20.0, news_block_ms=60, ema_trend=True, by_session=True, max_spread=0.5)
    everything_wrong = {"news_distance_ms": 0, "ema200": 200.0, "session_open": False}
    assert refusals(all_on, verdict=codes.LOW_CONFIDENCE, **everything_wrong) == "low_confidence"
    assert refusals(all_on, **everything_wrong) == "atr_floor"
    assert refusals(all_on._replace(min_atr=0.0), **everything_wrong) == "news_block"


def test_an_unknown_atr_or_average_refuses_when_its_gate_is_on() -> None:
    assert refusals(OFF._replace(min_atr=1.0), atr=math.nan) == "atr_floor"
    assert refusals(OFF._replace(ema_trend=True), ema200=math.nan) == "ema_trend"
