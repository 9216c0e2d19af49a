"""Imported by a new process: `rsi_14` then depends on the process's hash seed."""

from __future__ import annotations

from dataclasses import replace

from novosky.features import registry
from novosky.features.arrays import BarArrays
from novosky.market.bars import Floats

registry.all_features()
group, column = registry._columns["rsi_14"]


def unstable(bars: BarArrays, start: int, stop: int, state: Floats, out: Floats) -> None:
    group.kernel(bars, start, stop, state, out)
    out[: stop - start, column] += hash("rsi_14") % 1000 * 1e-9


registry._columns["rsi_14"] = replace(group, kernel=unstable), column
