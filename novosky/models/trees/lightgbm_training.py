"""LightGBM's training, the same bits at every run, and its model text."""

from __future__ import annotations

import re
from typing import Any

from novosky.config.schema.learning import LightgbmConfig, RegressorConfig
from novosky.market.bars import Floats
from novosky.models.bundle.libraries import training_library
from novosky.models.classes import Inputs


def train_booster(
    x: Inputs,
    target: Any,
    settings: LightgbmConfig | RegressorConfig,
    seed: int,
    threads: int,
    weight: Floats | None,
    objective: dict[str, Any],
) -> Any:
    """A booster trained on `x` (n, features) and `target` (n,), on the CPU; the bins come from these rows alone."""
    lightgbm = training_library("lightgbm")
    parameters = {
        **objective,
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_leaf_rows,
        "bagging_fraction": settings.subsample,
        "bagging_freq": 1,
        "feature_fraction": settings.colsample,
        "lambda_l2": settings.l2,
        "seed": seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(x, label=target, weight=weight, params={"verbosity": -1})
    booster = lightgbm.train(parameters, data, num_boost_round=settings.rounds)
    booster.free_dataset()
    return booster


def native_text(booster: Any) -> str:
    """The model text without the machine's thread count: it depends on data, settings and seed alone."""
    return re.sub(r"^\[num_threads: .*\]\n", "", booster.model_to_string(), flags=re.MULTILINE)
