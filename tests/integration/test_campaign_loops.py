"""A small sample of the loop campaigns: whole loops on markets whose truth is known, judged by both rules."""

from __future__ import annotations

import pytest

from campaigns import loops
from novosky.evaluation.gate import COMMIT

pytest.importorskip("optuna")
pytest.importorskip("shap")

FEW = ("data.bars=14000", "tune.trials=2", "tune.min_trades=5", "windows.embargo_bars=24",
       "stage.sltp.lightgbm.min_leaf_rows=20", "stage.risk.lightgbm.min_leaf_rows=10")  # fmt: skip


@pytest.mark.parametrize("settings", [loops.searched, loops.reseeded])
def test_a_loop_on_a_random_walk_keeps_nothing_beyond_the_first(settings: loops.Settings) -> None:
    market = loops.run_loop(1, ("data=random_walk", *FEW), settings, iterations=3)
    assert len(market.pairs) + market.identical + market.failed == 2
    assert all(pair.robust.decision != COMMIT for pair in market.pairs)
    for pair in market.pairs:
        assert pair.robust.score == pair.score.score, "both rules judge the same pass"
        assert pair.robust.share is not None


def test_the_table_counts_what_was_kept_and_bounds_it_by_market() -> None:
    """With none kept in n markets the bound is 1 - 0.05^(1/n); one market of four that keeps all is no small share."""
    assert loops.upper_bound([0] * 20, [5] * 20) == pytest.approx(1 - 0.05 ** (1 / 20))
    assert loops.upper_bound([0] * 20, [5] * 17 + [0] * 3) == pytest.approx(1 - 0.05 ** (1 / 17))
    bound = loops.upper_bound([5, 0, 0, 0], [5, 5, 5, 5])
    assert bound > 0.5
