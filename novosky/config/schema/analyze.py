"""How `mode=analyze` looks into the models."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class AnalyzeConfig:
    rows: int = key(REQUIRED, "rows of each stage whose SHAP values are computed", ge=20, le=1_000_000)
    folds: int = key(REQUIRED, "last forward folds whose own models are looked into; 0: none", ge=0, le=100)
    fold_rows: int = key(REQUIRED, "rows of each fold whose SHAP values are computed", ge=20, le=1_000_000)
    top: int = key(REQUIRED, "how many features count as the top", ge=1, le=1000)
    permutation_rows: int = key(REQUIRED, "unseen rows, over all folds, on which inputs are shuffled", ge=20)
    permutation_repeats: int = key(REQUIRED, "shuffles of each input", ge=1, le=1000)
    cluster_correlation: float = key(REQUIRED, "mean rank correlation of a cluster's members, at least", gt=0, lt=1)
    redundancy_rows: int = key(REQUIRED, "rows of train whose rank correlation is computed", ge=20)
    picture_rows: int = key(REQUIRED, "rows drawn in each picture", ge=20, le=10_000)
