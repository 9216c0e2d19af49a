"""The grid of brackets: by hand to the R, and against trades followed one by one in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.errors import NovoskyError
from novosky.labels import bracket_grid as kernels
from novosky.labels.bracket_grid import TIE_R, GridTargets, bracket_grid, bracket_r
from novosky.labels.paths import Bracket, Entries, LabelBars
from support.path_oracle import follow, hand_bars, random_label_bars
from support.plain import plain

STOPS = np.array([0.5, 1.0, 2.0])
TARGETS = np.array([0.5, 1.0, 2.0])
ONE_TO_ONE = Bracket(1.0, 1.0)
FLAT = (100.0, 101.0, 99.0, 100.0)
# A BUY from 100 dips to 94 first, then rises to 112 and comes back to 103.
DIP_THEN_RISE = [FLAT, (100.0, 101.0, 94.0, 96.0), (96.0, 112.0, 95.0, 103.0), (103.0, 104.0, 102.0, 103.0), FLAT, FLAT]


def grid_of(bars: LabelBars, side: int = 1, leave: int | None = None, own: Bracket = ONE_TO_ONE) -> GridTargets:
    exits = np.full((1, len(STOPS)), len(bars.open) if leave is None else leave, np.int64)
    return bracket_grid(Entries(np.array([0]), np.array([side])), bars, STOPS, TARGETS, exits, own)


def test_r_table_by_hand() -> None:
    grid = grid_of(hand_bars(DIP_THEN_RISE, horizon=3))
    # The dip hits a stop of 5. Those of 10 and 20 bear it and reach targets of 5 and 10; for 20, bar 4 opens at 100.
    np.testing.assert_allclose(grid.r[0], [[-1, -1, -1], [0.5, 1.0, 0.0], [0.25, 0.5, 0.0]])
    assert grid.best[0].tolist() == [1.0, 1.0]
    assert grid.end[0] == 4


def test_the_position_model_leaves_at_the_next_open() -> None:
    grid = grid_of(hand_bars(DIP_THEN_RISE, horizon=3), leave=2)
    # EXIT at the close of bar 2 leaves at 103, the open of bar 3: the targets of bar 2 came first.
    np.testing.assert_allclose(grid.r[0], [[-1, -1, -1], [0.5, 1.0, 0.3], [0.25, 0.5, 0.15]])
    assert grid.end[0] == 3


def test_each_stop_has_its_own_exit() -> None:
    bars = hand_bars(DIP_THEN_RISE, horizon=3)
    exits = np.array([[6, 1, 6]], np.int64)
    grid = bracket_grid(Entries(np.array([0]), np.array([1])), bars, STOPS, TARGETS, exits, ONE_TO_ONE)
    # The trade with the stop of 10 leaves at 96, the open of bar 2.
    np.testing.assert_allclose(grid.r[0], [[-1, -1, -1], [-0.4, -0.4, -0.4], [0.25, 0.5, 0.0]])
    assert grid.best[0].tolist() == [2.0, 1.0]


def test_ties_go_to_the_pair_nearest_to_the_labels_own() -> None:
    flat = hand_bars([FLAT] * 6, horizon=3)
    for own, best in (
        (Bracket(1.0, 1.0), [1.0, 1.0]),  # all 0 R: its own
        (Bracket(3.0, 0.4), [2.0, 0.5]),  # off the grid: the nearest
        (Bracket(math.sqrt(0.5), 1.0), [0.5, 1.0]),  # halfway in logs: the smaller
        (Bracket(math.sqrt(2.0), math.sqrt(2.0)), [1.0, 1.0]),
    ):
        assert grid_of(flat, own=own).best[0].tolist() == best


def test_brackets_that_only_rounding_parts_are_ties() -> None:
    """A SELL from 100.003 swings wider and wider: each 1:1 bracket is won, each with a farther target lost."""
    swings = [(100.003, 100.5, 94.0, 95.0), (95.0, 106.0, 94.5, 105.0), (105.0, 106.0, 89.0, 90.0)]
    swings += [(90.0, 111.0, 89.5, 110.0), (110.0, 111.0, 79.0, 80.0)]
    bars = hand_bars([FLAT, *swings, FLAT, FLAT], horizon=6)._replace(atr=np.full(8, 10.013))
    for own, best in ((0.5, 0.5), (1.0, 1.0), (2.0, 2.0), (3.0, 2.0)):
        grid = grid_of(bars, side=-1, own=Bracket(own, own))
        diagonal = np.diag(grid.r[0])
        assert 0 < np.ptp(diagonal) < TIE_R
        assert diagonal.max() == grid.r.max()
        assert grid.best[0].tolist() == [best, best]


def test_rows_that_the_bars_do_not_end_are_unknown() -> None:
    bars = hand_bars([FLAT] * 6, horizon=3)
    wanted = Entries(np.array([0, 1, 2, 5]), np.array([1, -1, 1, 1]))
    grid = bracket_grid(wanted, bars, STOPS, TARGETS, np.full((4, 3), 6, np.int64), ONE_TO_ONE)
    assert grid.end.tolist() == [4, 5, 6, 6]
    assert np.isnan(grid.best[2:]).all()
    assert np.isnan(grid.r[2:]).all()
    assert np.isfinite(grid.best[:2]).all()
    # One pair without an end is enough: the far target is open when the bars are over.
    rise = hand_bars([FLAT, FLAT, (100.0, 116.0, 99.0, 114.0)], horizon=3)
    assert np.isnan(grid_of(rise).best).all()


def test_an_exit_before_the_entry_is_refused() -> None:
    with pytest.raises(NovoskyError, match="after the decision"):
        grid_of(hand_bars(DIP_THEN_RISE, horizon=3), leave=0)


def slow_grid(wanted: Entries, bars: LabelBars, exits: np.ndarray, own: Bracket) -> tuple[list, list, list]:
    best, end, tables = [], [], []
    for k, (t, side) in enumerate(zip(wanted.decision.tolist(), wanted.side.tolist(), strict=True)):
        table, last, pairs = np.full((len(STOPS), len(TARGETS)), np.nan), 0, []
        for i, stop in enumerate(STOPS):
            for j, target in enumerate(TARGETS):
                atr = float(bars.atr[t])
                life = min(bars.horizon, int(exits[k, i]) - t)
                path = follow(bars, t, side, stop * atr, target * atr, life)
                last = max(last, len(bars.open) if path.bar is None else path.bar)
                table[i, j] = path.r
                pairs.append((i, j))
        if last == len(bars.open):
            best.append([np.nan, np.nan])
            tables.append(np.full_like(table, np.nan))
        else:
            ahead = [p for p in pairs if table[p] >= np.max(table) - TIE_R]
            ratio = [abs(math.log(STOPS[i] / own[0])) + abs(math.log(TARGETS[j] / own[1])) for i, j in ahead]
            i, j = ahead[ratio.index(min(ratio))]
            best.append([STOPS[i], TARGETS[j]])
            tables.append(table)
        end.append(last)
    return best, end, tables


@given(seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_grid_equals_the_slow_oracle(seed: int) -> None:
    bars = random_label_bars(seed)
    random = np.random.Generator(np.random.PCG64(seed))
    wanted = Entries(np.arange(0, 60, 3), random.choice(np.array([-1, 1]), 20))
    exits = np.where(random.random((20, 3)) < 0.5, 60, wanted.decision[:, None] + random.integers(1, 9, (20, 3)))
    best, end, tables = slow_grid(wanted, bars, exits, Bracket(1.0, 1.5))
    grid = bracket_grid(wanted, bars, STOPS, TARGETS, exits, Bracket(1.0, 1.5))
    np.testing.assert_allclose(grid.r, np.array(tables), atol=1e-9)
    np.testing.assert_array_equal(grid.end, end)
    np.testing.assert_array_equal(grid.best, best)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_any_bracket_equals_the_slow_oracle(seed: int) -> None:
    bars = random_label_bars(seed)
    random = np.random.Generator(np.random.PCG64(seed))
    wanted = Entries(np.arange(20) * 3, random.choice(np.array([-1, 1]), 20))
    stop, target = random.uniform(0.4, 3.0, 20), random.uniform(0.4, 3.0, 20)
    exits = wanted.decision + random.integers(1, 20, 20)
    r, end = bracket_r(wanted, bars, stop, target, exits)
    for k in range(20):
        t, atr = int(wanted.decision[k]), float(bars.atr[3 * k])
        path = follow(bars, t, int(wanted.side[k]), stop[k] * atr, target[k] * atr, min(8, int(exits[k]) - t))
        if path.bar is None:
            assert np.isnan(r[k])
            assert end[k] == 60
        else:
            assert r[k] == pytest.approx(path.r, abs=1e-9)
            assert end[k] == path.bar


def test_compiled_equals_plain() -> None:
    bars = random_label_bars(7)
    wanted = Entries(np.arange(0, 60, 4), np.tile(np.array([1, -1, 1]), 5))
    exits = np.minimum(wanted.decision[:, None] + np.array([3, 5, 60]), 60)
    fast = kernels._grid(wanted, bars, STOPS, TARGETS, exits)
    for a, b in zip(fast, plain(kernels._grid)(wanted, bars, STOPS, TARGETS, exits), strict=True):
        np.testing.assert_array_equal(a, b)
