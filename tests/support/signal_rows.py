"""Small training rows with a planted edge, or none, and settings that train on them within a second."""

from __future__ import annotations

import numpy as np

from novosky.config.schema.learning import (
    ForestConfig,
    LightgbmConfig,
    PredictionConfig,
    SignalStageConfig,
    XgboostConfig,
)
from novosky.models.bundle.provenance import Provenance
from novosky.models.forward.training_rows import TrainingRows

FIRST_BAR = 100
LIFE = 10
NAMES = tuple(f"feature_{i}" for i in range(6))


def training_rows(n: int = 2000, edge: float = 1.0, seed: int = 0, blocks: int = 8, embargo: int = 12) -> TrainingRows:
    """The class follows `edge` times the product of two features' signs, plus noise; labels live up to 10 bars."""
    random = np.random.Generator(np.random.PCG64(seed))
    x = random.normal(size=(n, len(NAMES))).astype(np.float32)
    score = edge * np.sign(x[:, 0]) * np.sign(x[:, 1]) + random.normal(size=n)
    y = np.where(score > 0.5, 2, np.where(score < -0.5, 0, 1)).astype(np.int8)
    bar = np.arange(FIRST_BAR, FIRST_BAR + n)
    life = random.integers(1, LIFE + 1, n)
    life[0] = LIFE
    edges = np.linspace(FIRST_BAR, FIRST_BAR + n, blocks + 1).astype(np.int64)
    return TrainingRows(x, y, bar, bar + life, edges, embargo)


def stage(calibration: str = "sigmoid", forest: bool = True, xgboost: bool = True) -> SignalStageConfig:
    return SignalStageConfig(
        forest=ForestConfig(forest, trees=8, max_depth=4, min_samples_leaf=5, max_features=0.7, max_samples=0.8),
        xgboost=XgboostConfig(
            xgboost,
            rounds=8,
            learning_rate=0.3,
            max_depth=3,
            min_child_weight=1.0,
            subsample=0.8,
            colsample=0.8,
            l2=1.0,
        ),
        lightgbm=LightgbmConfig(
            True, rounds=8, learning_rate=0.3, leaves=7, min_leaf_rows=10, subsample=0.8, colsample=0.8, l2=1.0
        ),
        calibration=calibration,
        skill_confidence=0.95,
    )


def prediction(**changes: object) -> PredictionConfig:
    return PredictionConfig(**{"rule": "quantile", "vote": "direction", **changes})  # type: ignore[arg-type]


def provenance(rows: TrainingRows) -> Provenance:
    return Provenance(
        feature_names=NAMES,
        feature_hash="f" * 64,
        label_fingerprint="l" * 64,
        settings={"labels.horizon_bars": 16},
        config_fingerprints={"stage.signal": "s" * 64},
        snapshot_hash="d" * 64,
        calendar_hash=None,
        bar_time_ms=1_700_000_000_000 + 900_000 * np.arange(int(rows.edges[-1]) + 100),
        predecessors={},
        inputs=NAMES,
    )


def silent(text: str, share: float) -> None:
    """A progress callback that says nothing."""
