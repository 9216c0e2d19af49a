"""Which bars the signal stage learns from."""

from __future__ import annotations

import numpy as np

from novosky.evaluation.windows import Window, block_edges
from novosky.features.build import FeatureMatrix
from novosky.labels.barrier import UNKNOWN, BarrierLabels
from novosky.models.forward.training_rows import TrainingRows


def signal_rows(
    features: FeatureMatrix, labels: BarrierLabels, train: Window, blocks: int, embargo_bars: int
) -> TrainingRows:
    """Every bar of train after the warm-up whose label ends inside train, cut into forward blocks."""
    edges = block_edges(features.warmup_bars, train, blocks)
    bar = np.arange(features.warmup_bars, train.stop, dtype=np.int64)
    bar = bar[(labels.y[bar] != UNKNOWN) & (labels.end[bar] < train.stop)]
    return TrainingRows(
        x=np.ascontiguousarray(features.values[bar], dtype=np.float32),
        y=labels.y[bar],
        bar=bar,
        label_end=labels.end[bar],
        edges=edges,
        embargo_bars=embargo_bars,
    )
