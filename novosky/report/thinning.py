"""Long curves with fewer points and the same picture."""

from __future__ import annotations

import itertools

import numpy as np

from novosky.market.bars import Floats, Ints

BUCKETS = 1000  # about one a pixel on a wide screen


def drawn_points(values: Floats, buckets: int = BUCKETS) -> Ints:
    """Indices to draw: first, lowest, highest and last value of each bucket, so that no extreme is lost.

    M4 aggregation, Jugel and others, "M4: a visualization-oriented time series data aggregation", VLDB 2014.
    """
    n = len(values)
    if n <= 4 * buckets:
        return np.arange(n)
    edges = np.linspace(0, n, buckets + 1).astype(np.int64)
    kept: set[int] = set()
    for start, stop in itertools.pairwise(edges.tolist()):
        part = values[start:stop]
        kept.update((start, start + int(np.argmin(part)), start + int(np.argmax(part)), stop - 1))
    return np.array(sorted(kept), np.int64)
