"""The regressor of the later stages: LightGBM on squared error, walked by our own code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from novosky.config.schema.learning import RegressorConfig
from novosky.execution.compiled import compiled
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.trees.lightgbm_training import native_text, train_booster
from novosky.models.trees.pack_lightgbm import pack_lightgbm
from novosky.models.trees.table import Trees, read_trees, write_trees
from novosky.models.trees.walk import add_row, predict


@dataclass(frozen=True)
class Regressor:
    """One number a row: base + sum of leaf values. `native` is LightGBM's booster, None when read from a folder."""

    trees: Trees
    base: float
    native: Any = None

    def predict(self, x: Inputs, threads: int = 1) -> Floats:
        """Answers (n,) for the rows of `x` (n, features)."""
        return predict(self.trees, np.array([self.base]), "identity", x, threads)[:, 0]

    def save(self, folder: Path, name: str) -> None:
        """Write LightGBM's own text, where there is a booster, and `<name>.npz`, which is read back."""
        if self.native is not None:
            (folder / f"{name}.txt").write_bytes(native_text(self.native).encode())
        write_trees(folder / f"{name}.npz", self.trees, {"base": np.array([self.base])})


def fit_regressor(
    x: Inputs, y: Floats, settings: RegressorConfig, seed: int, threads: int, weight: Floats | None = None
) -> Regressor:
    """Train on `x` (n, features), `y` (n,) and weights (n,), scaled to mean 1; LightGBM's first tree holds the mean."""
    share = None if weight is None else weight / weight.mean()
    booster = train_booster(x, y, settings, seed, threads, share, {"objective": "regression"})
    return Regressor(pack_lightgbm(native_text(booster)), 0.0, booster)


def load_regressor(folder: Path, name: str) -> Regressor:
    trees, more = read_trees(folder / f"{name}.npz")
    return Regressor(trees, float(more["base"][0]))


@compiled
def regress_row(trees: Trees, base: float, x: Inputs) -> float:
    """The answer for one row `x` (features,) float32, all finite, from inside a compiled loop."""
    out = np.full(1, base)
    add_row(trees, x, out)
    return out[0]  # type: ignore[no-any-return]
