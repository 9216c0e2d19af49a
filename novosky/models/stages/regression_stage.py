"""A stage that foresees values, sltp or risk: one LightGBM regressor a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from novosky.config.schema.learning import RegressorConfig
from novosky.market.bars import Floats
from novosky.models.bundle.libraries import library_versions
from novosky.models.bundle.manifest import Manifest
from novosky.models.bundle.provenance import Provenance, learned_window, origin
from novosky.models.classes import Inputs
from novosky.models.forward.out_of_fold import Progress
from novosky.models.forward.values import ForwardValues, RegressionRows, forward_values
from novosky.models.stages.inputs import check_inputs
from novosky.models.trees.lightgbm_regressor import Regressor, fit_regressor
from novosky.models.trees.voters import derived_seed

LEAVES_TO_LEARN = 2  # a tree that can split at all


@dataclass(frozen=True)
class RegressionModel:
    """Trained regressors, one a name; `facts` is the manifest's content, `golden` its input rows."""

    names: tuple[str, ...]
    regressors: tuple[Regressor, ...]
    golden: Inputs
    facts: Manifest

    @property
    def no_skill_found(self) -> bool:
        """The stage's choice was not better than the plain one, out of fold."""
        return bool(self.facts["no_skill_found"])

    @property
    def train_end_ms(self) -> int:
        """Open time of the last bar that training saw, the life of its targets included; UTC epoch ms."""
        return int(self.facts["train"]["end_ms"])

    def values(self, x: Inputs, threads: int = 1) -> Floats:
        """What the regressors say of `x` (n, inputs), shape (n, names)."""
        check_inputs(self.facts, x)
        return np.column_stack([regressor.predict(x, threads) for regressor in self.regressors])


def least_rows(settings: RegressorConfig) -> int:
    """Fewest rows that these settings can learn from."""
    return LEAVES_TO_LEARN * settings.min_leaf_rows


def train_regressors(
    stage: str, rows: RegressionRows, settings: RegressorConfig, *, seed: int, threads: int, progress: Progress
) -> tuple[tuple[Regressor, ...], ForwardValues]:
    """Regressors of each target on all rows whose targets end inside train, and out-of-fold values before that.

    `progress(text, share done)` is called after every block. Raises `DataError` when there are too few rows.
    """

    def fit(x: Inputs, target: Floats, block: int) -> Sequence[Regressor]:
        return tuple(
            fit_regressor(x, target[:, v], settings, derived_seed(seed, block, v), threads)
            for v in range(target.shape[1])
        )

    def forward_progress(text: str, share: float) -> None:
        progress(text, share * (rows.n_blocks - 1) / (rows.n_blocks + 1))  # the last fit takes 2 of n + 1 parts

    forward = forward_values(stage, rows, least_rows(settings), fit, threads, forward_progress)
    learned = rows.known_before(rows.n_blocks)
    regressors = tuple(fit(rows.x[learned], rows.target[learned], rows.n_blocks))
    progress("all of train", 1.0)
    return regressors, forward


def regression_facts(
    stage: str, rows: RegressionRows, forward: ForwardValues, provenance: Provenance, seed: int
) -> Manifest:
    """What the manifest of either stage says of its rows and their origin."""
    learned = rows.known_before(rows.n_blocks)
    window = learned_window(rows.bar[learned], rows.label_end[learned], provenance.bar_time_ms)
    return {
        "stage": stage,
        **origin(provenance, rows.edges, rows.embargo_bars, library_versions(("lightgbm",)), seed),
        "train": {**window, "first_forward_block": forward.first_block, "rows": int(learned.sum())},
    }
