"""How each feature moves with more history, and from which bar on it may be trusted."""

from __future__ import annotations

import numpy as np

from novosky.audit.finding import FAIL, PASS, Finding, deviation, some_of
from novosky.audit.subject import Subject
from novosky.features.build import build_features
from novosky.features.registry import all_features
from novosky.market.bars import Floats

REST_BARS = 1000  # after the longest warm-up, in which nothing may leave its tolerance any more


def warm_up(subject: Subject) -> Finding:
    """Cold starts at many bars against all history; beyond the declared tolerance fails."""
    names = subject.prepared.features.names
    declared, tolerance = _declared(subject)
    worst = worst_deviation(subject)
    details: dict[str, dict[str, float | None]] = {}
    short: list[str] = []
    recommended = 0
    for k, name in enumerate(names):
        beyond = np.flatnonzero(worst[:, k] > tolerance[k])
        needed = int(beyond[-1]) + 1 if len(beyond) else 0
        after = float(worst[declared[k] :, k].max(initial=0.0))
        details[name] = {
            "declared_bars": int(declared[k]),
            "needed_bars": needed,
            "tolerance": float(tolerance[k]),
            "off_after_warm_up": after if np.isfinite(after) else None,
        }
        recommended = max(recommended, needed)
        if needed > declared[k]:
            short.append(f"{name} (declared {declared[k]} bars, needs {_more(needed, len(worst))})")
    whole = {"recommended_bars": recommended, "bars_after_cold_start": len(worst), "features": details}
    if not short:
        found = (
            f"within tolerance after the declared {subject.prepared.features.warmup_bars} bars; {recommended} suffice"
        )
        return Finding(PASS, found, details=whole)
    where = f"{subject.effort.cold_starts} cold starts before {subject.when(subject.open_to)}"
    mend = "declare a longer warmup_bars or warmup_minutes, a wider tolerance, or give the feature a finite window"
    return Finding(FAIL, f"beyond tolerance: {some_of(short)}", where, mend, whole)


def worst_deviation(subject: Subject) -> Floats:
    """Largest distance between a cold start and all history, by bars since the start, (bars, features)."""
    names, bars, full = subject.prepared.features.names, subject.prepared.bars, subject.prepared.features.values
    longest = subject.prepared.features.warmup_bars
    length = min(longest + REST_BARS, subject.open_to // 2)
    starts = np.linspace(min(longest, length), subject.open_to - length, subject.effort.cold_starts).astype(np.int64)
    worst = np.zeros((length, len(names)))
    for start in np.unique(starts).tolist():
        piece = bars.slice(start, start + length)
        cold = build_features(piece, subject.prepared.event_ms, names, subject.settings).values
        worst = np.maximum(worst, deviation(cold, full[start : start + length]))
    return worst


def _declared(subject: Subject) -> tuple[list[int], list[float]]:
    known, timeframe_ms = all_features(), subject.prepared.bars.timeframe_ms
    chosen = [known[name] for name in subject.prepared.features.names]
    return [feature.warmup(timeframe_ms) for feature in chosen], [feature.tolerance for feature in chosen]


def _more(needed: int, tried: int) -> str:
    return f"more than {tried}" if needed >= tried else str(needed)
