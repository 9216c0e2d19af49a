"""Predictions and decisions may not know the future: the whole chain on a market that ends or goes on otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.audit.altered import cut_after, moments, noise_after
from novosky.audit.finding import FAIL, PASS, Finding, differs
from novosky.audit.subject import Subject
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import Traded
from novosky.evaluation.windows import Window
from novosky.models.bundle.bundle import Bundle

MEND = "look for a gate, spread or join that reads a later bar; look_ahead_features tells whether it begins there"


def look_ahead_decisions(subject: Subject, bundle: Bundle) -> Finding:
    """Probabilities, intents, wishes and equity up to each moment, at the beginning of the window `sweep`."""
    prepared, window, first = decided_stretch(subject, subject.effort.stretch_bars)
    base = subject.trade(subject.config, prepared, bundle, window)
    bars, count = prepared.bars, subject.effort.chain_points
    changed: dict[str, list[int]] = {}
    chosen = moments(bars, prepared.event_ms, window.start + 2, window.stop - 1, count, first)
    for t in chosen:
        until = window._replace(stop=int(t) + 1)
        later = window._replace(stop=min(int(t) + 31, window.stop))
        for other, asked in ((cut_after(bars, int(t)), until), (noise_after(bars, int(t), int(t)), later)):
            again = subject.trade(subject.config, subject.on(other, prepared.event_ms, first), bundle, asked)
            for what, bar in first_differences(base, again, window.start, int(t), asked is later).items():
                changed.setdefault(what, []).append(first + bar)
    if not changed:
        return Finding(PASS, f"nothing changed at {len(chosen)} moments, future cut or replaced")
    told = ", ".join(f"{what} (at {len(places)} of {2 * len(chosen)} trials)" for what, places in changed.items())
    at = min(min(places) for places in changed.values())
    details = {what: {"trials": len(places), "first": subject.when(min(places))} for what, places in changed.items()}
    return Finding(FAIL, f"{told} know the future", subject.when(at), MEND, details)


def decided_stretch(subject: Subject, count: int) -> tuple[Prepared, Window, int]:
    """The first `count` bars of `sweep` (0: all) behind a warm-up of their own, the window there, its first bar."""
    sweep, warm_up = subject.prepared.windows["sweep"], subject.prepared.features.warmup_bars + 1
    stop = sweep.stop if count == 0 else min(sweep.stop, sweep.start + count)
    first = max(0, sweep.start - warm_up)
    prepared = subject.on(subject.prepared.bars.slice(first, stop), subject.prepared.event_ms, first)
    return prepared, Window(sweep.name, sweep.start - first, stop - first), first


def first_differences(base: Traded, again: Traded, start: int, last: int, goes_on: bool) -> dict[str, int]:
    """The first bar of `start <= i <= last` at which each part of the chain differs.

    The bar after may still refuse a verdict, and a window ends with a closed account: verdicts are compared up to the
    bar before, equity too where `again` does not go on.
    """
    parts: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}
    n = last - start + 1
    if base.probabilities is not None and again.probabilities is not None:
        parts["probabilities"] = _flat(base.probabilities[:, :n]), _flat(again.probabilities[:, :n])
    span = slice(start, last + 1)
    for name in base.arrays._fields:
        parts[f"bars: {name}"] = getattr(base.arrays, name)[span], getattr(again.arrays, name)[span]
    for name in base.intents._fields:
        parts[f"intent: {name}"] = getattr(base.intents, name)[span], getattr(again.intents, name)[span]
    known = n if goes_on else n - 1
    parts["wishes"] = base.wishes[:n], again.wishes[:n]
    parts["equity"] = base.simulation.equity[:known], again.simulation.equity[:known]
    parts["verdicts"] = base.simulation.verdicts[: n - 1], again.simulation.verdicts[: n - 1]
    found = {}
    for name, (left, right) in parts.items():
        places = np.flatnonzero(differs(left, right) if left.ndim == 1 else differs(left, right).any(axis=1))
        if len(places):
            found[name] = start + int(places[0])
    return found


def _flat(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(voters, n, 3) as one row a bar."""
    return np.moveaxis(probabilities, 1, 0).reshape(probabilities.shape[1], -1)
