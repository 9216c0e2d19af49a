"""Judging a window: both readings of ambiguous bars, the reference score, the decision chain's inputs."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.backtest.judge import Market, judge
from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.windows import Window
from novosky.execution.codes import NO_VOTE, OPENED, OPTIMISTIC, POSITION_MODEL, STOP, WISH_EXIT
from novosky.execution.series import plain_bars, plain_intents
from novosky.execution.simulate import simulate
from novosky.execution.terms import Contract, Rules
from support.candles import CONTRACT, FLAT, LOSS, RULES, WIN

BOTH = (100.0, 121.0, 89.0, 100.0)  # a BUY opened here reaches its stop, 10 away, and its target, 20 away


def judged(
    candles: list[tuple[float, float, float, float]],
    decisions: list[int],
    contract: Contract = CONTRACT,
    rules: Rules = RULES,
    scoring: ScoreConfig | None = None,
    multipliers: dict[int, float] | None = None,
    leaves: tuple[int, ...] = (),
    mean_multiplier: float = 1.0,
):
    n = len(candles)
    columns = (np.ascontiguousarray(column) for column in np.array(candles).T)
    zeros = np.zeros(n, np.int64)
    arrays = plain_bars(*columns, np.zeros(n), np.full(n, 10.0), zeros, zeros)
    side = np.zeros(n, np.int8)
    side[decisions] = 1
    intents = plain_intents(side, np.where(side != 0, OPENED, NO_VOTE).astype(np.int16), np.zeros(n), 1.0, 2.0)
    intents.wish[list(leaves)] = WISH_EXIT
    for decision, multiplier in (multipliers or {}).items():
        intents.risk_multiplier[decision] = multiplier
    run = simulate(arrays, intents, contract, rules, 1000.0, 0, n)
    market = Market(np.arange(n, dtype=np.int64) * 900_000, arrays, 365)
    scoring = scoring or ScoreConfig(min_trades=1, bootstrap_samples=100)
    window = Window("sweep", 0, n)
    return judge(market, intents, run, contract, 1000.0, window, scoring, 1, mean_multiplier)


def test_both_readings_of_an_ambiguous_bar() -> None:
    result = judged([FLAT, BOTH, WIN, LOSS, FLAT], [0, 1, 2])
    # Stop first: -1, +2, -1; target first: +2, +2, -1.
    assert result.readings_r == pytest.approx((0.0, 1.0))
    other = judged([FLAT, BOTH, WIN, LOSS, FLAT], [0, 1, 2], rules=RULES._replace(reading=OPTIMISTIC))
    assert other.readings_r == pytest.approx((0.0, 1.0))
    assert judged([FLAT, FLAT], []).readings_r is None


def test_reference_score_is_that_of_the_same_trades_at_one_percent() -> None:
    # At 1 % of 1,000,000 without steps: +2 %, then -1 %: win rate 1/2, profit factor 20000 / 10200, drawdown 1 %.
    result = judged([FLAT, WIN, LOSS, FLAT], [0, 1], rules=RULES._replace(risk_pct=3.0))
    assert result.reference.value == pytest.approx(0.5 * (20_000 / 10_200) / np.sqrt(0.01), rel=1e-4)
    assert result.reference_drawdown == pytest.approx(0.01, rel=1e-4)


def test_reference_score_does_not_know_how_large_the_trades_were() -> None:
    careful = judged([FLAT, WIN, LOSS, WIN, FLAT], [0, 1, 2], rules=RULES._replace(risk_pct=0.5))
    bold = judged([FLAT, WIN, LOSS, WIN, FLAT], [0, 1, 2], rules=RULES._replace(risk_pct=5.0))
    assert careful.reference.value == pytest.approx(bold.reference.value)
    assert careful.score != bold.score


def test_a_trade_that_the_volume_step_refused_is_not_in_the_reference() -> None:
    result = judged([FLAT, WIN, FLAT], [0], contract=CONTRACT._replace(volume_min=5.0))
    assert result.figures.trades == 0
    assert result.reference.note == "too few trades: 0, fewer than 1"


def test_the_reference_weighs_by_the_multiplier_over_its_mean() -> None:
    """At 1 % of 1,000,000: +2 R at 1.25 / 0.5, then -1 R at 0.25 / 0.5; beside it both at 1."""
    sizes = {0: 1.25, 1: 0.25}
    result = judged([FLAT, WIN, LOSS, FLAT], [0, 1], multipliers=sizes, mean_multiplier=0.5)
    won, lost = 0.05 * 1e6, 0.005 * 1.05e6
    assert result.reference.value == pytest.approx(0.5 * (won / lost) / np.sqrt(0.01), rel=1e-3)  # drawdown floor 1 %
    assert result.unweighted.value == pytest.approx(judged([FLAT, WIN, LOSS, FLAT], [0, 1]).reference.value)
    value, bounds = result.sized_expectancy_r
    assert value == pytest.approx((1.25 * 2.0 - 0.25) / 1.5)
    assert bounds is None  # two trades have no standard error
    assert result.figures.expectancy_r == pytest.approx(0.5)


def test_the_reference_leaves_where_the_position_model_left() -> None:
    """Bought at 100, left at the next open at 105: +0.5 R, though the bar after goes on to the target."""
    bars = [FLAT, (100.0, 106.0, 99.0, 105.0), (105.0, 121.0, 104.0, 120.0), LOSS, FLAT]
    result = judged(bars, [0, 2], leaves=(1,))
    assert result.simulation.trades["exit_reason"].tolist() == [POSITION_MODEL, STOP]
    assert result.reference.value == pytest.approx(0.5 * (5_000 / 10_050) / np.sqrt(0.01), rel=1e-3)


def test_the_readings_differ_where_bars_were_ambiguous_alone() -> None:
    """Commission inside: at a risk of 10.00 on one lot, 0.50 a side is 0.1 R, on both readings of every trade."""
    contract = CONTRACT._replace(commission_per_lot=0.5)
    result = judged([FLAT, BOTH, WIN, FLAT], [0, 1], contract=contract)
    assert result.simulation.trades["ambiguous"].tolist() == [1, 0]
    assert result.readings_r == pytest.approx(((-1.1 + 1.9) / 2, (1.9 + 1.9) / 2), abs=0.01)


def test_the_reference_knows_partial_closes_and_several_positions() -> None:
    """Two BUYs of 1 % each: half of each is closed at 111 (+1.1 R), the rest stopped at 90 (-1 R): +0.05 R each.

    Equity 1.022 at its highest (both open at 111), 1.001 at the end.
    """
    up, down = (100.0, 112.0, 99.0, 111.0), (111.0, 112.0, 89.0, 90.0)
    rules = RULES._replace(max_positions=2, partial_r=1.0, partial_fraction=0.5)
    result = judged([FLAT, (100.0, 101.0, 99.5, 100.0), up, down, FLAT], [0, 1], rules=rules)
    trades = result.simulation.trades
    assert trades["entry_bar"].tolist() == [1, 2]
    assert trades["r"] == pytest.approx([0.05, 0.05])
    assert result.reference.note == "profit factor counted as 10"
    assert result.reference_drawdown == pytest.approx(0.021 / 1.022)
    assert result.reference.value == pytest.approx(10.0 / np.sqrt(0.021 / 1.022))


def test_nobody_trades_by_no_size() -> None:
    assert judged([FLAT, FLAT], []).sized_expectancy_r == (None, None)
