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
from novosky.evaluation.score import Score, score
from novosky.evaluation.windows import Window
from novosky.execution.codes import NO_VOTE, OPENED, POSITION_MODEL
from novosky.execution.records import BarArrays, Contract, Intents, Rules
from novosky.execution.simulate import Simulation, simulate
from novosky.market.bars import Floats, Ints

REFERENCE_BALANCE = 1_000_000.0  # large, so that cents and volume steps do not matter


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
    rules: Rules,
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
    figures = _figures(simulation, scoring, seed)
    trades = simulation.trades
    weights = trades["risk_multiplier"] / mean_multiplier
    reference, reference_drawdown = _reference(
        market.arrays, intents, trades, weights, contract, rules, window, scoring, seed
    )
    even = np.ones(len(trades))
    unweighted, _ = _reference(market.arrays, intents, trades, even, contract, rules, window, scoring, seed)
    return Judged(
        window=window,
        intents=intents,
        simulation=simulation,
        figures=figures,
        sized_expectancy_r=sized_expectancy(
            np.ascontiguousarray(trades["r"]),
            np.ascontiguousarray(trades["risk_multiplier"]),
            scoring.bootstrap_samples,
            scoring.interval,
            seed,
        ),
        max_drawdown=drawdown,
        sharpe=sharpe(daily_returns(time_ms, simulation.equity, balance), market.days_per_year),
        score=_score(figures, drawdown, scoring),
        reference=reference,
        reference_drawdown=reference_drawdown,
        unweighted=unweighted,
        readings_r=_two_readings(trades, contract),
        spread_median=float(np.median(market.arrays.spread[span])),
        buy_and_hold=buy_and_hold(market.arrays.open[span], market.arrays.close[span], market.arrays.spread[span]),
    )


def _two_readings(trades: NDArray[Any], contract: Contract) -> tuple[float, float] | None:
    """Expectancy in R of the same trades with every ambiguous bar read as stop first, and as target first."""
    if len(trades) == 0:
        return None
    either = trades["ambiguous"] == 1
    readings = []
    for level in ("stop", "target"):
        moved = (trades[level] - trades["entry_price"]) * trades["side"]
        money = moved / contract.tick_size * contract.tick_value * trades["volume_lots"] - trades["commission"]
        readings.append(float(np.where(either, money / trades["risk_money"], trades["r"]).mean()))
    return readings[0], readings[1]


def _figures(simulation: Simulation, scoring: ScoreConfig, seed: int) -> TradeFigures:
    trades = simulation.trades
    return trade_figures(
        np.ascontiguousarray(trades["net"]),
        np.ascontiguousarray(trades["r"]),
        scoring.bootstrap_samples,
        scoring.interval,
        seed,
    )


def _score(figures: TradeFigures, drawdown: float, scoring: ScoreConfig) -> Score:
    return score(figures.trades, figures.win_rate or 0.0, figures.gross_profit, figures.gross_loss, drawdown, scoring)


def _reference(
    arrays: BarArrays,
    intents: Intents,
    trades: NDArray[Any],
    weights: Floats,
    contract: Contract,
    rules: Rules,
    window: Window,
    scoring: ScoreConfig,
    seed: int,
) -> tuple[Score, float]:
    """Score of the same trades at the reference risk times `weights`, without volume steps and limits; its drawdown."""
    same = _same_trades(intents, trades, weights)
    fine = contract._replace(volume_min=1e-9, volume_step=1e-9, volume_max=1e12)
    unlimited = rules._replace(
        risk_pct=scoring.reference_risk_pct,
        max_consecutive_losses=0,
        daily_loss_pct=100.0,
        weekly_loss_pct=100.0,
        total_loss_pct=100.0,
    )
    again = simulate(arrays, same, fine, unlimited, REFERENCE_BALANCE, window.start, window.stop)
    drawdown = max_drawdown(again.equity, REFERENCE_BALANCE)
    return _score(_figures(again, scoring, seed), drawdown, scoring), drawdown


def _same_trades(intents: Intents, trades: NDArray[Any], weights: Floats) -> Intents:
    """Intents that open these trades alone, each with its weight, and leave where the position model left."""
    verdict = np.full(len(intents.side), NO_VOTE, np.int16)
    multiplier = np.ones(len(intents.side))
    leave = np.zeros(len(intents.side), np.int8)
    verdict[trades["decision_bar"]] = OPENED
    multiplier[trades["decision_bar"]] = weights
    leave[trades["exit_bar"][trades["exit_reason"] == POSITION_MODEL] - 1] = 1
    return intents._replace(verdict=verdict, risk_multiplier=multiplier, leave=leave)
