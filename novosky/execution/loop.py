"""The loop over bars: one step a bar, the same step for backtest and bot.

Order inside a bar: the calendar rolls; a position that is too old, or that the last close told to leave, closes at
the open; the intent of the last close opens; the bracket meets the bar's range; equity is marked at the close; the
next intent is decided.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.execution.brackets import bracket_exit, bracket_levels, entry_price, exit_price, levels_allowed
from novosky.execution.breakers import roll_calendar, trip_breakers
from novosky.execution.codes import (
    NO_NEXT_BAR,
    NOT_CLOSED,
    OPENED,
    POSITION_MODEL,
    POSITION_OPEN,
    STOP,
    STOPS_LEVEL,
    TIME,
    VOLUME_BELOW_MINIMUM,
    WINDOW_END,
)
from novosky.execution.compiled import compiled
from novosky.execution.costs import price_difference_money, to_cents
from novosky.execution.records import Bar, BarArrays, Contract, Floats, Intent, Intents, Rules
from novosky.execution.sizing import scaled_volume


@compiled
def open_position(state: Any, bar: Bar, contract: Contract, rules: Rules, trade: Any) -> int:
    """Open the pending side at the bar's open with what was known when it was decided; the verdict."""
    side = state.pending_side
    entry = entry_price(side, bar.open, bar.spread)
    stop, target = bracket_levels(side, entry, state.pending_sl, state.pending_tp, contract.tick_size)
    if not levels_allowed(side, bar.open, bar.spread, stop, target, contract.stops_distance):
        return STOPS_LEVEL
    volume = scaled_volume(state.balance, rules.risk_pct, state.pending_risk_multiplier, abs(entry - stop), contract)
    if volume == 0.0:
        return VOLUME_BELOW_MINIMUM
    state.side = side
    state.entry_bar = bar.number
    state.volume = volume
    state.entry_price = entry
    state.stop = stop
    state.target = target
    state.risk_money = abs(price_difference_money(entry, stop, volume, contract))
    state.entry_spread = bar.spread
    state.worst = state.best = exit_price(side, bar.open, bar.spread)
    trade.confidence = state.pending_confidence
    trade.risk_multiplier = state.pending_risk_multiplier
    return OPENED


@compiled
def close_position(
    state: Any, i: int, price: float, reason: int, spread: float, contract: Contract, trade: Any
) -> None:
    """Close at `price` on bar `i` and write the trade's row."""
    side = state.side
    gross = to_cents(price_difference_money(state.entry_price, price, state.volume, contract) * side)
    commission = to_cents(2.0 * contract.commission_per_lot * state.volume)
    paid_spread = state.entry_spread if side > 0 else spread
    net = gross - commission
    state.balance = to_cents(state.balance + net)
    state.equity = state.balance
    state.losses_in_row = state.losses_in_row + 1 if net < 0.0 else 0
    trade.decision_bar = state.entry_bar - 1
    trade.entry_bar = state.entry_bar
    trade.exit_bar = i
    trade.side = side
    trade.volume_lots = state.volume
    trade.entry_price = state.entry_price
    trade.exit_price = price
    trade.stop = state.stop
    trade.target = state.target
    trade.exit_reason = reason
    trade.gross = gross
    trade.spread_cost = to_cents(price_difference_money(0.0, paid_spread, state.volume, contract))
    trade.commission = commission
    trade.net = net
    trade.risk_money = state.risk_money
    trade.r = net / state.risk_money
    state.total_r += trade.r
    state.peak_r = max(state.peak_r, state.total_r)
    stop_distance = abs(state.entry_price - state.stop)
    trade.mae_r = max(0.0, (state.entry_price - state.worst) * side / stop_distance)
    trade.mfe_r = max(0.0, (state.best - state.entry_price) * side / stop_distance)
    trade.balance_after = state.balance
    state.side = 0
    state.trades += 1


@compiled
def watch_bracket(state: Any, bar: Bar, contract: Contract, rules: Rules, trade: Any) -> None:
    """Let the bar's range meet the open position's stop and target."""
    side = state.side
    reason, price, ambiguous = bracket_exit(
        side, bar.open, bar.high, bar.low, bar.spread, state.stop, state.target, rules.optimistic
    )
    if side > 0:
        worst, best = bar.low, bar.high
    else:
        worst, best = bar.high + bar.spread, bar.low + bar.spread
    if reason == STOP:  # what the bar did after the exit does not count
        worst = price
        best = state.best
    elif reason != NOT_CLOSED:
        best = price
    if (worst - state.worst) * side < 0.0:
        state.worst = worst
    if (best - state.best) * side > 0.0:
        state.best = best
    if reason != NOT_CLOSED:
        trade.ambiguous = 1 if ambiguous else 0
        close_position(state, bar.number, price, reason, bar.spread, contract, trade)


@compiled
def mark_to_market(state: Any, close: float, spread: float, contract: Contract) -> None:
    """Equity at a bar's close: the balance and what closing now would bring, commission included."""
    if state.side == 0:
        state.equity = state.balance
        return
    closing = exit_price(state.side, close, spread)
    open_profit = price_difference_money(state.entry_price, closing, state.volume, contract) * state.side
    state.equity = state.balance + open_profit - 2.0 * contract.commission_per_lot * state.volume


@compiled
def decide(state: Any, verdict: int, rules: Rules) -> int:
    """The account's gates after the market's: what becomes of an intent at a bar's close."""
    breaker = trip_breakers(state, rules)
    if verdict != OPENED:
        return verdict
    if breaker != OPENED:
        return breaker
    return POSITION_OPEN if state.side != 0 else OPENED


@compiled
def leaves_at_open(state: Any, number: int, rules: Rules) -> int:
    """Why the open position leaves at the open of bar `number`; NOT_CLOSED where it stays."""
    if number - state.entry_bar >= rules.max_hold_bars:
        return TIME
    return POSITION_MODEL if state.pending_leave != 0 else NOT_CLOSED


@compiled
def step(state: Any, bar: Bar, intent: Intent, contract: Contract, rules: Rules, trades: Any) -> tuple[int, int]:
    """One bar happens to the account: (what became of the intent before it, what becomes of `intent` at its close).

    The first is OPENED also where nothing was pending. Closed trades are written to `trades[state.trades]`.
    """
    earlier = OPENED
    roll_calendar(state, bar.day, bar.week, rules.limits_on_balance)
    if state.side != 0:
        reason = leaves_at_open(state, bar.number, rules)
        if reason != NOT_CLOSED:
            closing = exit_price(state.side, bar.open, bar.spread)
            close_position(state, bar.number, closing, reason, bar.spread, contract, trades[state.trades])
    if state.pending_side != 0:
        earlier = open_position(state, bar, contract, rules, trades[state.trades])
        state.pending_side = 0
    if state.side != 0:
        watch_bracket(state, bar, contract, rules, trades[state.trades])
    mark_to_market(state, bar.close, bar.spread, contract)
    verdict = decide(state, intent.verdict, rules)
    state.pending_leave = intent.leave
    if verdict == OPENED:
        state.pending_side = intent.side
        state.pending_sl = intent.sl_atr * bar.atr
        state.pending_tp = intent.tp_atr * bar.atr
        state.pending_risk_multiplier = intent.risk_multiplier
        state.pending_confidence = intent.confidence
    return earlier, verdict


@compiled
def bar_at(bars: BarArrays, i: int) -> Bar:
    return Bar(
        i,
        bars.open[i],
        bars.high[i],
        bars.low[i],
        bars.close[i],
        bars.spread[i],
        bars.atr[i],
        bars.day[i],
        bars.week[i],
    )


@compiled
def intent_at(intents: Intents, i: int) -> Intent:
    return Intent(
        intents.side[i],
        intents.verdict[i],
        intents.confidence[i],
        intents.sl_atr[i],
        intents.tp_atr[i],
        intents.risk_multiplier[i],
        intents.leave[i],
    )


@compiled
def run_bars(
    state: Any,
    bars: BarArrays,
    start: int,
    stop: int,
    intents: Intents,
    contract: Contract,
    rules: Rules,
    trades: Any,
    equity: Floats,
    verdicts: NDArray[np.int16],
) -> None:
    """Bars `start <= i < stop`; the intent of the last close stays pending, so that a later call may go on.

    `trades` must have a row for each intent and one more; `state[0].trades` tells how many are closed.
    """
    account = state[0]
    for i in range(start, stop):
        bar = bar_at(bars, i)
        intent = intent_at(intents, i)
        earlier, verdict = step(account, bar, intent, contract, rules, trades)
        if earlier != OPENED:
            verdicts[i - 1] = earlier
        verdicts[i] = verdict
        equity[i] = account.equity


@compiled
def close_at_end(
    state: Any, bars: BarArrays, last: int, contract: Contract, trades: Any, equity: Floats, verdicts: NDArray[np.int16]
) -> None:
    """The window ends with the close of bar `last`: drop the pending intent, close what is open."""
    account = state[0]
    if account.pending_side != 0:
        account.pending_side = 0
        verdicts[last] = NO_NEXT_BAR
    if account.side != 0:
        closing = exit_price(account.side, bars.close[last], bars.spread[last])
        close_position(account, last, closing, WINDOW_END, bars.spread[last], contract, trades[account.trades])
        equity[last] = account.equity
