"""Objectives on hand-made folds, and which trial is taken."""

from __future__ import annotations

import math

import numpy as np
import pytest

from novosky.errors import DataError
from novosky.search.choice import best_of, front_of
from novosky.search.objectives import Fold, expected_r, values_of
from novosky.search.trading import FoldTrades
from novosky.search.trials import COMPLETE, FAILED, PRUNED, Trial


def trial(slot: int, *values: float, state: str = COMPLETE, error: str | None = None) -> Trial:
    return Trial(slot, slot, state, {"x": slot}, values, (), (), 1.0, error)


def traded(*r: float, weight: tuple[float, ...] | None = None) -> FoldTrades:
    return FoldTrades(np.array(r), np.ones(len(r)) if weight is None else np.array(weight), 7.0)


def test_few_trades_are_drawn_to_nothing() -> None:
    assert expected_r(traded(1.0, 1.0, -0.5), min_trades=2) == pytest.approx(0.5)
    assert expected_r(traded(1.0, 1.0, -0.5), min_trades=30) == pytest.approx(0.05)
    assert expected_r(traded(), min_trades=30) == 0.0
    assert expected_r(traded(1.0, -1.0, weight=(1.5, 0.5)), min_trades=1) == pytest.approx(0.5)


def test_values_are_finite_or_refused() -> None:
    fold = Fold(0.9, traded(1.0))
    assert values_of(fold, ("log_loss", "expected_r", "reference_score"), 1) == [0.9, 1.0, 7.0]
    with pytest.raises(DataError, match="log_loss"):
        values_of(Fold(math.inf, None), ("log_loss",), 1)


def test_one_objective_takes_the_best_and_the_earlier_of_equals() -> None:
    trials = [trial(0, 1.0), trial(1, 0.9), trial(2, 0.9), trial(3, state=PRUNED), trial(4, 1.1)]
    assert best_of(trials, ("log_loss",)).slot == 1
    assert best_of(trials, ("expected_r",)).slot == 4
    assert best_of([trial(0, 1.0), trial(1, 1.0)], ("expected_r",)).slot == 0


def test_front_and_the_trial_taken_from_it() -> None:
    names = ("log_loss", "expected_r")
    trials = [trial(0, 1.0, 0.10), trial(1, 0.8, 0.05), trial(2, 0.9, 0.10), trial(3, 0.95, 0.3), trial(4, 1.2, 0.2)]
    assert [one.slot for one in front_of(trials, names)] == [1, 2, 3]
    assert best_of(trials, names).slot == 2  # 1 has the least loss, but earns less than the current settings
    assert best_of(trials[1:], names).slot == 1  # the current settings failed


def test_nothing_completed_says_why() -> None:
    trials = [trial(0, state=FAILED, error="DataError: too few rows"), trial(1, state=PRUNED)]
    with pytest.raises(DataError, match=r"none of 2 trials was completed.*DataError: too few rows"):
        best_of(trials, ("log_loss",))
