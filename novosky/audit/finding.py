"""What a check says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.market.bars import Floats

PASS, WARN, FAIL, SKIPPED = "pass", "warn", "fail", "skipped"
SHOWN = 5  # names in a sentence; `details` has all


@dataclass(frozen=True, slots=True)
class Finding:
    """`status` pass, warn, fail or skipped; what was found, where, how to mend it; `details` JSON-ready."""

    status: str
    found: str
    where: str = ""
    mend: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def some_of(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def differs(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.bool_]:
    """Where two arrays of one shape hold other values; NaN equals NaN."""
    unequal: NDArray[np.bool_] = left != right
    if left.dtype.kind == "f":
        unequal &= ~(np.isnan(left) & np.isnan(right))
    return unequal


def deviation(left: Floats, right: Floats) -> Floats:
    """Absolute difference; 0 where both are NaN or equal, infinite where only one is a number."""
    with np.errstate(invalid="ignore"):
        off: Floats = np.abs(left - right)
    off[np.isnan(off)] = np.inf
    off[~differs(left, right)] = 0.0
    return off
