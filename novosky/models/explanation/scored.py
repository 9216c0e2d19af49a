"""One model as SHAP sees it: trees whose leaf values add up to the score that decides, before any calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from novosky.market.bars import Floats
from novosky.models.classes import Flags, Inputs
from novosky.models.trees.lightgbm_regressor import Regressor
from novosky.models.trees.table import Trees
from novosky.models.trees.voters import Voter
from novosky.models.trees.walk import predict

UNITS = {"mean": "probability", "softmax": "log-odds", "identity": "target's own unit"}


class Scored(NamedTuple):
    """`base` (outputs,); `link` as in `trees.walk`; `votes`: the model takes part in decisions."""

    name: str
    outputs: tuple[str, ...]
    trees: Trees
    base: Floats
    link: str
    votes: bool

    @property
    def unit(self) -> str:
        """Of the score: a softmax voter's is the margin of the class, a forest's already its probability."""
        return UNITS[self.link]

    def score(self, x: Inputs, threads: int = 1) -> Floats:
        """The compiled trees' own sums (n, outputs) of `x` (n, inputs): what a softmax, then a calibrator, is given."""
        return predict(self.trees, self.base, "mean" if self.link == "mean" else "identity", x, threads)


def scored_voters(voters: Sequence[Voter], votes: Flags, outputs: tuple[str, ...]) -> tuple[Scored, ...]:
    """Voters with the names of their classes; `votes` (voters,)."""
    return tuple(
        Scored(voter.name, outputs, voter.trees, voter.base, voter.link, bool(kept))
        for voter, kept in zip(voters, votes, strict=True)
    )


def scored_regressors(names: Sequence[str], regressors: Sequence[Regressor]) -> tuple[Scored, ...]:
    """Regressors; each is a model of one output by its own name."""
    return tuple(
        Scored(name, (name,), regressor.trees, np.array([regressor.base]), "identity", True)
        for name, regressor in zip(names, regressors, strict=True)
    )
