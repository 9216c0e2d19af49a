"""The signal stage by the original's load order: for inspection and comparison, never for trading."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from novosky.market.bars import Floats
from novosky.models.bundle.bundle import PICKLES
from novosky.models.classes import Inputs
from novosky.models.inspection.load_order import LoadedVoter, load_by_original_order
from novosky.models.stages.inputs import check_inputs
from novosky.models.stages.signal import STAGE, SignalModel
from novosky.models.stages.voter_stage import VoterModel


@dataclass(frozen=True)
class OriginalSignal(SignalModel):
    """The signal stage whose voters answer through calibrated pickle, ONNX or raw pickle."""

    loaded: tuple[LoadedVoter, ...]

    def predict(self, x: Inputs, threads: int = 1) -> Floats:
        """Calibrated probabilities of the kept voters, shape (kept, n, 3)."""
        return self.predict_all(x, threads)[self.kept]

    def predict_all(self, x: Inputs, threads: int = 1) -> Floats:
        """Calibrated probabilities of all voters, shape (voters, n, 3)."""
        check_inputs(self.facts, x)
        return np.stack([voter.predict(x) for voter in self.loaded])


def load_order_of(model: VoterModel, root: Path, stage: str, threads: int) -> tuple[LoadedVoter, ...]:
    """Each voter of a stage in `root` from the first source there is, compared on the golden rows."""
    answers = model.predict_all(model.golden)
    return tuple(
        load_by_original_order(
            model.names, root / stage, root / PICKLES / stage, model.golden, answers, model.calibrators, threads
        )
    )


def original_signal(model: SignalModel, root: Path, threads: int) -> OriginalSignal:
    """`model` with its voters loaded as the original loads them."""
    own = {field.name: getattr(model, field.name) for field in fields(SignalModel)}
    return OriginalSignal(**own, loaded=load_order_of(model, root, STAGE, threads))
