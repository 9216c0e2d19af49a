"""The best of the compared runs: what is said of how many days and runs, and that luck is found out."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.backtest.best_of_many import best_of_many
from novosky.evaluation.overfitting import overfitting
from novosky.evaluation.reality_check import reality_check


def daily(n: int, runs: int, seed: int = 1) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(size=(n, runs))


def test_the_figures_are_those_of_the_tests_themselves() -> None:
    table = daily(100, 4)
    found = best_of_many("ABCD", table, 300, seed=7)
    check = reality_check(table, 300, 7)
    assert (found["spa_p"], found["white_p"]) == (check.spa_p, check.white_p)
    assert found["best"] == "ABCD"[int(table.mean(axis=0).argmax())]
    assert found["best_mean_daily_r"] == pytest.approx(table.mean(axis=0).max())
    assert found["overfitting"]["probability"] == overfitting(table, 16).probability


@pytest.mark.parametrize(
    ("days", "blocks", "length", "cuts"), [(20, 4, 5, 6), (29, 4, 7, 6), (30, 6, 5, 20), (80, 16, 5, 12870)]
)
def test_fewer_blocks_where_days_are_few(days: int, blocks: int, length: int, cuts: int) -> None:
    found = best_of_many("ABC", daily(days, 3), 100, seed=1)["overfitting"]
    assert (found["blocks"], found["days_a_block"], found["cuts"]) == (blocks, length, cuts)


def test_what_cannot_be_said_is_none() -> None:
    few = best_of_many("ABC", daily(19, 3), 100, seed=1)
    assert [few[name] for name in ("best", "spa_p", "white_p", "overfitting")] == [None] * 4
    two = best_of_many("AB", daily(60, 2), 100, seed=1)
    assert two["overfitting"] is None
    assert two["spa_p"] is not None


def test_an_edge_is_found_and_the_best_of_noise_is_not() -> None:
    noise = daily(200, 10)
    assert best_of_many("ABCDEFGHIJ", noise, 500, seed=1)["spa_p"] > 0.1
    noise[:, 4] += 0.5
    found = best_of_many("ABCDEFGHIJ", noise, 500, seed=1)
    assert (found["best"], found["overfitting"]["probability"]) == ("E", 0.0)
    assert found["spa_p"] < 0.01


def test_runs_without_a_trade_are_not_better_than_flat() -> None:
    found = best_of_many("ABC", np.zeros((40, 3)), 100, seed=1)
    assert (found["spa_p"], found["white_p"], found["best_mean_daily_r"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(("runs", "share"), [(3, 2 / 3), (4, 0.5), (5, 0.6)])
def test_a_choice_among_equals_falls_to_the_median_as_often_as_ranks_lie_there(runs: int, share: float) -> None:
    """Mean over 60 tables of noise; a half that was good leaves the other one worse, so a little above the share."""
    found = [best_of_many("ABCDE"[:runs], daily(40, runs, k), 100, seed=1)["overfitting"] for k in range(60)]
    assert {one["among_equals"] for one in found} == {share}
    assert np.mean([one["probability"] for one in found]) == pytest.approx(share, abs=0.12)
