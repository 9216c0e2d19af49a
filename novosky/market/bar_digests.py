"""A short digest of every bar, so that two readings of a market can say at which bar they part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from novosky.market.bars import Bars, utc_text

Digests = NDArray[np.uint32]


def bar_digests(bars: Bars) -> Digests:
    """32 bits a bar, shape (n_bars,), over the values that `Bars.content_hash` counts.

    Mixed by the finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
    OOPSLA 2014). One changed bar in 4 billion is missed; the content hash has no such gap.
    """
    mixed = np.zeros(len(bars), np.uint64)
    for column in bars.canonical():
        mixed = _mix(mixed * np.uint64(31) + column.view(np.uint64))
    return (mixed >> np.uint64(32)).astype("<u4")


def first_differing_bar(then: Digests, bars: Bars) -> tuple[str, str, str] | None:
    """Where the bars part from those of the digests: the bar, what it was and what it is; None where they do not."""
    now = bar_digests(bars)
    both = min(len(then), len(now))
    differing = np.flatnonzero(then[:both] != now[:both])
    if len(differing) == 0 and len(then) == len(now):
        return None
    place = int(differing[0]) if len(differing) else both
    if place == len(now):
        return (
            f"bar {place + 1}",
            f"digest {then[place]:08x}, {len(then)} bars in all",
            f"no such bar, {len(now)} in all",
        )
    where = f"bar {place + 1} ({utc_text(int(bars.time_ms[place]))})"
    if place == len(then):
        return where, f"no such bar, {len(then)} in all", f"{_shown(bars, place)}, {len(now)} bars in all"
    others = (
        f"; {len(differing)} of {both} bars differ"
        if len(then) == len(now)
        else f"; {len(then)} bars then, {len(now)} now"
    )
    return where, f"digest {then[place]:08x}", f"digest {now[place]:08x} ({_shown(bars, place)}{others})"


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _shown(bars: Bars, i: int) -> str:
    prices = ", ".join(f"{name} {getattr(bars, name)[i]:.15g}" for name in ("open", "high", "low", "close"))
    return f"{prices}, volume {bars.tick_volume[i]:.15g}, spread {bars.spread_points[i]:.15g}"
