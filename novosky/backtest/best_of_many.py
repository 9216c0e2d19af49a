"""Is the best of the compared runs better than flat when all are counted, and would it have been chosen again?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from novosky.evaluation.overfitting import overfitting
from novosky.evaluation.reality_check import reality_check
from novosky.execution.records import Floats

MIN_DAYS = 20  # fewer say nothing of the best of many
MIN_RUNS_TO_CHOOSE = 3  # the median of two is their mean: half of them is always above it
MOST_BLOCKS, DAYS_A_BLOCK = 16, 5


def best_of_many(names: Sequence[str], daily: Floats, samples: int, seed: int) -> dict[str, Any]:
    """Against zero on the same days, JSON-ready; `daily` R (n_days, n_runs), columns in the order of `names`.

    What cannot be said of so few days or runs is None.
    """
    n, tried = daily.shape
    found: dict[str, Any] = {"runs": tried, "days": n, "against": "flat", "least_days": MIN_DAYS}
    if n < MIN_DAYS:
        return found | {"best": None, "spa_p": None, "white_p": None, "overfitting": None}
    check = reality_check(daily, samples, seed)
    return found | {
        "best": names[check.best],
        "best_mean_daily_r": float(daily[:, check.best].mean()),
        "spa_p": check.spa_p,
        "white_p": check.white_p,
        "overfitting": _overfitting(daily) if tried >= MIN_RUNS_TO_CHOOSE else None,
    }


def _overfitting(daily: Floats) -> dict[str, Any]:
    """As many blocks as keep `DAYS_A_BLOCK` days each, an even number of at most 16."""
    n, tried = daily.shape
    blocks = min(MOST_BLOCKS, n // DAYS_A_BLOCK // 2 * 2)
    found = overfitting(daily, blocks)
    return {
        "probability": found.probability,
        "among_equals": (tried + 1) // 2 / tried,  # ranks at or below the median
        "loss_probability": found.loss_probability,
        "blocks": blocks,
        "days_a_block": n // blocks,
        "cuts": len(found.logits),
    }
