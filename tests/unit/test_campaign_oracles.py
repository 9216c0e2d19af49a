"""What the stages after signal could gain: by hand, and on markets that hide it or do not."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from campaigns.oracles import (
    Bracket,
    Entries,
    best_brackets,
    exit_r,
    held_bars,
    plain_r,
    regime_bracket_r,
    streak_weights,
    trigger_entries,
)
from novosky.market.bars import Floats
from novosky.market.impulses import KERNELS, REACH
from novosky.market.synthetic import Generated, generate
from support.market_files import generated

HORIZON = 16
LABEL = Bracket(1.5, 1.5)
GRID = ((0.75, 1.5, 2.0, 3.0), (0.75, 1.5, 2.0, 4.0))


@cache
def market(structure: str, seed: int = 1, bars: int = 150_000) -> Generated:
    return generate(generated("planted", structure=structure, bars=bars, oracle_sharpe=30.0, seed=seed))


def t_value(gain: Floats) -> float:
    return float(gain.mean() / gain.std() * math.sqrt(len(gain)))


@pytest.mark.parametrize(
    ("kernel", "side", "held"),
    [
        ([1, 1, 1, -1, -1, -1], 1, 3),  # on for three bars, then only against: out at the open of the fourth
        ([1, 1, 1, -1, -1, -1], -1, 16),  # after its first bar it has two against it and three for it
        ([1, 1, -1, 3, 0, 0], 1, 16),  # a setback that is made good
        ([1, 1, -3, 2, 0, 0], 1, 2),  # one that is not
        ([-1, -1, -1, 0, 0, 0], 1, 1),  # a trade lasts one bar at least
        ([0, 0, 0, 0, 0, 0], 1, 16),
    ],
)
def test_how_long_a_trade_should_last(kernel: list[int], side: int, held: int) -> None:
    ahead, trigger = np.zeros(60), np.zeros(60, np.int8)
    trigger[10] = 1
    ahead[11:17] = kernel
    assert held_bars(np.array([10]), np.array([side], np.int8), ahead, trigger, HORIZON)[0] == held


def test_a_later_trigger_is_not_known_before_its_close() -> None:
    ahead, trigger = np.zeros(60), np.zeros(60, np.int8)
    trigger[14], ahead[15:21] = -1, -1.0
    decision, side = np.array([10]), np.array([1], np.int8)
    assert held_bars(decision, side, ahead, trigger, HORIZON)[0] == 4  # out at the open of bar 15
    assert held_bars(decision, -side, ahead, trigger, HORIZON)[0] == HORIZON
    assert held_bars(np.array([12]), side, ahead, trigger, HORIZON)[0] == 2
    assert held_bars(np.array([0]), side, ahead, trigger, 10)[0] == 10  # over before


def slow_held_bars(made: Generated, decision: int, side: int) -> int:
    """From the kernel instead of the drift that the market had."""
    structure_kernel = KERNELS["exits"][0].tolist()
    for close in range(decision + 1, decision + HORIZON):
        begun = [bar for bar in range(max(0, close - REACH + 1), close + 1) if made.trigger[bar]]
        if not begun:
            continue
        sign = side * int(made.trigger[begun[-1]])
        rest = structure_kernel[close - begun[-1] :][: decision + HORIZON - close]
        sums = [sign * sum(rest[: n + 1]) for n in range(len(rest))]
        if sums and max(sums) <= 0 and min(sums) < 0:
            return close - decision
    return HORIZON


def test_held_bars_against_the_kernel_from_any_entry() -> None:
    made = market("exits", bars=20_000)
    rng = np.random.default_rng(5)
    decision = np.sort(rng.integers(20, 19_900, 1500))
    side = rng.choice(np.array([-1, 1], np.int8), 1500)
    held = held_bars(decision, side, made.drift / made.sigma, made.trigger, HORIZON)
    assert held.tolist() == [slow_held_bars(made, int(d), int(s)) for d, s in zip(decision, side, strict=True)]
    assert len(set(held.tolist())) == HORIZON


def test_exits_gain_where_they_can_and_only_there() -> None:
    made = market("exits")
    entries = trigger_entries(made, HORIZON)
    gain = exit_r(made, entries, LABEL, HORIZON) - plain_r(made, entries, LABEL, HORIZON)
    assert t_value(gain) > 8
    null = market("impulse")
    entries = trigger_entries(null, HORIZON)
    assert np.array_equal(exit_r(null, entries, LABEL, HORIZON), plain_r(null, entries, LABEL, HORIZON))


def test_a_bracket_for_each_regime_gains_where_there_are_two() -> None:
    made, other = market("stops"), market("stops", seed=1001, bars=500_000)
    entries, learned = trigger_entries(made, HORIZON), trigger_entries(other, HORIZON)
    brackets = best_brackets(other, learned, *GRID, HORIZON)
    spike, shakeout = brackets
    assert spike.sl_atr < shakeout.sl_atr
    assert spike.tp_atr < shakeout.tp_atr
    chosen = regime_bracket_r(made, entries, brackets, HORIZON)
    for bracket in brackets:
        assert t_value(chosen - plain_r(made, entries, bracket, HORIZON)) > 3
    night = made.regime[entries.decision] == 0
    assert np.array_equal(chosen[night], plain_r(made, entries, spike, HORIZON)[night])
    assert len(best_brackets(market("impulse"), trigger_entries(market("impulse"), HORIZON), *GRID, HORIZON)) == 1


def test_size_by_the_times_gains_where_they_change() -> None:
    made = market("streaks")
    entries = trigger_entries(made, HORIZON)
    size, r = streak_weights(made, entries), plain_r(made, entries, LABEL, HORIZON)
    assert size.mean() == pytest.approx(1.0)
    assert size.max() / size.min() == pytest.approx(12.5)
    assert t_value((size - 1.0) * r) > 8
    null = market("impulse")
    assert np.array_equal(streak_weights(null, trigger_entries(null, HORIZON)), np.ones(4006))


def test_entries_take_the_side_of_triggers_that_the_bars_hold() -> None:
    made = market("impulse", bars=5000)
    entries = trigger_entries(made, HORIZON)
    assert np.all(made.trigger[entries.decision] == entries.side)
    assert np.all(entries.side != 0)
    assert len(entries.decision) >= np.count_nonzero(made.trigger) - 2
    assert not np.isnan(plain_r(made, entries, LABEL, HORIZON)).any()
    late = Entries(np.array([4990]), np.array([1], np.int8))
    assert np.isnan(plain_r(made, late, Bracket(9.0, 9.0), HORIZON)).all()
