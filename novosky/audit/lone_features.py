"""A feature that alone tells BUY from SELL much better than markets allow has most likely been told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from novosky.audit.finding import FAIL, PASS, Finding, some_of
from novosky.audit.subject import Subject
from novosky.market.bars import Floats
from novosky.models.classes import BUY, SELL, Flags

BINS = 32
LIMIT_SE = 4.0
MEND = "find out what the feature reads; if it is honest, raise audit.implausible_auc"


def lone_features(subject: Subject) -> Finding:
    """Each feature's area under the ROC curve of BUY against SELL: learned on the first half of train, judged on the
    second."""
    rows = subject.rows()
    sided = np.flatnonzero((rows.y == BUY) | (rows.y == SELL))
    middle = int(rows.bar[len(rows.bar) // 2])
    learned = sided[rows.label_end[sided] < middle]
    judged = sided[rows.bar[sided] >= middle]
    bought, limit = rows.y == BUY, subject.config.audit.implausible_auc
    life = float(np.mean(rows.label_end - rows.bar)) + 1.0
    error = standard_error(bought[judged], life)
    names = subject.prepared.features.names
    auc = {name: lone_auc(rows.x[:, k], bought, learned, judged) for k, name in enumerate(names)}
    ranked = sorted(auc, key=lambda name: -auc[name])
    caught = [name for name in ranked if auc[name] > max(limit, 0.5 + LIMIT_SE * error)]
    details = {"auc": {name: auc[name] for name in ranked}, "standard_error": error, "limit": limit}
    best = f"{ranked[0]} alone reaches {auc[ranked[0]]:.3f}"
    if caught:
        found = f"{some_of([f'{name} ({auc[name]:.3f})' for name in caught])} alone tell BUY from SELL implausibly well"
        return Finding(FAIL, found, f"{subject.when(middle)} to the end of train", MEND, details)
    return Finding(PASS, f"area under ROC at most {auc[ranked[0]]:.3f}: {best}, limit {limit:g}", details=details)


def lone_auc(x: NDArray[np.float32], bought: Flags, learned: NDArray[np.int64], judged: NDArray[np.int64]) -> float:
    """AUC over `judged` of the share of BUY in each of 32 quantile bins of `x` (n,), learned over `learned`."""
    edges = np.unique(np.quantile(x[learned], np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
    place = np.searchsorted(edges, x, side="right")
    rows, buys = _counts(place[learned], bought[learned], len(edges) + 1)
    share = (buys + 1.0) / (rows + 2.0)
    rows, buys = _counts(place[judged], bought[judged], len(edges) + 1)
    order = np.argsort(share, kind="stable")
    sells = (rows - buys)[order]
    below = np.cumsum(sells) - sells
    pairs = float(buys.sum() * sells.sum())
    return float((buys[order] * (below + 0.5 * sells)).sum() / pairs) if pairs > 0 else 0.5


def standard_error(bought: Flags, life_bars: float) -> float:
    """Of an AUC of chance (Hanley and McNeil 1982), with one independent row per life of a label."""
    buys, sells = bought.sum() / life_bars, (~bought).sum() / life_bars
    return float(np.sqrt((1.0 / max(buys, 1.0) + 1.0 / max(sells, 1.0)) / 12.0))


def _counts(place: NDArray[np.int64], bought: Flags, bins: int) -> tuple[Floats, Floats]:
    rows, buys = np.bincount(place, minlength=bins), np.bincount(place[bought], minlength=bins)
    return rows.astype(np.float64), buys.astype(np.float64)
