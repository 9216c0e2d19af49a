"""The tables of `analysis.json`: the stage as a whole, then each output over the models that vote and by model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from novosky.market.bars import Floats
from novosky.models.explanation.importance import output_shares, stage_shares, table
from novosky.models.explanation.tree_shap import Explanation


def stage_tables(
    explained: Sequence[Explanation], folds: Sequence[tuple[Explanation, ...]], inputs: tuple[str, ...], top: int
) -> dict[str, Any]:
    """Of the final models (`explained`) and of each fold's own (`folds`); `top` counts for stability."""
    outputs = list(dict.fromkeys(output for one in explained for output in one.model.outputs))
    whole = table(inputs, stage_shares(explained), [stage_shares(fold) for fold in folds], top, "share")
    return {
        **whole,
        "models": {
            one.model.name: {
                "votes": one.model.votes,
                "unit": one.model.unit,
                "largest_error": one.largest_error,
                "base": dict(zip(one.model.outputs, one.base.tolist(), strict=True)),
            }
            for one in explained
        },
        "outputs": {output: _output(explained, folds, output, inputs, top) for output in outputs},
    }


def _output(
    explained: Sequence[Explanation],
    folds: Sequence[tuple[Explanation, ...]],
    output: str,
    inputs: tuple[str, ...],
    top: int,
) -> dict[str, Any]:
    having = [one for one in explained if output in one.model.outputs]
    over = [output_shares(fold, output) for fold in folds]
    models: Mapping[str, Any] = {
        one.model.name: table(
            inputs,
            _of(one, output),
            [_of(found, output) for fold in folds for found in fold if found.model.name == one.model.name],
            top,
            "mean_abs_shap",
        )
        for one in having
    }
    return {"over_models": table(inputs, output_shares(explained, output), over, top, "share"), "models": dict(models)}


def _of(one: Explanation, output: str) -> Floats:
    found: Floats = one.mean_abs()[one.model.outputs.index(output)]
    return found
