"""By how much market orders and stops fill worse: fixed, by volatility, or drawn."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.execution.records import Floats, Ints

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def splitmix64(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The output of the generator SplitMix64 at each state, 64 mixed bits, same shape.

    Steele, Lea, Flood 2014, "Fast Splittable Pseudorandom Number Generators", with the constants of its Java version.
    """
    z = state + _GOLDEN
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def random_slippage(time_ms: Ints, mean: float, seed: int) -> Floats:
    """Exponentially distributed slippage around `mean`, price units, shape (n,).

    A hash of seed and time, not a stream: a bar's slippage is the same in whatever window it lies.
    """
    state = splitmix64(np.array([seed], np.uint64)) + time_ms.astype(np.uint64)
    uniform = (splitmix64(state) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return _exponential(uniform, mean)


@compiled
def _exponential(uniform: Floats, mean: float) -> Floats:
    """Draws from [0, 1) turned exponential, one by one: a vectorised logarithm may differ in its last bit."""
    out = np.empty(len(uniform))
    for i in range(len(uniform)):
        out[i] = -mean * math.log1p(-uniform[i])
    return out


@compiled
def volatility_slippage(atr: Floats, share: float) -> Floats:
    """`share` of the ATR known when the bar opens, the previous close's; price units, 0.0 where it is unknown."""
    out = np.zeros(len(atr))
    for i in range(1, len(atr)):
        if atr[i - 1] > 0.0:
            out[i] = share * atr[i - 1]
    return out
