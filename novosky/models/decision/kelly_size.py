"""The risk stage inside the loop: how much of the profile's risk the next trade takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from novosky.execution.compiled import compiled
from novosky.labels.kelly import kelly_multiplier
from novosky.market.bars import Floats
from novosky.models.trees.lightgbm_regressor import Regressor, regress_row
from novosky.models.trees.table import Trees


class KellySize(NamedTuple):
    """Regressors of the next trades' mean R and mean R squared; without `enabled` every trade has its full size."""

    enabled: bool
    mean_r: Trees
    mean_r_base: float
    mean_square_r: Trees
    mean_square_r_base: float
    least_square_r: float  # floor of the second, above 0
    full_size_kelly: float


def kelly_size(mean_r: Regressor, mean_square_r: Regressor, least_square_r: float, full_size_kelly: float) -> KellySize:
    return KellySize(
        True, mean_r.trees, mean_r.base, mean_square_r.trees, mean_square_r.base, least_square_r, full_size_kelly
    )


def full_size() -> KellySize:
    """No risk model: every trade has its full size."""
    count, node = np.zeros(0, np.int64), np.zeros(0, np.int32)
    nothing = Trees(count, count, count, node, node, np.zeros(0, np.float32), np.zeros((0, 1)))
    return KellySize(False, nothing, 0.0, nothing, 0.0, 1.0, 1.0)


@compiled
def risk_multiplier(size: KellySize, equity: Floats) -> float:
    """Multiplier of the profile's risk, 0.10-1.25, after `equity` (7,), `RISK_FEATURES`; 1 when not enabled."""
    if not size.enabled:
        return 1.0
    x = equity.astype(np.float32)
    mean = regress_row(size.mean_r, size.mean_r_base, x)
    square = max(regress_row(size.mean_square_r, size.mean_square_r_base, x), size.least_square_r)
    return kelly_multiplier(mean, square, size.full_size_kelly)
