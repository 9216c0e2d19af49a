"""The voters by name: which take part, how one is trained, how one answers, how one is read back.

The libraries only train. Every prediction, in training, in a backtest and live, walks the same compiled trees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from novosky.config.schema.learning import PositionStageConfig, SignalStageConfig
from novosky.errors import ConfigError
from novosky.market.bars import Floats
from novosky.models.classes import Inputs, Labels
from novosky.models.trees import forest, lightgbm_voter, xgboost_voter
from novosky.models.trees.table import Trees, read_trees, write_trees
from novosky.models.trees.walk import predict

VOTERS = ("forest", "xgboost", "lightgbm")

_FIT: dict[str, Callable[..., tuple[Any, Trees, Floats]]] = {
    "forest": forest.fit,
    "xgboost": xgboost_voter.fit,
    "lightgbm": lightgbm_voter.fit,
}
_LINK = {"forest": "mean", "xgboost": "softmax", "lightgbm": "softmax"}
_WRITE_NATIVE: dict[str, Callable[[Any, Path], None]] = {
    "xgboost": xgboost_voter.write_native,
    "lightgbm": lightgbm_voter.write_native,
}


@dataclass(frozen=True)
class Voter:
    """A trained classifier over three classes: raw probabilities are link(base + sum of leaf values).

    `link` is `mean` (sum / trees) or `softmax`; `base` (3,); `native` is the library's model, None when read from a
    folder.
    """

    name: str
    trees: Trees
    link: str
    base: Floats
    native: Any = None

    def predict(self, x: Inputs, threads: int = 1) -> Floats:
        """Raw class probabilities, shape (n, 3), of inputs of shape (n, features); refuses what is not finite."""
        return predict(self.trees, self.base, self.link, x, threads)

    def save(self, folder: Path) -> None:
        """Write `<name>.npz`, which is read back, and the library's own file (a forest has none but its arrays)."""
        if self.native is not None and self.name in _WRITE_NATIVE:
            _WRITE_NATIVE[self.name](self.native, folder)
        write_trees(folder / f"{self.name}.npz", self.trees, {"base": self.base, "link": np.array([self.link])})


def enabled_voters(stage: SignalStageConfig | PositionStageConfig) -> tuple[str, ...]:
    """Names of the voters that the configuration switches on, in their fixed order."""
    names = tuple(name for name in VOTERS if getattr(stage, name).enabled)
    if not names:
        where = "stage.position" if isinstance(stage, PositionStageConfig) else "stage.signal"
        mend = ", ".join(f"{where}.{name}" for name in VOTERS)
        raise ConfigError(f"{where} has no voter: set enabled=true in one of {mend}")
    return names


def fit_voter(
    name: str,
    x: Inputs,
    y: Labels,
    stage: SignalStageConfig | PositionStageConfig,
    seed: int,
    threads: int,
    device: str,
    weight: Floats | None = None,
) -> Voter:
    """Train one voter on `x` (n, features), class codes `y` (n,) and the rows' weights (n,), all alike where None.

    Weights are scaled to mean 1, so that their unit never matters beside penalties and sample sizes. `device` is `cpu`
    or `cuda`; only XGBoost makes use of it.
    """
    share = None if weight is None else weight / weight.mean()
    native, trees, base = _FIT[name](x, y, getattr(stage, name), seed, threads, device, share)
    return Voter(name, trees, _LINK[name], base, native)


def load_voter(name: str, folder: Path) -> Voter:
    """The voter as `save` wrote it, from its `.npz` alone; imports no training library."""
    trees, more = read_trees(folder / f"{name}.npz")
    return Voter(name, trees, str(more["link"][0]), more["base"])


def derived_seed(seed: int, *place: int) -> int:
    """A seed below 2**31 for one voter of one block, independent of the others' (numpy's SeedSequence)."""
    return int(np.random.SeedSequence([seed, *place]).generate_state(1)[0] >> 1)
