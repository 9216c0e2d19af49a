"""Why a bar led to a trade or not: every gate by its name, what it found and what it allows."""

from __future__ import annotations

from typing import Any

from novosky.backtest.decisions import MS_PER_MINUTE
from novosky.config.schema import Config
from novosky.execution.breakers import latched
from novosky.execution.codes import OPENED, VERDICT_NAMES
from novosky.trading.bot.book import LiveBook
from novosky.trading.bot.chain import Decided
from novosky.trading.guards.board import Board

Gate = dict[str, Any]


def gates_of(decided: Decided, threshold: float, book: LiveBook, board: Board, config: Config) -> dict[str, Gate]:
    """Gate -> passed, found, limit; in the order in which they are asked. A gate that is off is left out."""
    gates = {**_vote_gates(decided, threshold, config), **_market_gates(decided, config)}
    core, rules = book.book, book.rules
    if rules.equity_filter_drawdown_r > 0.0:
        gates["equity_filter"] = _gate(core.filter_halt == 0, int(core.filter_halt), 0)
    held = int(latched(core))
    gates["breakers"] = _gate(held == OPENED, VERDICT_NAMES[held], VERDICT_NAMES[OPENED])
    gates["positions"] = _gate(int(core.open) < int(rules.max_positions), int(core.open), int(rules.max_positions))
    guards = [name for name in board.holding if name != "losses"]
    gates["guards"] = _gate(not guards, guards, [])
    return gates


def _vote_gates(decided: Decided, threshold: float, config: Config) -> dict[str, Gate]:
    votes, settings = decided.votes, config.prediction
    side, confidence, gap = int(votes.side[0]), float(votes.confidence[0]), float(votes.gap[0])
    gates = {"vote": _gate(side != 0, side, "a side")}
    if side == 0:
        return gates
    by_quantile = settings.rule == "quantile"
    limit = threshold if by_quantile else settings.confidence_threshold
    gates["confidence"] = _gate(confidence > limit if by_quantile else confidence >= limit, confidence, limit)
    gates["probability_gap"] = _gate(gap >= settings.min_probability_diff, gap, settings.min_probability_diff)
    return gates


def _market_gates(decided: Decided, config: Config) -> dict[str, Gate]:
    seen, execution, side = decided.seen, config.execution, int(decided.votes.side[0])
    gates: dict[str, Gate] = {}
    atr = float(seen.atr[0])
    if execution.min_atr_threshold > 0.0:
        gates["atr_floor"] = _gate(atr >= execution.min_atr_threshold, atr, execution.min_atr_threshold)
    if execution.news_block_minutes > 0:
        minutes = int(seen.news_distance_ms[0]) / MS_PER_MINUTE
        gates["news_block"] = _gate(minutes > execution.news_block_minutes, minutes, execution.news_block_minutes)
    if execution.enable_ema_trend_filter:
        beyond = float(seen.close[0] - seen.ema200[0])
        gates["ema_trend"] = _gate(beyond * side > 0.0, beyond, "the side of EMA(200)")
    if execution.sessions:
        gates["session"] = _gate(bool(seen.session_open[0]), bool(seen.session_open[0]), list(execution.sessions))
    if execution.week_end_flat_minutes > 0:
        gates["week_end"] = _gate(not seen.week_end[0], bool(seen.week_end[0]), False)
    if execution.max_spread > 0.0:
        gates["spread_limit"] = _gate(
            seen.spread[0] <= execution.max_spread, float(seen.spread[0]), execution.max_spread
        )
    return gates


def _gate(passed: Any, found: Any, limit: Any) -> Gate:
    return {"passed": bool(passed), "found": found, "limit": limit}
