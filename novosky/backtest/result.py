"""What a run says of its figures: the blocks of `result.json`, documented in docs/results.md."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.backtest.costs_block import costs_block
from novosky.backtest.gates_block import gates_block
from novosky.backtest.judge import Judged
from novosky.backtest.knowledge import VoterOnWindow
from novosky.backtest.knowledge_words import knowledge_clause
from novosky.config.schema import Config
from novosky.evaluation.bootstrap import bounds_of
from novosky.evaluation.metrics import TradeFigures, count_names
from novosky.evaluation.score import Score, band
from novosky.execution.codes import DEAL_PARTIAL, EXIT_NAMES, VERDICT_NAMES

WISH_NAMES = ("exit", "hold", "add")
SETTLED = 2  # code of an ambiguous trade that finer bars settled


def judged_block(judged: Judged, config: Config) -> dict[str, Any]:
    """The figures of one judged window, JSON-ready; None where a figure does not exist."""
    trades = judged.simulation.trades
    balance = config.account.balance
    return {
        "interval": config.score.interval,
        **figures_block(judged.figures),
        **_sized(judged),
        "return_pct": 100.0 * (float(judged.simulation.equity[-1]) / balance - 1.0),
        "final_balance": float(judged.simulation.equity[-1]),
        "max_drawdown_pct": 100.0 * judged.max_drawdown,
        "sharpe_annual": judged.sharpe,
        "score": _score(judged.score),
        "reference": {
            "risk_pct": config.score.reference_risk_pct,
            "max_drawdown_pct": 100.0 * judged.reference_drawdown,
            "band": band(judged.reference.value) if judged.reference.value > 0 else "no band",
            **_score(judged.reference),
            "equal_sizes": _score(judged.unweighted),
        },
        "brackets": _brackets(judged),
        "risk_multiplier": _spread(trades["risk_multiplier"]),
        "buy_and_hold": {
            "return_pct": 100.0 * judged.buy_and_hold.return_fraction,
            "max_drawdown_pct": 100.0 * judged.buy_and_hold.max_drawdown,
        },
        "why_no_trade": {
            name: count
            for name, count in count_names(judged.simulation.verdicts, VERDICT_NAMES).items()
            if name != VERDICT_NAMES[0]
        },
        "gates": gates_block(config, judged.simulation.verdicts),
        "sides": {"BUY": int((trades["side"] > 0).sum()), "SELL": int((trades["side"] < 0).sum())},
        "exits": count_names(trades["exit_reason"], EXIT_NAMES),
        "additions": int(trades["adds"].sum()),
        "partial_closes": int(np.count_nonzero(judged.simulation.deals["kind"] == DEAL_PARTIAL)),
        "costs": costs_block(judged, config),
        "ambiguous_trades": _ambiguous(judged, config),
    }


def wishes_block(wishes: NDArray[np.int8]) -> dict[str, int]:
    """How often the position model was asked at a close with open trades, and what it wished."""
    return {name: int(np.count_nonzero(wishes == code)) for code, name in enumerate(WISH_NAMES)}


def figures_block(figures: TradeFigures) -> dict[str, Any]:
    """The figures of trades, JSON-ready."""
    intervals = ("profit_factor_interval", "expectancy_r_interval")
    return figures._asdict() | {name: bounds_of(getattr(figures, name)) for name in intervals}


def _brackets(judged: Judged) -> dict[str, Any]:
    """Stops and targets of the trades that were opened, in ATR at the decision."""
    at = judged.simulation.trades["decision_bar"]
    return {"sl_atr": _spread(judged.intents.sl_atr[at]), "tp_atr": _spread(judged.intents.tp_atr[at])}


def _ambiguous(judged: Judged, config: Config) -> dict[str, Any]:
    """Trades whose last bar held stop and target, and what all trades give if such bars are read one way or the other.

    What finer bars settled counts in both readings too: they show how much hangs on knowing.
    """
    found = judged.simulation.trades["ambiguous"]
    pessimistic, optimistic = (None, None) if judged.readings_r is None else judged.readings_r
    return {
        "count": int(np.count_nonzero(found)),
        "settled_by_finer_bars": int(np.count_nonzero(found == SETTLED)),
        "reading": config.execution.intrabar,
        "expectancy_r_pessimistic": pessimistic,
        "expectancy_r_optimistic": optimistic,
    }


def _spread(values: NDArray[np.float64]) -> dict[str, float] | None:
    """Least, median and greatest; None of nothing."""
    if len(values) == 0:
        return None
    low, middle, high = (float(value) for value in np.quantile(values, [0.0, 0.5, 1.0]))
    return {"least": low, "median": middle, "greatest": high}


def _sized(judged: Judged) -> dict[str, Any]:
    value, bounds = judged.sized_expectancy_r
    return {"sized_expectancy_r": value, "sized_expectancy_r_interval": bounds_of(bounds)}


def _score(score: Score) -> dict[str, Any]:
    return {"value": score.value, "note": score.note}


def skill_sentence(figures: TradeFigures, coverage: float, vote: VoterOnWindow | None = None) -> str:
    """Is there any skill? One sentence in a trader's words, and one on what the `vote` knew where that is known."""
    if figures.trades == 0:
        return "No trade passed the gates: there is nothing to judge."
    if figures.expectancy_r_interval is None:
        return f"{figures.trades} trade{'s say' if figures.trades > 1 else ' says'} nothing about skill."
    low, high = figures.expectancy_r_interval
    least, most = (f"{bound:+.3f}" if math.isfinite(bound) else "no bound" for bound in (low, high))
    earned = f"{figures.expectancy_r:+.3f} R a trade, {coverage:.0%} interval {least} to {most} R"
    knew = knowledge_clause(vote, figures.expectancy_r_interval)
    if low > 0:
        return f"Better than flat on this window: {earned}.{knew}"
    if high < 0:
        return f"It loses money on this window: {earned}.{knew}"
    return f"No edge shown here: {earned}, which includes zero.{knew}"
