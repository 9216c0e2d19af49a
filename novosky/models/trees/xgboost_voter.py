"""The XGBoost voter: histogram trees, softmax over the three classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.config.schema.learning import XgboostConfig
from novosky.market.bars import Floats
from novosky.models.bundle.libraries import training_library
from novosky.models.classes import N_CLASSES, Inputs, Labels
from novosky.models.trees.pack_xgboost import pack_xgboost
from novosky.models.trees.table import Trees

FILE = "xgboost.json"


def fit(
    x: Inputs, y: Labels, settings: XgboostConfig, seed: int, threads: int, device: str, weight: Floats | None
) -> tuple[Any, Trees, Floats]:
    """The booster, its trees and their base (3,); the bins come from these rows alone."""
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
    data = xgboost.QuantileDMatrix(x, label=y, weight=weight, nthread=threads)
    booster = xgboost.train(parameters, data, num_boost_round=settings.rounds)
    booster.set_param({"device": "cpu", "nthread": threads})  # asked by hand, it answers as on a machine without a GPU
    return booster, *pack_xgboost(bytes(booster.save_raw("json")))


def write_native(booster: Any, folder: Path) -> None:
    booster.save_model(folder / FILE)
