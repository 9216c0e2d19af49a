"""The LightGBM voter: softmax over the three classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from novosky.config.schema.learning import LightgbmConfig
from novosky.market.bars import Floats
from novosky.models.classes import N_CLASSES, Inputs, Labels
from novosky.models.trees.lightgbm_training import native_text, train_booster
from novosky.models.trees.pack_lightgbm import pack_lightgbm
from novosky.models.trees.table import Trees

FILE = "lightgbm.txt"


def fit(
    x: Inputs, y: Labels, settings: LightgbmConfig, seed: int, threads: int, device: str, weight: Floats | None
) -> tuple[Any, Trees, Floats]:
    """The booster, its trees and their base (3,); LightGBM trains on the CPU whatever the device."""
    objective = {"objective": "multiclass", "num_class": N_CLASSES}
    booster = train_booster(x, y, settings, seed, threads, weight, objective)
    return booster, pack_lightgbm(native_text(booster)), np.zeros(N_CLASSES)


def write_native(booster: Any, folder: Path) -> None:
    (folder / FILE).write_bytes(native_text(booster).encode())
