"""The XGBoost voter: native booster, histogram trees, softmax over the three classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from novosky.config.schema.learning import XgboostConfig
from novosky.market.bars import Floats
from novosky.models.classes import N_CLASSES, Inputs, Labels
from novosky.models.libraries import training_library

FILE = "xgboost.json"


@dataclass(frozen=True, slots=True)
class XgboostVoter:
    booster: Any

    def predict(self, x: Inputs) -> Floats:
        """Class probabilities, shape (n, 3); XGBoost computes them in float32."""
        probabilities = self.booster.inplace_predict(np.ascontiguousarray(x, dtype=np.float32))
        return np.asarray(probabilities, dtype=np.float64).reshape(-1, N_CLASSES)

    def save(self, folder: Path) -> None:
        self.booster.save_model(folder / FILE)


def load(folder: Path, threads: int) -> XgboostVoter:
    xgboost = training_library("xgboost")
    return XgboostVoter(_on_cpu(xgboost.Booster(model_file=folder / FILE), threads))


def fit(x: Inputs, y: Labels, settings: XgboostConfig, seed: int, threads: int, device: str) -> XgboostVoter:
    """Train on `x` (n, features) and class codes `y` (n,); the bins come from these rows alone."""
    xgboost = training_library("xgboost")
    parameters = {
        "objective": "multi:softprob",
        "num_class": N_CLASSES,
        "tree_method": "hist",
        "device": device,
        "learning_rate": settings.learning_rate,
        "max_depth": settings.max_depth,
        "min_child_weight": settings.min_child_weight,
        "subsample": settings.subsample,
        "colsample_bytree": settings.colsample,
        "reg_lambda": settings.l2,
        "seed": seed,
        "nthread": threads,
        "verbosity": 0,
    }
    data = xgboost.QuantileDMatrix(x, label=y, nthread=threads)
    return XgboostVoter(_on_cpu(xgboost.train(parameters, data, num_boost_round=settings.rounds), threads))


def _on_cpu(booster: Any, threads: int) -> Any:
    """Predict on the CPU wherever it was trained: a GPU rounds otherwise."""
    booster.set_param({"device": "cpu", "nthread": threads})
    return booster
