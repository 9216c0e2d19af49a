"""Where a result stands among all that was tried on its bars: looks, deflated Sharpe ratio, what the gate has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.significance import Course
from novosky.config.schema import Config
from novosky.evaluation.budget import next_share
from novosky.evaluation.looks import Look, read_ledger, spread_of_looks
from novosky.evaluation.sharpe_tests import DailyShape, deflated_sharpe, expected_best_sharpe
from novosky.market.bars import utc_text

ENOUGH_LOOKS = 5  # fewer daily Sharpe ratios have no spread worth using


def standing_block(config: Config, look: Look, course: Course) -> dict[str, Any]:
    """Of a look that the ledger holds already.

    Keys that grow with later looks, so they belong to `volatile`.
    """
    ledger, shape = Path(config.paths.looks), course.shape()
    looks, unreadable = read_ledger(ledger, look.underlying, look.from_ms, look.to_ms)
    distinct = len({other.name for other in looks})
    share = next_share(ledger, look.underlying, look.from_ms, look.to_ms, look.name, None, config.gate)
    return {
        "looks": distinct,
        "looks_unreadable": unreadable,
        "deflated": None if shape is None else _deflated(looks, distinct, shape, course.days_per_year),
        "budget": {
            "try": share.number,
            "alpha": share.alpha,
            "spent": share.spent,
            "fresh_after": None if share.fresh_after_ms is None else utc_text(share.fresh_after_ms + 1),
        },
    }


def _deflated(looks: Any, distinct: int, shape: DailyShape, days_per_year: int) -> dict[str, Any]:
    """The spread of the looks' ratios where enough are known, otherwise that of ratios without skill."""
    spread = spread_of_looks(looks, "sharpe")
    known = spread.configurations >= ENOUGH_LOOKS
    variance = spread.variance if known and spread.variance is not None else 1.0 / (shape.days - 1)
    return {
        "probability": deflated_sharpe(shape, distinct, variance),
        "best_by_luck_sharpe_annual": expected_best_sharpe(distinct, variance) * float(np.sqrt(days_per_year)),
        "spread_from": "looks" if known else "days",
    }
