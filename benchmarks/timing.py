"""The best of several runs: what the machine can do when nothing else wants it."""

from __future__ import annotations

import time
from collections.abc import Callable


def best_seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Shortest wall time of `runs` calls."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)
