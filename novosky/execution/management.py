"""What closed bars do to open positions: excursions, break-even, trailing stop, partial close."""

from __future__ import annotations

from novosky.execution.brackets import SAME_PRICE, exit_price, round_to_tick
from novosky.execution.codes import PARTIAL_DUE, PARTIAL_OPEN, STOP
from novosky.execution.compiled import compiled
from novosky.execution.records import Bar, Position
from novosky.execution.terms import Contract, Rules


@compiled
def touches(position: Position, bar: Bar) -> bool:
    """Whether the bar's range, its open included, meets the stop or the target."""
    if position.side > 0:
        return bool(bar.low <= position.stop + SAME_PRICE or bar.high >= position.target - SAME_PRICE)
    high, low = bar.high + bar.spread, bar.low + bar.spread
    return bool(high >= position.stop - SAME_PRICE or low <= position.target + SAME_PRICE)


@compiled
def note_excursion(position: Position, bar: Bar) -> None:
    """Worst and best price of the closing side on a bar that leaves the position open."""
    if position.side > 0:
        position.worst = min(position.worst, bar.low)
        position.best = max(position.best, bar.high)
    else:
        position.worst = max(position.worst, bar.high + bar.spread)
        position.best = min(position.best, bar.low + bar.spread)


@compiled
def note_last_excursion(position: Position, reason: int, price: float) -> None:
    """What the bar did after the exit at `price` does not count."""
    if reason == STOP:
        position.worst = min(position.worst, price) if position.side > 0 else max(position.worst, price)
    else:
        position.best = max(position.best, price) if position.side > 0 else min(position.best, price)


@compiled
def manage(position: Position, bar: Bar, contract: Contract, rules: Rules) -> None:
    """What a closed bar changes of an open position."""
    if rules.breakeven_r > 0.0 or rules.trail_atr > 0.0:
        move_stop(position, bar, contract, rules)
    if rules.partial_r > 0.0 and position.partial == PARTIAL_OPEN:
        ask_for_part(position, bar, rules)


@compiled
def move_stop(position: Position, bar: Bar, contract: Contract, rules: Rules) -> None:
    """Break-even and trailing stop at the close: the better of the two, where it is better and the broker takes it."""
    side, entry = position.side, position.entry_price
    reached = (position.best - entry) * side + SAME_PRICE
    wanted, better = position.stop, False
    if rules.breakeven_r > 0.0 and reached >= rules.breakeven_r * position.stop_distance:
        level = round_to_tick(entry + side * rules.breakeven_offset, contract.tick_size)
        if (level - wanted) * side > SAME_PRICE:
            wanted, better = level, True
    if rules.trail_atr > 0.0 and reached >= rules.trail_start_r * position.stop_distance:
        level = round_to_tick(position.best - side * rules.trail_atr * bar.atr, contract.tick_size)
        if (level - wanted) * side > SAME_PRICE:
            wanted, better = level, True
    if better and may_move(position, wanted, bar, contract):
        position.stop = wanted
        position.stop_moved = 1


@compiled
def may_move(position: Position, level: float, bar: Bar, contract: Contract) -> bool:
    """Whether the broker takes a new stop: the stops level of the new one, the freeze level of what lies now."""
    side = position.side
    closing = exit_price(side, bar.close, bar.spread)
    room = (closing - level) * side
    if room < max(contract.stops_distance - SAME_PRICE, SAME_PRICE):
        return False
    if contract.freeze_distance <= 0.0:
        return True
    frozen = contract.freeze_distance + SAME_PRICE
    return bool((closing - position.stop) * side > frozen and (position.target - closing) * side > frozen)


@compiled
def ask_for_part(position: Position, bar: Bar, rules: Rules) -> None:
    """Whether this close shows the profit at which a part closes at the next open."""
    shown = (exit_price(position.side, bar.close, bar.spread) - position.entry_price) * position.side
    if shown + SAME_PRICE >= rules.partial_r * position.stop_distance:
        position.partial = PARTIAL_DUE
