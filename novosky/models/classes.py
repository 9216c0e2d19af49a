"""The three classes as the models see them, and the check that all of them can be learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.errors import UntrainableError
from novosky.labels.barrier import BUY, CLASS_NAMES, HOLD, SELL
from novosky.market.bars import Floats, Ints

Inputs = NDArray[np.float32]
Labels = NDArray[np.int8]
Flags = NDArray[np.bool_]

N_CLASSES = len(CLASS_NAMES)


def class_counts(y: NDArray[Any]) -> Ints:
    """Rows per class, shape (3,)."""
    return np.bincount(y, minlength=N_CLASSES).astype(np.int64)


def class_weights(y: NDArray[Any], weight: Floats | None) -> Floats:
    """Sum of the rows' weights per class, shape (3,); of ones where there are none."""
    return np.bincount(y, weights=weight, minlength=N_CLASSES).astype(np.float64)


def require_all_classes(y: Labels, where: str, names: Sequence[str] = CLASS_NAMES) -> None:
    """Refuse rows that lack a class: a model of two classes would answer with a narrower table, in silence."""
    missing = [name for name, count in zip(names, class_counts(y), strict=True) if count == 0]
    if missing:
        raise UntrainableError(
            f"every class must occur in the rows that a model learns from: {', '.join(missing)} does not occur in "
            f"{where} ({len(y)} rows); give more bars, fewer windows.blocks, or other labels.sl_atr, labels.tp_atr"
        )


__all__ = [
    "BUY",
    "CLASS_NAMES",
    "HOLD",
    "N_CLASSES",
    "SELL",
    "Flags",
    "Inputs",
    "Labels",
    "class_counts",
    "class_weights",
    "require_all_classes",
]
