"""A window through the core, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.bootstrap import Interval
from novosky.evaluation.metrics import (
    BuyAndHold,
    TradeFigures,
    buy_and_hold,
    daily_returns,
    max_drawdown,
    sharpe,
    sized_expectancy,
    trade_figures,
)
from novosky.evaluation.replay import START_BALANCE, Replayed, replay
from novosky.evaluation.score import Score, score
from novosky.evaluation.windows import Window
from novosky.execution.series import BarArrays, Intents
from novosky.execution.simulate import Simulation
from novosky.execution.terms import Contract
from novosky.market.bars import Floats, Ints


@dataclass(frozen=True, slots=True)
class Judged:
    """A window's trades and figures. Equity and verdicts: one row a bar of the window."""

    window: Window
    intents: Intents
    simulation: Simulation
    figures: TradeFigures
    sized_expectancy_r: tuple[float | None, Interval | None]  # each trade counted by the risk stage's multiplier
    max_drawdown: float
    sharpe: float | None
    score: Score
    reference: Score  # with the risk stage's weights, of mean 1
    reference_drawdown: float
    reference_replay: Replayed  # equity and money of the trades at the reference risk
    unweighted: Score  # the same trades, each at the reference risk
    readings_r: tuple[float, float] | None  # expectancy if ambiguous bars stop first, and if they reach first
    buy_and_hold: BuyAndHold
    spread_median: float  # what a bar of the window asks, price units


@dataclass(frozen=True, slots=True)
class Market:
    """What a window is judged on."""

    time_ms: Ints
    arrays: BarArrays
    days_per_year: int


def judge(
    market: Market,
    intents: Intents,
    simulation: Simulation,
    contract: Contract,
    balance: float,
    window: Window,
    scoring: ScoreConfig,
    seed: int,
    mean_multiplier: float = 1.0,
) -> Judged:
    """The figures of a window's `simulation`, and of the same trades again at the reference risk.

    `mean_multiplier` is that of the risk stage on out-of-fold trades of train: divided by it, its multipliers weigh
    trades against each other without making all of them larger or smaller.
    """
    span = slice(window.start, window.stop)
    time_ms = market.time_ms[span]
    drawdown = max_drawdown(simulation.equity, balance)
    trades = simulation.trades
    r = np.ascontiguousarray(trades["r"])
    multipliers = np.ascontiguousarray(trades["risk_multiplier"])
    figures = trade_figures(np.ascontiguousarray(trades["net"]), r, scoring.bootstrap_samples, scoring.interval, seed)
    reference, reference_drawdown, again = at_reference_risk(
        market.arrays, simulation, multipliers / mean_multiplier, contract, window, scoring
    )
    unweighted, *_ = at_reference_risk(market.arrays, simulation, np.ones(len(trades)), contract, window, scoring)
    return Judged(
        window=window,
        intents=intents,
        simulation=simulation,
        figures=figures,
        sized_expectancy_r=sized_expectancy(r, multipliers, scoring.bootstrap_samples, scoring.interval, seed),
        max_drawdown=drawdown,
        sharpe=sharpe(daily_returns(time_ms, simulation.equity, balance), market.days_per_year),
        score=_score(np.ascontiguousarray(trades["net"]), drawdown, scoring),
        reference=reference,
        reference_drawdown=reference_drawdown,
        reference_replay=again,
        unweighted=unweighted,
        readings_r=_two_readings(trades),
        spread_median=float(np.median(market.arrays.spread[span])),
        buy_and_hold=buy_and_hold(market.arrays.open[span], market.arrays.close[span], market.arrays.spread[span]),
    )


def _two_readings(trades: NDArray[Any]) -> tuple[float, float] | None:
    """Expectancy in R of the same trades with every ambiguous bar read as stop first, and as target first."""
    if len(trades) == 0:
        return None
    return float(trades["r_pessimistic"].mean()), float(trades["r_optimistic"].mean())


def _score(net: Floats, drawdown: float, scoring: ScoreConfig) -> Score:
    won, lost = float(net[net > 0].sum()), float(-net[net < 0].sum())
    win_rate = float(np.mean(net > 0)) if len(net) else 0.0
    return score(len(net), win_rate, won, lost, drawdown, scoring)


def at_reference_risk(
    arrays: BarArrays,
    simulation: Simulation,
    weights: Floats,
    contract: Contract,
    window: Window,
    scoring: ScoreConfig,
) -> tuple[Score, float, Replayed]:
    """Score of the same trades at the reference risk times `weights`, without volume steps and limits; its drawdown
    and the replay."""
    again = replay(
        simulation.trades,
        simulation.deals,
        weights,
        scoring.reference_risk_pct,
        arrays,
        contract,
        window.start,
        window.stop,
    )
    drawdown = max_drawdown(again.equity, START_BALANCE)
    return _score(again.net, drawdown, scoring), drawdown, again
