"""A fold through the core, by the configured chain, account, broker and profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.backtest.decisions import decide_bars
from novosky.backtest.inputs import bar_arrays, contract_of, rules_of
from novosky.backtest.judge import at_reference_risk
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.execution.simulate import Simulation
from novosky.market.bars import Floats
from novosky.models.decision.loop import Deciders
from novosky.models.decision.trade import Segment, trade_chain
from novosky.models.decision.vote import Votes


@dataclass(frozen=True)
class FoldTrades:
    """R of a fold's trades (n,), the risk stage's weights of mean 1, and the reference score."""

    r: Floats
    weight: Floats
    reference_score: float


def trade_fold(
    config: Config, prepared: Prepared, votes: Votes, brackets: Floats, models: Deciders, window: Window
) -> FoldTrades:
    """Trade the `votes` on all bars (n_bars) with stops and targets in ATR (n_bars, 2) inside `window`."""
    bars = prepared.bars
    arrays = bar_arrays(bars, config)
    intents = decide_bars(bars, arrays, prepared.event_ms, votes, brackets, config.execution, config.broker.clock)
    contract = contract_of(config.broker, config.account, config.execution)
    simulation, _ = trade_chain(
        arrays,
        intents,
        prepared.x,
        [Segment(window.start, window.stop, models)],
        contract,
        rules_of(config.execution, config.profile, config.account),
        config.account.balance,
        prepared.finer,
    )
    weight = weights_of(simulation)
    score, *_ = at_reference_risk(arrays, simulation, weight, contract, window, config.score)
    return FoldTrades(np.ascontiguousarray(simulation.trades["r"]), weight, score.value)


def weights_of(simulation: Simulation) -> Floats:
    """The risk stage's multipliers over their mean in this fold: sizes against each other, none larger in all."""
    multipliers = np.ascontiguousarray(simulation.trades["risk_multiplier"])
    return multipliers / multipliers.mean() if len(multipliers) else multipliers


def own_bracket_table(config: Config, n_bars: int) -> Floats:
    """The configured stop and target for every bar, (n_bars, 2)."""
    return np.tile([config.execution.sl_atr, config.execution.tp_atr], (n_bars, 1))
