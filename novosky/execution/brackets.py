"""A stop and a target around an entry: where they lie and which bar ends them.

Labels, backtest and bot call these same functions. Bars are bid bars, ask = bid + spread: a BUY opens at ask and
closes at bid, a SELL opens at bid and closes at ask, so that its levels are watched on ask.
"""

from __future__ import annotations

import math

from novosky.execution.codes import NOT_CLOSED, STOP, TARGET
from novosky.execution.compiled import compiled
from novosky.execution.records import Bar

SAME_PRICE = 1e-9  # price units: below any tick, above what sums of prices lose in binary


@compiled
def entry_price(side: int, bid: float, spread: float) -> float:
    """Price at which a market order opens: ask for a BUY, bid for a SELL."""
    return bid + spread if side > 0 else bid


@compiled
def exit_price(side: int, bid: float, spread: float) -> float:
    """Price at which a position closes: bid for a BUY, ask for a SELL."""
    return bid if side > 0 else bid + spread


@compiled
def round_to_tick(price: float, tick_size: float) -> float:
    """The nearest whole tick, halves up."""
    return math.floor(price / tick_size + 0.5 + 1e-6) * tick_size  # halves that binary fractions put a little lower


@compiled
def tick_within(quote: float, side: int, distance: float, tick_size: float) -> float:
    """The whole tick that lies on the losing side of `quote` as far as it may, at most `distance` away."""
    ticks = (quote - side * distance) / tick_size
    return (math.ceil(ticks - 1e-6) if side > 0 else math.floor(ticks + 1e-6)) * tick_size


@compiled
def bracket_levels(
    side: int, entry: float, sl_distance: float, tp_distance: float, tick_size: float
) -> tuple[float, float]:
    """Stop and target of a position, price units, on whole ticks."""
    return (
        round_to_tick(entry - side * sl_distance, tick_size),
        round_to_tick(entry + side * tp_distance, tick_size),
    )


@compiled
def levels_allowed(side: int, bid: float, spread: float, stop: float, target: float, stops_distance: float) -> bool:
    """Whether a broker takes these levels: measured from the price that closes the position.

    https://www.mql5.com/en/articles/2555 (TP and SL against SYMBOL_TRADE_STOPS_LEVEL).
    """
    closing = exit_price(side, bid, spread)
    to_stop = (closing - stop) * side
    to_target = (target - closing) * side
    least = max(stops_distance - SAME_PRICE, SAME_PRICE)
    return to_stop >= least and to_target >= least


@compiled
def bracket_exit(
    side: int, open_: float, high: float, low: float, spread: float, stop: float, target: float, optimistic: bool
) -> tuple[int, float, bool]:
    """What one bar does to an open position: (exit code, price, whether the bar held both levels).

    `open_`, `high`, `low` are bid prices. A gap through a level fills at the open. A bar that holds both levels
    stops first, or, if `optimistic`, takes the target. Prices closer than `SAME_PRICE` are one.
    """
    shift = 0.0 if side > 0 else spread
    at_open = open_ + shift
    if side > 0:
        adverse, favourable = low, high
    else:
        adverse, favourable = -(high + shift), -(low + shift)
    signed_open, signed_stop, signed_target = side * at_open, side * stop + SAME_PRICE, side * target - SAME_PRICE
    if signed_open <= signed_stop:
        return STOP, at_open, False
    if signed_open >= signed_target:
        return TARGET, at_open, False
    stopped = adverse <= signed_stop
    reached = favourable >= signed_target
    if stopped and reached:
        return (TARGET, target, True) if optimistic else (STOP, stop, True)
    if stopped:
        return STOP, stop, False
    if reached:
        return TARGET, target, False
    return NOT_CLOSED, 0.0, False


@compiled
def finer_exit(side: int, bar: Bar, stop: float, target: float) -> tuple[int, float, bool]:
    """Which level the finer bars inside `bar` meet first: (exit code, price, whether one of them held both).

    NOT_CLOSED where there are none, or none meets a level. They ask the coarse bar's spread.
    """
    for j in range(bar.finer_count):
        inner = bar.finer[j]
        code, price, both = bracket_exit(side, inner.open, inner.high, inner.low, bar.spread, stop, target, False)
        if code != NOT_CLOSED:
            return code, price, both
    return NOT_CLOSED, 0.0, False
