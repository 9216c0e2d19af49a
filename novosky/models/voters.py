"""The voters by name: which take part, how one is trained, how one is read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from novosky.config.schema.learning import SignalStageConfig
from novosky.errors import ConfigError
from novosky.market.bars import Floats
from novosky.models import forest, lightgbm_voter, xgboost_voter
from novosky.models.classes import Inputs, Labels

VOTERS = ("forest", "xgboost", "lightgbm")

_FIT: dict[str, Callable[..., Voter]] = {
    "forest": forest.fit,
    "xgboost": xgboost_voter.fit,
    "lightgbm": lightgbm_voter.fit,
}
_LOAD: dict[str, Callable[[Path, int], Voter]] = {
    "forest": forest.load,
    "xgboost": xgboost_voter.load,
    "lightgbm": lightgbm_voter.load,
}


class Voter(Protocol):
    """A trained classifier over SELL, HOLD, BUY."""

    def predict(self, x: Inputs) -> Floats:
        """Raw class probabilities, shape (n, 3), of inputs of shape (n, features)."""

    def save(self, folder: Path) -> None:
        """Write the voter's one native file into `folder`."""


def enabled_voters(stage: SignalStageConfig) -> tuple[str, ...]:
    """Names of the voters that the configuration switches on, in their fixed order."""
    names = tuple(name for name in VOTERS if getattr(stage, name).enabled)
    if not names:
        raise ConfigError("stage.signal has no voter: set enabled=true in one of stage.signal." + ", ".join(VOTERS))
    return names


def fit_voter(name: str, x: Inputs, y: Labels, stage: SignalStageConfig, seed: int, threads: int, device: str) -> Voter:
    """Train one voter on `x` (n, features) and class codes `y` (n,); `device` is `cpu` or `cuda`."""
    return _FIT[name](x, y, getattr(stage, name), seed, threads, device)


def load_voter(name: str, folder: Path, threads: int) -> Voter:
    return _LOAD[name](folder, threads)


def derived_seed(seed: int, *place: int) -> int:
    """A seed below 2**31 for one voter of one block, independent of the others' (numpy's SeedSequence)."""
    return int(np.random.SeedSequence([seed, *place]).generate_state(1)[0] >> 1)
