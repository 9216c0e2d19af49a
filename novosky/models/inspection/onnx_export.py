"""Models as ONNX, the calibration inside the graph: what other runtimes need to give the probabilities of ours.

Written from our own tables, as the public converters cannot take a trained booster with a calibration of its own. The
compiled trees decide in backtest and live alike; these files are for inspection, comparison and export.
"""

from __future__ import annotations

import numpy as np

from novosky.errors import NovoskyError
from novosky.market.bars import Floats
from novosky.models.inspection.onnx_calibration import calibrated
from novosky.models.inspection.onnx_graph import Graph
from novosky.models.inspection.onnx_trees import leaf_sums
from novosky.models.trees.calibration import Calibrator
from novosky.models.trees.table import Trees


def voter_to_onnx(trees: Trees, link: str, base: Floats, calibrator: Calibrator | None, n_features: int) -> bytes:
    """A classifier: `x` float32 (n, n_features) -> `probabilities` double (n, classes), raw without a calibrator.

    `link` is `mean` or `softmax` of `base` (classes,) plus the leaf values. Equal models give equal bytes.
    """
    graph = Graph(n_features)
    scores = graph.add("Add", leaf_sums(graph, trees, len(base)), graph.constant(base))
    if link == "mean":
        raw = graph.add("Div", scores, graph.constant(len(trees.root)))
    elif link == "softmax":
        raw = graph.add("Softmax", scores, axis=1)
    else:
        raise NovoskyError(f"voter_to_onnx: expected the link mean or softmax, found {link}")
    answer = raw if calibrator is None else calibrated(graph, calibrator, raw)
    return graph.finish(answer, "probabilities", ["n", len(base)])


def regressor_to_onnx(trees: Trees, base: float, n_features: int) -> bytes:
    """A regressor of one output: `x` float32 (n, n_features) -> `value` double (n,), `base` plus the leaf values."""
    graph = Graph(n_features)
    value = graph.add("Add", leaf_sums(graph, trees, 1), graph.constant(base))
    return graph.finish(graph.add("Squeeze", value, graph.constant([1], np.int64)), "value", ["n"])
