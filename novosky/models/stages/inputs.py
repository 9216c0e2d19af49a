"""The gate before every stage's models: the right number of columns, and nothing that is not finite."""

from __future__ import annotations

import numpy as np

from novosky.errors import DataError, ModelCompatibilityError
from novosky.models.bundle.manifest import Manifest
from novosky.models.classes import Inputs


def check_inputs(facts: Manifest, x: Inputs) -> None:
    """Refuse `x` (n, inputs) that the model of `facts` was not made for; compiled trees check nothing."""
    names, stage = facts["inputs"], facts["stage"]
    if x.ndim != 2 or x.shape[1] != len(names):
        raise ModelCompatibilityError(f"{stage} model: expected inputs of shape (n, {len(names)}), found {x.shape}")
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise DataError(f"{stage} model: expected finite inputs, found {x[row, column]} in {names[column]}, row {row}")
