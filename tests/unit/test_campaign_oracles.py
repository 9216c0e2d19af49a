"""What the stages after signal could gain: by hand, and on markets that hide it or do not."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from campaigns.oracles import (
    around_triggers,
    best_brackets,
    brackets_r,
    exit_bars,
    exit_r,
    free_bars,
    plain_r,
    situations,
    streak_sizes,
    trigger_entries,
)
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.market.bars import Floats
from novosky.market.impulses import KERNELS, REACH
from novosky.market.synthetic import Generated, generate
from support.market_files import generated

HORIZON = 16
NEVER = 60
LABEL = Bracket(1.5, 1.5)
GRID = ((0.75, 1.5, 2.0, 3.0), (0.75, 1.5, 2.0, 4.0))


@cache
def market(structure: str, seed: int = 1, bars: int = 150_000) -> Generated:
    return generate(generated("planted", structure=structure, bars=bars, oracle_sharpe=30.0, seed=seed))


def perfect(structure: str, seed: int = 1, bars: int = 150_000) -> tuple[Generated, LabelBars, Entries]:
    made = market(structure, seed, bars)
    free = free_bars(made, HORIZON)
    return made, free, trigger_entries(made, free)


def one(decision: int, side: int) -> Entries:
    return Entries(np.array([decision]), np.array([side]))


def t_value(gain: Floats) -> float:
    return float(gain.mean() / gain.std() * math.sqrt(len(gain)))


@pytest.mark.parametrize(
    ("kernel", "side", "leave"),
    [
        ([1, 1, 1, -1, -1, -1], 1, 13),  # on for three bars, then only against: out at the open of the fourth
        ([1, 1, 1, -1, -1, -1], -1, NEVER),  # after its first bar it has two against it and three for it
        ([1, 1, -1, 3, 0, 0], 1, NEVER),  # a setback that is made good
        ([1, 1, -3, 2, 0, 0], 1, 12),  # one that is not
        ([-1, -1, -1, 0, 0, 0], 1, 11),  # a trade lasts one bar at least
        ([0, 0, 0, 0, 0, 0], 1, NEVER),
    ],
)
def test_when_a_trade_is_best_left(kernel: list[int], side: int, leave: int) -> None:
    drift, trigger = np.zeros(60), np.zeros(60, np.int8)
    trigger[10] = 1
    drift[11:17] = kernel
    assert exit_bars(one(10, side), drift, trigger, HORIZON)[0] == leave


def test_a_later_trigger_is_not_known_before_its_close() -> None:
    drift, trigger = np.zeros(60), np.zeros(60, np.int8)
    trigger[14], drift[15:21] = -1, -1.0
    assert exit_bars(one(10, 1), drift, trigger, HORIZON)[0] == 14
    assert exit_bars(one(10, -1), drift, trigger, HORIZON)[0] == NEVER
    assert exit_bars(one(0, 1), drift, trigger, 10)[0] == NEVER  # over before
    assert exit_bars(one(17, 1), drift, trigger, HORIZON)[0] == 18  # from a trigger before the trade


def slow_exit_bar(made: Generated, decision: int, side: int) -> int:
    """From the kernel instead of the drift that the market had."""
    kernel = KERNELS["exits"][0].tolist()
    for close in range(decision + 1, decision + HORIZON):
        begun = [bar for bar in range(max(0, close - REACH + 1), close + 1) if made.trigger[bar]]
        if not begun:
            continue
        sign = side * int(made.trigger[begun[-1]])
        rest = kernel[close - begun[-1] :][: decision + HORIZON - close]
        sums = [sign * sum(rest[: n + 1]) for n in range(len(rest))]
        if sums and max(sums) <= 0 and min(sums) < 0:
            return close
    return len(made.bars)


def test_exit_bars_against_the_kernel_from_any_entry() -> None:
    made = market("exits", bars=20_000)
    rng = np.random.default_rng(5)
    entries = Entries(np.sort(rng.integers(20, 19_900, 1500)), rng.choice([-1, 1], 1500))
    leave = exit_bars(entries, made.drift / made.sigma, made.trigger, HORIZON)
    assert leave.tolist() == [slow_exit_bar(made, int(d), int(s)) for d, s in zip(*entries, strict=True)]
    assert len(set((leave - entries.decision)[leave < len(made.bars)])) == HORIZON - 1


def test_exits_gain_where_they_can_and_only_there() -> None:
    made, free, entries = perfect("exits")
    assert t_value(exit_r(made, free, entries, LABEL) - plain_r(free, entries, LABEL)) > 8
    null, free, entries = perfect("impulse")
    assert np.array_equal(exit_r(null, free, entries, LABEL), plain_r(free, entries, LABEL))


def test_a_bracket_for_each_regime_gains_where_there_are_two() -> None:
    made, free, entries = perfect("stops")
    other, elsewhere, learned = perfect("stops", seed=1001, bars=500_000)
    brackets = best_brackets(elsewhere, learned, other.regime[learned.decision], *GRID)
    spike, shakeout = brackets
    assert spike.stop_atr < shakeout.stop_atr
    assert spike.target_atr < shakeout.target_atr
    regime = made.regime[entries.decision]
    chosen = brackets_r(free, entries, np.array(brackets)[regime])
    for bracket in brackets:
        assert t_value(chosen - plain_r(free, entries, bracket)) > 3
    assert np.array_equal(chosen[regime == 0], plain_r(free, entries, spike)[regime == 0])
    null, free, entries = perfect("impulse")
    assert len(best_brackets(free, entries, null.regime[entries.decision], *GRID)) == 1


def test_size_by_the_times_gains_where_they_change() -> None:
    made, free, entries = perfect("streaks")
    size, r = streak_sizes(made.regime[entries.decision]), plain_r(free, entries, LABEL)
    assert set(size) == {0.10, 1.25}
    assert t_value((size / size.mean() - 1.0) * r) > 8
    assert set(streak_sizes(market("impulse").regime)) == {1.25}


def test_entries_take_the_side_of_triggers_that_the_bars_hold() -> None:
    made, free, entries = perfect("impulse", bars=5000)
    assert np.all(made.trigger[entries.decision] == entries.side)
    assert np.all(entries.side != 0)
    assert len(entries.decision) >= np.count_nonzero(made.trigger) - 2
    assert not np.isnan(plain_r(free, entries, LABEL)).any()
    assert np.isnan(plain_r(free, one(4990, 1), Bracket(9.0, 9.0))).all()


def test_situations_by_hand() -> None:
    """A trigger up at bar 20 in regime 1: its age, regime and side make the code; elsewhere it is 0."""
    trigger, regime = np.zeros(60, np.int8), np.zeros(60, np.int64)
    trigger[20], regime[20:] = 1, 1
    made = replace(market("stops"), trigger=trigger, regime=regime)
    entries = Entries(np.array([19, 20, 23, 23, 35, 36]), np.array([1, 1, 1, -1, 1, 1]))
    with_it, against = 1 + REACH * 3, 1 + REACH * 1
    assert situations(made, entries).tolist() == [0, with_it, with_it + 3, against + 3, with_it + 15, 0]


def test_around_triggers_there_is_a_trade_each_way_at_every_age() -> None:
    made = market("stops")
    around = around_triggers(made, free_bars(made, HORIZON))
    codes = situations(made, around)
    assert set(codes) == set(range(1, 1 + 4 * REACH))
    assert abs(int(around.side.sum())) <= 1
