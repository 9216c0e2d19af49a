"""The LightGBM voter: native booster, softmax over the three classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from novosky.config.schema.learning import LightgbmConfig
from novosky.market.bars import Floats
from novosky.models.classes import N_CLASSES, Inputs, Labels
from novosky.models.libraries import training_library

FILE = "lightgbm.txt"


@dataclass(frozen=True, slots=True)
class LightgbmVoter:
    booster: Any
    threads: int

    def predict(self, x: Inputs) -> Floats:
        """Class probabilities, shape (n, 3)."""
        probabilities = self.booster.predict(np.ascontiguousarray(x, dtype=np.float32), num_threads=self.threads)
        return np.asarray(probabilities, dtype=np.float64)

    def save(self, folder: Path) -> None:
        # the thread count is the machine's; without it the file depends on data, settings and seed alone
        text = re.sub(r"^\[num_threads: .*\]\n", "", self.booster.model_to_string(), flags=re.MULTILINE)
        (folder / FILE).write_bytes(text.encode())


def load(folder: Path, threads: int) -> LightgbmVoter:
    lightgbm = training_library("lightgbm")
    text = (folder / FILE).read_bytes().decode()
    return LightgbmVoter(lightgbm.Booster(model_str=text), threads)


def fit(x: Inputs, y: Labels, settings: LightgbmConfig, seed: int, threads: int, device: str) -> LightgbmVoter:
    """Train on `x` (n, features) and class codes `y` (n,), on the CPU; the bins come from these rows alone."""
    lightgbm = training_library("lightgbm")
    parameters = {
        "objective": "multiclass",
        "num_class": N_CLASSES,
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
    data = lightgbm.Dataset(x, label=y, params={"verbosity": -1})
    booster = lightgbm.train(parameters, data, num_boost_round=settings.rounds)
    booster.free_dataset()
    return LightgbmVoter(booster, threads)
