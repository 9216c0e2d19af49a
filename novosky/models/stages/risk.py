"""The risk stage: how much of the profile's risk a trade takes, by how the last trades went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from novosky.config.schema.learning import RiskStageConfig
from novosky.labels.kelly import kelly_multiplier
from novosky.market.bars import Floats
from novosky.models.bundle.golden import golden_rows
from novosky.models.bundle.provenance import Provenance
from novosky.models.decision.kelly_size import KellySize, kelly_size
from novosky.models.forward.gain import weighted_gain
from novosky.models.forward.out_of_fold import Progress
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.regression_folder import load_regression, save_regression
from novosky.models.stages.regression_stage import RegressionModel, regression_facts, train_regressors

STAGE = "risk"
NAMES = ("mean_r", "mean_square_r")
LEAST_SHARE = 0.1  # of the training mean of R squared: a regressor that foresees no risk at all is wrong


@dataclass(frozen=True)
class RiskModel(RegressionModel):
    """Regressors of the next trades' mean R and mean R squared; `multipliers` (rows,) out of fold, NaN where none."""

    multipliers: Floats

    @cached_property
    def size(self) -> KellySize:
        """The model for the compiled loop."""
        mean_r, mean_square_r = self.regressors
        return kelly_size(mean_r, mean_square_r, self.facts["least_square_r"], self.facts["full_size_kelly"])

    @property
    def mean_multiplier(self) -> float:
        """Mean on out-of-fold trades of train: what the reference score divides by."""
        return float(self.facts["mean_multiplier"])


def train_risk(
    rows: RegressionRows,
    r: Floats,
    stage: RiskStageConfig,
    provenance: Provenance,
    *,
    seed: int,
    threads: int,
    progress: Progress,
) -> RiskModel:
    """Regressors forward in time, then on all trades; `r` (rows,) is each trade's own R, which the sizes weigh.

    Raises `DataError` when there are too few trades.
    """
    regressors, forward = train_regressors(STAGE, rows, stage.lightgbm, seed=seed, threads=threads, progress=progress)
    learned, judged = rows.known_before(rows.n_blocks), forward.predicted
    multipliers = np.full(len(r), np.nan)
    for row in np.flatnonzero(judged):
        mean, square = forward.value[row]
        least = LEAST_SHARE * forward.base[row, 1]
        multipliers[row] = kelly_multiplier(mean, max(square, least), full_size_fraction(stage, *forward.base[row]))
    gain = weighted_gain(r[judged], multipliers[judged], stage.next_trades, seed)
    facts = {
        **regression_facts(STAGE, rows, forward, provenance, seed),
        "full_size_kelly": full_size_fraction(stage, *rows.target[learned].mean(axis=0)),
        "least_square_r": LEAST_SHARE * float(rows.target[learned, 1].mean()),
        "mean_multiplier": float(multipliers[judged].mean()),
        "skill": {"equal_sizes": gain.to_json()},
        "no_skill_found": not gain.found,
    }
    return RiskModel(NAMES, regressors, golden_rows(rows.x[learned]), facts, multipliers)


def full_size_fraction(stage: RiskStageConfig, mean_r: float, mean_square_r: float) -> float:
    """Kelly fraction of the full size: the set one, or the average of what was learned from where that is larger.

    Were an edge of twice the set fraction full size everywhere, its better half would look like its worse one.
    """
    return max(stage.full_size_kelly, mean_r / mean_square_r if mean_square_r > 0.0 else 0.0)


def save_risk(model: RiskModel, folder: Path) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""
    return save_regression(model, {"multipliers": model.multipliers}, folder)


def load_risk(folder: Path, feature_names: Sequence[str], feature_hash: str) -> RiskModel:
    """The verified model in `folder`; raises as `load_regression`."""
    model, arrays = load_regression(folder, STAGE, feature_names, feature_hash)
    return RiskModel(model.names, model.regressors, model.golden, model.facts, arrays["multipliers"])
