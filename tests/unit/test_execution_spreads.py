"""What a bar's spread is by its data and by the model of it, against tables made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from novosky.execution.spreads import effective_spread, modelled_spread
from support.plain import plain


def test_a_bar_pays_the_largest_of_its_own_the_last_and_the_floor() -> None:
    points = np.array([0.0, 1000.0, 100.0, 100.0, 0.0])
    # Point 0.01: 10.00, 1.00 and 1.00 against a floor of 2.00; 0 is unknown.
    assert effective_spread(points, 0.01, 2.0, 1.0).tolist() == [2.0, 10.0, 10.0, 2.0, 2.0]
    assert effective_spread(points, 0.01, 2.0, 1.5).tolist() == [3.0, 15.0, 15.0, 3.0, 3.0]
    assert plain(effective_spread)(points, 0.01, 2.0, 1.0).tolist() == [2.0, 10.0, 10.0, 2.0, 2.0]


def test_a_later_bars_spread_is_never_paid() -> None:
    calm, wild = np.array([100.0, 100.0, 100.0]), np.array([100.0, 100.0, 9000.0])
    assert effective_spread(calm, 0.01, 0.0, 1.0)[:2].tolist() == effective_spread(wild, 0.01, 0.0, 1.0)[:2].tolist()


MODEL: list[tuple[tuple[bool, bool, bool], float, float]] = [
    # sessions open: asian, london, new_york; agitation; spread of 10.00 by factors 1.2, 1.0, 0.9, none 1.5, power 0.5
    ((True, False, False), 1.0, 12.0),
    ((False, True, False), 1.0, 10.0),
    ((False, False, True), 1.0, 9.0),
    ((False, True, True), 1.0, 10.0),  # overlapping: the largest
    ((True, True, False), 1.0, 12.0),
    ((False, False, False), 1.0, 15.0),
    ((False, True, False), 4.0, 20.0),  # twice for four times the usual ATR
    ((False, True, False), 0.25, 10.0),  # a calm market is not cheaper
    ((False, False, False), 2.25, 22.5),
    ((False, True, False), math.nan, 10.0),  # no usual ATR yet
]


@pytest.mark.parametrize("run", [modelled_spread, plain(modelled_spread)], ids=["compiled", "plain"])
def test_the_model_by_session_and_volatility(run: object) -> None:
    assert callable(run)
    sessions = np.array([row[0] for row in MODEL])
    agitation = np.array([row[1] for row in MODEL])
    paid = run(sessions, np.array([1.2, 1.0, 0.9, 1.5]), agitation, 0.5, 10.0)
    assert paid.tolist() == pytest.approx([row[2] for row in MODEL])


def test_a_power_of_0_is_blind_to_volatility() -> None:
    paid = modelled_spread(np.ones((2, 3), np.bool_), np.ones(4), np.array([1.0, 9.0]), 0.0, 10.0)
    assert paid.tolist() == [10.0, 10.0]
