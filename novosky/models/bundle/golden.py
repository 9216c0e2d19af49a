"""Golden rows: inputs kept with the answers of the day, asked again at every load.

Hashes prove that the files are the same; golden rows prove that today's libraries still read them the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from novosky.errors import ModelCompatibilityError
from novosky.market.bars import Floats
from novosky.models.bundle.arrays import read_arrays, write_arrays
from novosky.models.classes import Inputs

FILE = "golden.npz"
ROWS = 100
TOLERANCE = 1e-9  # the compiled trees add up in float64; what may differ between machines is the last bit of exp()


def golden_rows(x: Inputs) -> Inputs:
    """`ROWS` rows of `x`, evenly spread."""
    return x[np.linspace(0, len(x) - 1, ROWS).astype(np.int64)]


def write_golden(folder: Path, inputs: Inputs, outputs: Floats) -> None:
    """Keep `inputs` (rows, features) and the calibrated `outputs` (voters, rows, 3)."""
    write_arrays(folder / FILE, {"inputs": inputs, "outputs": outputs})


def read_golden(folder: Path) -> tuple[Inputs, Floats]:
    arrays = read_arrays(folder / FILE)
    return arrays["inputs"], arrays["outputs"]


def check_golden(
    names: tuple[str, ...], then: Floats, now: Floats, versions_then: Mapping[str, str], versions_now: Mapping[str, str]
) -> None:
    """Refuse a voter whose answers (voters, rows, 3) moved by more than `TOLERANCE`, naming the libraries."""
    for name, before, after in zip(names, then, now, strict=True):
        moved = float(np.max(np.abs(after - before)))
        if moved <= TOLERANCE:
            continue
        changed = [
            f"{library} {version} then, {versions_now[library]} now"
            for library, version in sorted(versions_then.items())
            if library in versions_now and versions_now[library] != version
        ]
        raise ModelCompatibilityError(
            f"the {name} voter answers its golden rows otherwise than in training (by {moved:.2g}, at most "
            f"{TOLERANCE:g} allowed): {'; '.join(changed) or 'the library versions are the same, the machine is not'}; "
            "install the version of then, or train again: run.py mode=train"
        )
