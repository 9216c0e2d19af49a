"""Loss limits: the reflection principle, the gambler's ruin, days by hand, a slow copy."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from novosky.evaluation.bootstrap import draw_resample
from novosky.evaluation.ruin import LossLimits, _trade, ruin
from support.plain import plain

STEP = 0.01  # of log-equity
NONE = 1e6  # a limit that is never reached


def steps(up: int, down: int) -> tuple[np.ndarray, np.ndarray]:
    """R at 1 % risk whose log-equity goes up or down by exactly one `STEP`, one trade a day."""
    r = np.repeat([np.expm1(STEP) / 0.01, np.expm1(-STEP) / 0.01], [up, down])
    return r, np.arange(up + down)


def reach(k: int) -> float:
    """The loss, %, of `k` steps down."""
    return -100.0 * np.expm1(-k * STEP)


def test_total_limit_of_a_fair_walk_is_the_reflection_principle() -> None:
    """P(min of n steps <= -k) = P(S <= -k) + P(S < -k)."""
    n, k = 40, 6
    at = {2 * up - n: comb(n, up) / 2**n for up in range(n + 1)}
    exact = sum(p for s, p in at.items() if s <= -k) + sum(p for s, p in at.items() if s < -k)
    r, day = steps(50, 50)
    found = ruin(r, day, 100, 1.0, LossLimits(NONE, NONE, reach(k)), n, 7, 40_000, seed=1, block_days=1.0)
    assert found.total == pytest.approx(exact, abs=0.01)
    assert (found.daily, found.weekly) == (0.0, 0.0)


def test_total_limit_of_a_long_walk_with_an_edge_is_the_gamblers_ruin() -> None:
    """(q / p)^k, a walk that is up more often than down and never ends."""
    r, day = steps(60, 40)
    found = ruin(r, day, 100, 1.0, LossLimits(NONE, NONE, reach(4)), 1500, 7, 10_000, seed=2, block_days=1.0)
    assert found.total == pytest.approx((0.4 / 0.6) ** 4, abs=0.015)


def test_drawdown_of_one_step_is_that_some_step_went_down() -> None:
    r, day = steps(90, 10)
    found = ruin(r, day, 100, 1.0, LossLimits(reach(1), NONE, NONE), 5, 7, 40_000, seed=3, block_days=1.0)
    assert found.daily == pytest.approx(1 - 0.9**5, abs=0.01)
    assert found.max_drawdown[0] == 0.0
    assert found.final_return[1] == pytest.approx(np.expm1(5 * STEP))


def test_a_day_by_hand_stops_where_its_limit_is_reached() -> None:
    """Three losses of 2 % a day; a limit of 3 % lets two of them happen: 0.98^2 a day, five days, then a new week."""
    r, day = np.full(3, -1.0), np.zeros(3, np.int64)
    found = ruin(r, day, 1, 2.0, LossLimits(3.0, NONE, NONE), 5, 5, 10, seed=1)
    assert (found.daily, found.weekly, found.total) == (1.0, 0.0, 0.0)
    assert found.final_return[0] == pytest.approx(0.98**10 - 1)
    assert found.max_drawdown[0] == pytest.approx(1 - 0.98**10)


def test_weeks_and_the_total_by_hand() -> None:
    """One loss of 2 % a day. 5 % a week: three days (5.88 %), then it waits; 10 % in all: six losses."""
    r, day = np.array([-1.0]), np.zeros(1, np.int64)
    week = ruin(r, day, 1, 2.0, LossLimits(NONE, 5.0, NONE), 7, 7, 10, seed=1)
    assert week.final_return[0] == pytest.approx(0.98**3 - 1)
    two = ruin(r, day, 1, 2.0, LossLimits(NONE, 5.0, NONE), 10, 5, 10, seed=1)
    assert two.final_return[0] == pytest.approx(0.98**6 - 1)
    total = ruin(r, day, 1, 2.0, LossLimits(NONE, NONE, 10.0), 100, 7, 10, seed=1)
    assert (total.total, total.final_return[0]) == (1.0, pytest.approx(0.98**6 - 1))


@pytest.mark.parametrize(("of_start", "left"), [(False, 0.9**2), (True, 0.9**3)])
def test_limits_are_of_the_day_or_of_the_start(of_start: bool, left: float) -> None:
    """Losses of 10 %, two a day if the limit of 9.95 % lets them; the second day's first is 9 % of the start."""
    r, day = np.full(2, -1.0), np.zeros(2, np.int64)
    found = ruin(r, day, 1, 10.0, LossLimits(9.95, NONE, NONE, of_start), 2, 7, 4, seed=1)
    assert found.final_return[0] == pytest.approx(left - 1)


def slow(r, day, n_days, risk, limits, horizon, week, index) -> list[float]:
    """One run by the words of the docstring."""
    equity, peak, drawdown, reached = 1.0, 1.0, 0.0, [0.0, 0.0, 0.0]
    for start in range(0, horizon, week):
        week_start, week_over = equity, False
        for i in range(start, min(start + week, horizon)):
            day_start = equity
            day_over = False
            for trade in np.flatnonzero(day == index[i]):
                if day_over or week_over or reached[2]:
                    continue
                equity *= 1 + risk * r[trade] / 100
                peak = max(peak, equity)
                drawdown = max(drawdown, 1 - equity / peak)
                day_over = 1 - equity / day_start >= limits.daily_pct / 100
                week_over = 1 - equity / week_start >= limits.weekly_pct / 100
                for k, over in enumerate((day_over, week_over, 1 - equity >= limits.total_pct / 100)):
                    reached[k] = max(reached[k], float(over))
    return [*reached, drawdown, equity - 1]


def test_any_run_is_as_a_slow_copy_says() -> None:
    random = np.random.Generator(np.random.PCG64(6))
    counts = random.integers(0, 5, 40)
    day = np.repeat(np.arange(40), counts)
    r = random.normal(-0.05, 1.1, len(day))
    limits = LossLimits(4.3, 8.1, 20.7)
    draws, expected = np.random.Generator(np.random.PCG64(9)), []
    for _ in range(300):
        index, begins = np.empty(20, np.int64), np.empty(20, np.bool_)
        draw_resample(draws, 40, 3.0, index, begins)
        expected.append(slow(r, day, 40, 2.0, limits, 20, 5, index))
    found = ruin(r, day, 40, 2.0, limits, 20, 5, 300, seed=9, block_days=3.0)
    reached = np.mean(expected, axis=0)[:3]
    assert (found.daily, found.weekly, found.total) == pytest.approx(tuple(reached))
    assert 0.05 < reached[2] < 0.95
    quantiles = np.quantile(np.array(expected)[:, 3:], (0.05, 0.5, 0.95, 0.99), axis=0, method="nearest")
    np.testing.assert_allclose(np.array([found.max_drawdown, found.final_return]).T, quantiles, rtol=1e-9)


def test_losses_that_cluster_reach_limits_more_often() -> None:
    """The same days in blocks: bad days come together, as they did."""
    r = np.tile(np.repeat([0.5, -0.5], 15), 10)
    day = np.arange(300)
    limits = LossLimits(NONE, NONE, 5.0)
    blocks, single = (ruin(r, day, 300, 1.0, limits, 60, 7, 4000, seed=1, block_days=b).total for b in (7.0, 1.0))
    assert blocks > single + 0.2


def test_compiled_and_plain_are_the_same_bits() -> None:
    r, day = steps(6, 5)
    first, found = np.searchsorted(day, np.arange(12)).astype(np.int64), []
    for kernel in (_trade, plain(_trade)):
        out = np.zeros((20, 5))
        kernel(np.random.Generator(np.random.PCG64(1)), 2.0, r * 0.01, first, LossLimits(0.5, 0.02, 0.03), 30, 5, out)
        found.append(out.tobytes())
    assert found[0] == found[1]
