"""The signal stage on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from novosky.models.classes import CLASS_NAMES
from novosky.models.stages.signal import STAGE, SignalModel
from novosky.models.stages.voter_folder import load_voters, save_voters


def save_signal(model: SignalModel, folder: Path) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""
    return save_voters(model, folder, CLASS_NAMES)


def load_signal(folder: Path, feature_names: Sequence[str], feature_hash: str) -> SignalModel:
    """The verified model in `folder`; raises as `load_voters`."""
    model = load_voters(folder, STAGE, CLASS_NAMES, feature_names, feature_hash)
    return SignalModel(model.names, model.voters, model.out_of_fold, model.golden, model.facts)
