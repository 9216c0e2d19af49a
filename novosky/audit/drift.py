"""Features whose values later are not those of training: what was learned of them may not hold any more."""

from __future__ import annotations

import numpy as np

from novosky.audit.finding import PASS, WARN, Finding, some_of
from novosky.audit.subject import Subject
from novosky.backtest.prepare import Prepared
from novosky.evaluation.windows import NAMES
from novosky.market.bars import Floats

BINS = 10
LEAST_SHARE = 1e-4
MEND = "train on later bars, or make the feature relative to its own recent past"


def drift_windows(subject: Subject) -> Finding:
    """Population stability index of each feature between train and each later window; no label is looked at."""
    return _finding(psi_by_window(subject.prepared), subject.config.audit.drift_psi)


def drift_latest(subject: Subject) -> Finding:
    """The same between train and the latest rows: what a model made now would be asked first."""
    n = len(subject.prepared.bars)
    latest = {"the latest rows": (n - min(subject.config.audit.latest_rows, n), n)}
    return _finding(_against_train(subject.prepared, latest), subject.config.audit.drift_psi)


def psi_by_window(prepared: Prepared) -> dict[str, dict[str, float]]:
    """`stability_index` by later window and feature."""
    windows = prepared.windows
    return _against_train(prepared, {name: (windows[name].start, windows[name].stop) for name in NAMES[1:]})


def stability_index(reference: Floats, other: Floats) -> float:
    """PSI, sum of (q - p) ln(q / p) over ten quantile bins of `reference` (Siddiqi 2006); above 0.25 is a shift."""
    edges = np.unique(np.quantile(reference, np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
    p, q = (_shares(np.searchsorted(edges, values, side="right"), len(edges) + 1) for values in (reference, other))
    return float(((q - p) * np.log(q / p)).sum())


def _shares(place: np.ndarray, bins: int) -> Floats:
    shares: Floats = np.maximum(np.bincount(place, minlength=bins) / len(place), LEAST_SHARE)
    return shares


def _against_train(prepared: Prepared, spans: dict[str, tuple[int, int]]) -> dict[str, dict[str, float]]:
    values, names = prepared.features.values, prepared.features.names
    train = values[prepared.features.warmup_bars : prepared.windows["train"].stop]
    return {
        where: {name: stability_index(train[:, k], values[start:stop, k]) for k, name in enumerate(names)}
        for where, (start, stop) in spans.items()
    }


def shifted_features(index: dict[str, dict[str, float]], limit: float) -> dict[str, list[str]]:
    """Features above the limit by window, the most shifted first; windows without one are left out."""
    found = {where: [name for name in psi if psi[name] > limit] for where, psi in index.items()}
    return {where: sorted(some, key=lambda name: -index[where][name]) for where, some in found.items() if some}


def _finding(index: dict[str, dict[str, float]], limit: float) -> Finding:
    shifted = shifted_features(index, limit)
    if shifted:
        told = "; ".join(
            f"in {where} {some_of([f'{name} ({index[where][name]:.2f})' for name in some])}"
            for where, some in shifted.items()
        )
        return Finding(WARN, f"PSI above {limit:g} {told}", ", ".join(shifted), MEND, index)
    highest = max(max(found.values()) for found in index.values())
    return Finding(PASS, f"PSI at most {highest:.2f} in {', '.join(index)}, limit {limit:g}", details=index)
