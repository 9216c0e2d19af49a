"""Calibration as plain ONNX operators, in double: the formulas of `calibration.py`, step by step.

A rising curve may jump: two knots whose scores nearly touch. A score within rounding of a jump may fall on its other
side, and its probability then differs by the jump's height; elsewhere the agreement is that of the scores.
"""

from __future__ import annotations

import numpy as np

from novosky.market.bars import Floats
from novosky.models.inspection.onnx_graph import Graph
from novosky.models.trees.calibration import Calibrator, Isotonic, Sigmoid
from novosky.models.trees.curves import CLIP


def calibrated(graph: Graph, calibrator: Calibrator, raw: str) -> str:
    """Calibrated probabilities of the raw ones, (n, classes), each row scaled to sum 1."""
    each = _sigmoid(graph, calibrator, raw) if isinstance(calibrator, Sigmoid) else _isotonic(graph, calibrator, raw)
    total = graph.add("ReduceSum", each, graph.constant([1], np.int64), keepdims=1)
    return graph.add("Div", each, total)


def _sigmoid(graph: Graph, calibrator: Sigmoid, raw: str) -> str:
    clipped = graph.add("Clip", raw, graph.constant(CLIP), graph.constant(1.0 - CLIP))
    against = graph.add("Sub", graph.constant(1.0), clipped)
    log_odds = graph.add("Sub", graph.add("Log", clipped), graph.add("Log", against))
    steep = graph.add("Mul", graph.constant(calibrator.slope), log_odds)
    return graph.add("Sigmoid", graph.add("Add", steep, graph.constant(calibrator.intercept)))


def _isotonic(graph: Graph, calibrator: Isotonic, raw: str) -> str:
    """Find the last knot at or below the score by halving steps, then go on along its slope."""
    score, probability, slope = _knots(calibrator)
    n_classes, n_knots = score.shape
    first, last = score[:, 0], np.max(np.where(np.isfinite(score), score, -np.inf), axis=1)
    inside = graph.add("Min", graph.add("Max", raw, graph.constant(first)), graph.constant(last))
    scores = graph.constant(score.ravel())
    at = graph.constant(np.arange(n_classes) * n_knots, np.int64)  # each class's first knot in the table
    step = n_knots // 2
    while step > 0:
        ahead = graph.add("Add", at, graph.constant(step, np.int64))
        reached = graph.add("LessOrEqual", graph.add("Gather", scores, ahead), inside)
        at = graph.add("Where", reached, ahead, at)
        step //= 2
    beyond = graph.add("Sub", inside, graph.add("Gather", scores, at))
    rise = graph.add("Mul", graph.add("Gather", graph.constant(slope.ravel()), at), beyond)
    return graph.add("Add", rise, graph.add("Gather", graph.constant(probability.ravel()), at))


def _knots(calibrator: Isotonic) -> tuple[Floats, Floats, Floats]:
    """Scores, probabilities and slopes to the next knot, (classes, 2**k); scores filled up with +inf."""
    longest = max(len(score) for score in calibrator.score)
    shape = len(calibrator.score), 1 << (longest - 1).bit_length()
    score, probability, slope = np.full(shape, np.inf), np.zeros(shape), np.zeros(shape)
    for k, (xs, ys) in enumerate(zip(calibrator.score, calibrator.probability, strict=True)):
        score[k, : len(xs)], probability[k, : len(ys)] = xs, ys
        width = np.diff(xs)
        slope[k, : len(width)] = np.divide(np.diff(ys), width, out=np.zeros_like(width), where=width > 0)
    return score, probability, slope
