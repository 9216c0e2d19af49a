"""The position stage on disk: as the signal stage, and the voters of each forward block."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from novosky.labels.position_states import CLASS_NAMES
from novosky.models.bundle.arrays import read_arrays, write_arrays
from novosky.models.stages.position import STAGE, PositionModel
from novosky.models.stages.voter_folder import load_voters, save_voters
from novosky.models.trees.ensemble import from_arrays, to_arrays

BLOCKS_FILE = "blocks.npz"


def save_position(model: PositionModel, folder: Path) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""
    blocks = {
        f"{k}.{name}": array for k, ensemble in model.blocks.items() for name, array in to_arrays(ensemble).items()
    }
    return save_voters(model, folder, CLASS_NAMES, lambda new: write_arrays(new / BLOCKS_FILE, blocks))


def load_position(folder: Path, feature_names: Sequence[str], feature_hash: str) -> PositionModel:
    """The verified model in `folder`; raises as `load_voters`."""
    model = load_voters(folder, STAGE, CLASS_NAMES, feature_names, feature_hash)
    arrays = read_arrays(folder / BLOCKS_FILE)
    numbers = sorted({int(name.split(".")[0]) for name in arrays})
    blocks = {
        k: from_arrays({name.split(".", 1)[1]: array for name, array in arrays.items() if name.startswith(f"{k}.")})
        for k in numbers
    }
    return PositionModel(model.names, model.voters, model.out_of_fold, model.golden, model.facts, blocks)
