"""The decision chain over a stretch of bars: intents and the models inside the loop in, trades out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.checks import check_inputs
from novosky.execution.codes import NO_WISH
from novosky.execution.loop import close_at_end
from novosky.execution.records import new_book
from novosky.execution.series import BarArrays, FinerBars, Intents, no_finer_bars
from novosky.execution.simulate import Simulation, room_for, simulated
from novosky.execution.terms import Contract, Rules, as_record
from novosky.models.classes import Inputs
from novosky.models.decision.loop import Deciders, run_chain


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
    finer: FinerBars | None = None,
) -> tuple[Simulation, NDArray[np.int8]]:
    """Trade the segments one after the other as one account; what is open at the end closes there.

    `x` (n_bars, features) float32. Beside the simulation: the position model's wish at each close for the position
    that opened first, NO_WISH where none was asked.
    """
    start, stop = segments[0].start, segments[-1].stop
    inner = no_finer_bars(len(bars.close)) if finer is None else finer
    check_inputs(bars, intents, inner, contract, rules, start, stop)
    book, log = new_book(balance), room_for(intents, rules, start, stop)
    terms, settings = as_record(contract), as_record(rules)
    equity, verdicts = np.empty(len(bars.close)), np.zeros(len(bars.close), np.int16)
    wishes = np.full(len(bars.close), NO_WISH, np.int8)
    for begin, end, models in segments:
        run_chain(book, bars, inner, begin, end, intents, x, models, terms, settings, log, equity, verdicts, wishes)
    close_at_end(book, bars, stop - 1, terms, log, equity, verdicts)
    return simulated(book, log, equity, verdicts, start, stop), wishes[start:stop]
