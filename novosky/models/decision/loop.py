"""The core's loop with the models that decide inside it: position on open trades, risk on the size of new ones.

The same step for backtest and bot: the core first lets the bar happen, then the models look at what it left.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.breakers import earliest, latched
from novosky.execution.codes import FINER_BARS, NO_WISH, OPENED, POSITION_MODEL, WISH_EXIT
from novosky.execution.compiled import compiled
from novosky.execution.deciding import heed_wish
from novosky.execution.equity_state import RISK_FEATURES, equity_features
from novosky.execution.loop import idle, intent_at, set_bar, set_finer, step, write_log
from novosky.execution.position import POSITION_FEATURES, position_state
from novosky.execution.records import BAR_DTYPE, SHADOW, Bar, Book, Floats, Log, Position
from novosky.execution.series import BarArrays, FinerBars, Intents
from novosky.execution.terms import Contract, Rules
from novosky.models.classes import N_CLASSES, Inputs
from novosky.models.decision.exit_rule import ExitRule, position_wish
from novosky.models.decision.kelly_size import KellySize, risk_multiplier
from novosky.models.trees.ensemble import Ensemble, ensemble_row

N_STATE = len(POSITION_FEATURES)


class Deciders(NamedTuple):
    """The models inside the loop; an ensemble of no voters and a size that is off decide nothing."""

    position: Ensemble
    rule: ExitRule
    size: KellySize


class Scratch(NamedTuple):
    """Room for the inputs of one decision, allocated once."""

    position_row: Inputs  # (features + 4,)
    probabilities: Floats  # (voters, 3)
    equity: Floats  # (7,)
    r_history: Floats  # R of the closed trades, in order


@compiled
def new_scratch(n_features: int, n_voters: int, n_trades: int) -> Scratch:
    return Scratch(
        np.empty(n_features + N_STATE, np.float32),
        np.empty((max(n_voters, 1), N_CLASSES)),
        np.empty(len(RISK_FEATURES)),
        np.empty(n_trades),
    )


@compiled
def wish_for(position: Position, bar: Bar, x: Inputs, models: Deciders, scratch: Scratch) -> int:
    """What the position model wishes of an open trade at the close of `bar`; `x` (features,) as of that close."""
    if bar.number - position.hold_from + 1 < models.rule.min_bars_held:
        return NO_WISH
    n_features = len(x)
    scratch.position_row[:n_features] = x
    state = position_state(
        position.side,
        position.entry_price,
        position.stop_distance,
        position.hold_from,
        bar.number,
        bar.close,
        bar.spread,
        models.rule.horizon_bars,
    )
    for k in range(N_STATE):
        scratch.position_row[n_features + k] = state[k]
    ensemble_row(models.position, scratch.position_row, scratch.probabilities)
    return position_wish(scratch.probabilities, len(models.position.link), models.rule)


@compiled
def ask_position_model(book: Book, bar: Bar, x: Inputs, models: Deciders, rules: Rules, scratch: Scratch) -> int:
    """Ask about every open position, the shadow account's too; the wish for the one that opened first, or NO_WISH."""
    first = NO_WISH
    for k in range(book.open):
        wish = wish_for(book.positions[k], bar, x, models, scratch)
        heed_wish(book, book.positions[k], wish, rules)
        if k == 0:
            first = wish
    shadow = book.positions[SHADOW]
    if shadow.side != 0 and wish_for(shadow, bar, x, models, scratch) == WISH_EXIT:
        shadow.leave = POSITION_MODEL
    return first


@compiled
def consult(book: Book, bar: Bar, x: Inputs, known: int, models: Deciders, rules: Rules, scratch: Scratch) -> int:
    """Ask the models about the account that a close left: size of what opens next, wishes for what is open.

    `x` (features,) as of that close; `known` trades lie in `scratch.r_history`. The wish for the position that opened
    first, or NO_WISH.
    """
    if book.pending_side != 0 and models.size.enabled:
        equity_features(scratch.r_history, known, book.total_r, book.peak_r, scratch.equity)
        book.pending_risk_multiplier = risk_multiplier(models.size, scratch.equity)
    if len(models.position.link) == 0:
        return NO_WISH
    return ask_position_model(book, bar, x, models, rules, scratch)


@compiled
def run_chain(
    books: NDArray[Any],
    bars: BarArrays,
    finer: FinerBars,
    start: int,
    stop: int,
    intents: Intents,
    x: Inputs,
    models: Deciders,
    contract: Contract,
    rules: Rules,
    log: Log,
    equity: Floats,
    verdicts: NDArray[np.int16],
    wishes: NDArray[np.int8],
) -> None:
    """Bars `start <= i < stop`, as `run_bars`; `x` (n_bars, features); writes `wishes` (n_bars,), too."""
    book, bar = books[0], np.zeros(1, BAR_DTYPE)[0]
    scratch = new_scratch(x.shape[1], len(models.position.link), len(log.trades) + 1)
    known = 0
    for i in range(start, stop):
        set_bar(bar, bars, i)
        if idle(book, bar, intents.verdict[i], rules):
            verdicts[i] = earliest(intents.verdict[i], latched(book))
            equity[i] = book.equity
            continue
        if rules.reading == FINER_BARS:
            set_finer(bar, finer, i)
        earlier, verdicts[i] = step(book, bar, intent_at(intents, i), contract, rules)
        if earlier != OPENED:
            verdicts[i - 1] = earlier
        if book.n_booked > 0:
            write_log(book, log)
        equity[i] = book.equity
        while known < book.trades:
            scratch.r_history[known] = log.trades[known].r
            known += 1
        wishes[i] = consult(book, bar, x[i], known, models, rules, scratch)
