"""Which features a loop may drop. Analysis itself never drops any."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def droppable(summary: Mapping[str, Any], threshold: float, protected: Collection[str]) -> list[str]:
    """Features, in their own order, whose share of the total mean |SHAP| is below `threshold` in every stage.

    `summary` is the content of `analysis.json`. A feature stays when any stage that takes it makes use of it, or when
    it is `protected`; inputs that are no features (a trade's state, a signal's probability) are never named. A
    threshold of 0 drops nothing.
    """
    return [
        name
        for name in summary["features"]
        if name not in protected
        and (found := [stage["features"][name] for stage in summary["stages"].values() if name in stage["features"]])
        and all(one["share"] < threshold for one in found)
    ]
