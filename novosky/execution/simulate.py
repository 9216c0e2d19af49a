"""A whole window through the loop."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import OPENED
from novosky.execution.loop import close_at_end, run_bars
from novosky.execution.records import TRADE_DTYPE, BarArrays, Contract, Floats, Intents, Rules, new_state


class Simulation(NamedTuple):
    """What a window gave: bar indices in `trades` count from the arrays' first bar."""

    trades: NDArray[Any]  # TRADE_DTYPE, in order of their exit
    equity: Floats  # (stop - start,), marked to market at each close
    verdicts: NDArray[np.int16]  # (stop - start,), what became of each close's decision
    state: NDArray[Any]


def simulate(
    bars: BarArrays, intents: Intents, contract: Contract, rules: Rules, balance: float, start: int, stop: int
) -> Simulation:
    """Trade the intents of the closes of bars `start <= i < stop`; what is open at the end closes there."""
    state = new_state(balance)
    equity = np.empty(len(bars.close))
    verdicts = np.zeros(len(bars.close), np.int16)
    wanted = int(np.count_nonzero(intents.verdict[start:stop] == OPENED))
    trades = np.zeros(wanted + 1, TRADE_DTYPE)
    run_bars(state, bars, start, stop, intents, contract, rules, trades, equity, verdicts)
    if stop > start:
        close_at_end(state, bars, stop - 1, contract, trades, equity, verdicts)
    return Simulation(trades[: int(state[0].trades)], equity[start:stop], verdicts[start:stop], state)
