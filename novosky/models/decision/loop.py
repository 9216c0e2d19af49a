"""The core's loop with the models that decide inside it: position on open trades, risk on the size of new ones.

The same step for backtest and bot: the core first lets the bar happen, then the models look at what it left.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import OPENED
from novosky.execution.compiled import compiled
from novosky.execution.equity_state import RISK_FEATURES, equity_features
from novosky.execution.loop import bar_at, intent_at, step
from novosky.execution.position import POSITION_FEATURES, position_state
from novosky.execution.records import Bar, BarArrays, Contract, Floats, Intents, Rules
from novosky.labels.position_states import EXIT
from novosky.models.classes import N_CLASSES, Inputs
from novosky.models.decision.exit_rule import ExitRule, position_wish
from novosky.models.decision.kelly_size import KellySize, risk_multiplier
from novosky.models.trees.ensemble import Ensemble, ensemble_row

N_STATE = len(POSITION_FEATURES)
NO_WISH = -1


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
def wish_for(account: Any, bar: Bar, x: Inputs, models: Deciders, scratch: Scratch) -> int:
    """What the position model wishes of the open trade at the close of `bar`; `x` (features,) as of that close."""
    if bar.number - account.entry_bar + 1 < models.rule.min_bars_held:
        return NO_WISH
    n_features = len(x)
    scratch.position_row[:n_features] = x
    state = position_state(
        account.side,
        account.entry_price,
        account.stop,
        account.entry_bar,
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
def run_chain(
    state: Any,
    bars: BarArrays,
    start: int,
    stop: int,
    intents: Intents,
    x: Inputs,
    models: Deciders,
    contract: Contract,
    rules: Rules,
    trades: Any,
    equity: Floats,
    verdicts: NDArray[np.int16],
    wishes: NDArray[np.int8],
) -> None:
    """Bars `start <= i < stop`, as `run_bars`; `x` (n_bars, features); writes `wishes` (n_bars,), too."""
    account = state[0]
    scratch = new_scratch(x.shape[1], len(models.position.link), len(trades) + 1)
    known = 0
    for i in range(start, stop):
        bar = bar_at(bars, i)
        earlier, verdict = step(account, bar, intent_at(intents, i), contract, rules, trades)
        if earlier != OPENED:
            verdicts[i - 1] = earlier
        verdicts[i] = verdict
        equity[i] = account.equity
        while known < account.trades:
            scratch.r_history[known] = trades[known].r
            known += 1
        if account.pending_side != 0 and models.size.enabled:
            equity_features(scratch.r_history, known, account.total_r, account.peak_r, scratch.equity)
            account.pending_risk_multiplier = risk_multiplier(models.size, scratch.equity)
        if account.side != 0 and len(models.position.link) > 0:
            wish = wish_for(account, bar, x[i], models, scratch)
            wishes[i] = wish
            if wish == EXIT:
                account.pending_leave = 1
