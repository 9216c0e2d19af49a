"""A whole window through the loop."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.checks import check_inputs
from novosky.execution.codes import OPENED
from novosky.execution.loop import close_at_end, run_bars
from novosky.execution.records import Floats, Log, new_book, new_log
from novosky.execution.series import BarArrays, FinerBars, Intents, no_finer_bars
from novosky.execution.terms import Contract, Rules, as_record


class Simulation(NamedTuple):
    """What a window gave: bar indices in `trades` and `deals` count from the arrays' first bar."""

    trades: NDArray[Any]  # TRADE_DTYPE, in order of their exit
    deals: NDArray[Any]  # DEAL_DTYPE, in order of their booking
    equity: Floats  # (stop - start,), marked to market at each close
    verdicts: NDArray[np.int16]  # (stop - start,), what became of each close's decision
    book: NDArray[Any]  # (1,) BOOK_DTYPE


def simulate(
    bars: BarArrays,
    intents: Intents,
    contract: Contract,
    rules: Rules,
    balance: float,
    start: int,
    stop: int,
    finer: FinerBars | None = None,
) -> Simulation:
    """Trade the intents of the closes of bars `start <= i < stop`; what is open at the end closes there."""
    inner = no_finer_bars(len(bars.close)) if finer is None else finer
    check_inputs(bars, intents, inner, contract, rules, start, stop)
    book, log = new_book(balance), room_for(intents, rules, start, stop)
    terms, settings = as_record(contract), as_record(rules)
    equity = np.empty(len(bars.close))
    verdicts = np.zeros(len(bars.close), np.int16)
    run_bars(book, bars, inner, start, stop, intents, terms, settings, log, equity, verdicts)
    if stop > start:
        close_at_end(book, bars, stop - 1, terms, log, equity, verdicts)
    return simulated(book, log, equity, verdicts, start, stop)


def room_for(intents: Intents, rules: Rules, start: int, stop: int) -> Log:
    """A log with room for all that these intents can open."""
    return new_log(int(np.count_nonzero(intents.verdict[start:stop] == OPENED)), rules)


def simulated(
    book: NDArray[Any], log: Log, equity: Floats, verdicts: NDArray[np.int16], start: int, stop: int
) -> Simulation:
    """What was written between `start` and `stop`."""
    trades, deals = (int(rows) for rows in log.written)
    span = slice(start, stop)
    return Simulation(log.trades[:trades], log.deals[:deals], equity[span], verdicts[span], book)
