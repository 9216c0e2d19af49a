"""Edges for the stages after signal: a drift that a large bar sets off, in a shape that only one stage can use.

A *trigger* is a bar whose log return, less its mean, exceeds `THRESHOLD` standard deviations in size, more than `REACH`
bars after the trigger before it. The drift that a trigger of sign s at bar u sets off is
    mu[u + lag] = k * sigma[u + lag] * s * kernel[regime[u], lag],    lag = 1 .. REACH,
and there is no other. All of it is known when its bar opens. A crowd of ticks marks a trigger, so that a signal can
tell it from other large bars.

Large bars set off nothing while a drift lasts. Candidates therefore have no drift of their own: triggers come by chance
alone, a share p / (1 + REACH * p) of the bars with p = 2 * (1 - Phi(THRESHOLD)) (renewal theorem), and a trade that
opens at a trigger meets no other before it is `REACH` bars old. What a later stage can gain is in the kernel.

`impulse`  on for six bars, then nothing. The market without later structure.
`exits`    on for six bars, then back to where it came from: a trade's age says when to leave.
`stops`    on for four bars and back, best taken with a near stop and target; but while New York is open at the trigger
           two bars against and then twelve on, which shake a near stop out and reward a wide one with a far target.
`streaks`  as `impulse` in good times, weakly reversed in bad ones. Times change unseen, every `SPELL_BARS` on average:
           only results tell which they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from novosky.errors import ConfigError
from novosky.execution.compiled import compiled
from novosky.market.bars import Floats, Ints
from novosky.market.planted import new_york_open, new_york_share
from novosky.market.volatility import bars_per_year

THRESHOLD = 2.0  # about one bar in forty sets off a drift: rare enough to tell, often enough to count
CROWD = 5.0  # times the usual ticks at a trigger: beyond what volatility and chance explain
REACH = 16  # the life of the label's trade
SPELL_BARS = 4000  # a hundred triggers, some fifty trades: more than it takes to notice, fewer than a training block
BAD_TIMES = -0.3  # bad enough to lose, not so bad that trading the other way would be the better signal

_ON = np.repeat([1.0, 0.0], [6, 10])
_BACK = np.repeat([1.0, -0.6], [6, 10])  # spread over the rest of a trade: whoever leaves late still saves something
_SPIKE = np.repeat([1.0, -0.6], [4, 12])
_SHAKEOUT = np.repeat([-0.6, 0.9, 0.0], [2, 12, 2])  # the label gains in both: else no signal learns it
KERNELS: dict[str, Floats] = {  # a row for each regime, a column for each lag
    "impulse": _ON[None],
    "exits": _BACK[None],
    "stops": np.stack([_SPIKE, _SHAKEOUT]),
    "streaks": np.stack([_ON, BAD_TIMES * _ON]),
}


class Impulses(NamedTuple):
    """What a structure hides in each bar, shape (n_bars,)."""

    trigger: NDArray[np.int8]  # sign of the drift that the bar sets off, 0 for none
    regime: Ints  # row of the kernel that it would take
    direction: Floats  # drift of the bar itself in units of k * sigma


def crowd(trigger: NDArray[np.int8]) -> Floats:
    """Factor on the tick volume of each bar, shape (n_bars,)."""
    return np.where(trigger != 0, CROWD, 1.0)


def no_impulses(n_bars: int) -> Impulses:
    return Impulses(np.zeros(n_bars, np.int8), np.zeros(n_bars, np.int64), np.zeros(n_bars))


def hide_impulses(structure: str, time_ms: Ints, draws: Iterable[tuple[slice, Floats]], regime: Generator) -> Impulses:
    """The impulses of a market whose bars are made of `draws`: standard normals, (n, substeps) for a range of bars."""
    hidden = Impulses(np.zeros(len(time_ms), np.int8), regimes(structure, time_ms, regime), np.zeros(len(time_ms)))
    state = np.array([REACH, 0, 0])
    for part, normals in draws:
        _set_off(normals, hidden.regime[part], KERNELS[structure], state, hidden.trigger[part], hidden.direction[part])
    return hidden


@compiled
def _set_off(
    normals: Floats, regime: Ints, kernel: Floats, state: Ints, trigger: NDArray[np.int8], direction: Floats
) -> None:
    """One chunk; `state` is [bars since the last trigger, its sign, its regime]."""
    for i in range(len(normals)):
        state[0] += 1
        if state[0] <= REACH:
            direction[i] = state[1] * kernel[state[2], state[0] - 1]
            continue
        total = 0.0
        for j in range(normals.shape[1]):
            total += normals[i, j]
        if abs(total) > THRESHOLD * math.sqrt(normals.shape[1]):
            trigger[i] = 1 if total > 0.0 else -1
            state[0], state[1], state[2] = 0, trigger[i], regime[i]


def regimes(structure: str, time_ms: Ints, rng: Generator) -> Ints:
    """Row of the structure's kernel that a trigger at each bar takes, shape (n_bars,).

    `stops` goes by the clock, `streaks` by a hidden telegraph whose spells are geometric with mean `SPELL_BARS`.
    """
    if structure == "stops":
        return new_york_open(time_ms).astype(np.int64)
    if structure == "streaks":
        draws = rng.random(len(time_ms))
        turns = draws < 1.0 / SPELL_BARS
        turns[0] = draws[0] < 0.5
        return np.cumsum(turns) % 2
    return np.zeros(len(time_ms), np.int64)


def trigger_share() -> float:
    """Share of the bars that set off a drift, p / (1 + REACH * p)."""
    p = math.erfc(THRESHOLD / math.sqrt(2.0))
    return p / (1.0 + REACH * p)


def impulse_strength(structure: str, oracle_sharpe: float, timeframe_minutes: int) -> float:
    """k, in standard deviations a bar, that gives the oracle this annual Sharpe ratio.

    mean((mu / sigma)^2) = k^2 * trigger_share * sum over regimes of their share * sum of their kernel^2.
    Raises ConfigError where `stops` has one regime only.
    """
    shares = np.ones(1)
    if structure == "stops":
        share = new_york_share(timeframe_minutes)
        if oracle_sharpe > 0 and not 0 < share < 1:
            raise ConfigError(
                "data.structure=stops needs bars within the day: its best stop goes by New York's hours; "
                "set data.timeframe to H4 or finer"
            )
        shares = np.array([1.0 - share, share])
    elif structure == "streaks":
        shares = np.array([0.5, 0.5])
    mean_square = trigger_share() * float(shares @ np.sum(KERNELS[structure] ** 2, axis=1))
    return oracle_sharpe / math.sqrt(mean_square * bars_per_year(timeframe_minutes))
