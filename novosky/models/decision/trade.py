"""The decision chain over a stretch of bars: intents and the models inside the loop in, trades out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import OPENED
from novosky.execution.loop import close_at_end
from novosky.execution.records import TRADE_DTYPE, BarArrays, Contract, Intents, Rules, new_state
from novosky.execution.simulate import Simulation
from novosky.models.classes import Inputs
from novosky.models.decision.loop import NO_WISH, Deciders, run_chain


class Segment(NamedTuple):
    """Bars `start <= i < stop` and the models that decide on them."""

    start: int
    stop: int
    models: Deciders


def trade_chain(
    bars: BarArrays,
    intents: Intents,
    x: Inputs,
    segments: Sequence[Segment],
    contract: Contract,
    rules: Rules,
    balance: float,
) -> tuple[Simulation, NDArray[np.int8]]:
    """Trade the segments one after the other as one account; what is open at the end closes there.

    `x` (n_bars, features) float32. Beside the simulation: the position model's wish at each close, codes of
    `labels.position_states`, NO_WISH where none was asked.
    """
    start, stop = segments[0].start, segments[-1].stop
    state = new_state(balance)
    equity, verdicts = np.empty(len(bars.close)), np.zeros(len(bars.close), np.int16)
    wishes = np.full(len(bars.close), NO_WISH, np.int8)
    wanted = int(np.count_nonzero(intents.verdict[start:stop] == OPENED))
    trades = np.zeros(wanted + 1, TRADE_DTYPE)
    for begin, end, models in segments:
        run_chain(state, bars, begin, end, intents, x, models, contract, rules, trades, equity, verdicts, wishes)
    close_at_end(state, bars, stop - 1, contract, trades, equity, verdicts)
    span = slice(start, stop)
    done = Simulation(trades[: int(state[0].trades)], equity[span], verdicts[span], state)
    return done, wishes[span]
