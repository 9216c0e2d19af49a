"""Predictions that are no numbers refuse the run: nothing may be decided by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from novosky.errors import ModelCompatibilityError
from novosky.market.bars import Floats, Ints, utc_text


def check_finite(answers: Floats, time_ms: Ints, names: Sequence[str]) -> None:
    """Refuse NaN and infinity in `answers` (models, bars, columns) on bars that open at `time_ms` (bars,).

    Raises `ModelCompatibilityError` with the first model of `names` that gave one, how many bars and the first of them.
    """
    for name, table in zip(names, answers, strict=True):
        rows = ~np.isfinite(table).all(axis=1)
        if rows.any():
            first = utc_text(int(time_ms[np.argmax(rows)]))
            raise ModelCompatibilityError(
                f"{name}: expected numbers as predictions, found NaN or infinity on {int(rows.sum())} of {len(rows)} "
                f"bars, first on the bar of {first}; check those bars with mode=data, then train the stage again"
            )
