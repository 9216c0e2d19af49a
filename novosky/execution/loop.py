"""The loop over bars: one step a bar, the same step for backtest and bot. The rules: docs/execution.md."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.execution.account import equity_at
from novosky.execution.brackets import bracket_exit, exit_price, finer_exit
from novosky.execution.breakers import earliest, latched, roll_calendar, trip_breakers
from novosky.execution.closing import close_at_market, close_part, close_position
from novosky.execution.codes import (
    CLOSE,
    EQUITY_FILTER,
    FINER_BARS,
    IGNORE,
    NO_NEXT_BAR,
    NOT_CLOSED,
    OPENED,
    OPPOSITE_SIGNAL,
    OPTIMISTIC,
    PARTIAL_DUE,
    POSITION_MODEL,
    POSITION_OPEN,
    SPREAD_LIMIT,
    STOP,
    TIME,
    WEEK_END_EXIT,
    WINDOW_END,
    WISH_ADD,
    WISH_EXIT,
)
from novosky.execution.compiled import compiled
from novosky.execution.costs import to_cents
from novosky.execution.management import manage, move_stop, note_excursion, note_last_excursion, touches
from novosky.execution.opening import open_additions, open_pending
from novosky.execution.records import (
    BAR_DTYPE,
    SHADOW,
    Bar,
    BarArrays,
    Book,
    Contract,
    FinerBars,
    Floats,
    Intent,
    Intents,
    Log,
    Position,
    Rules,
)
from novosky.execution.shadow import close_shadow, decide_shadow, open_shadow
from novosky.execution.stop_out import meet_stop_out


@compiled
def charge_swap(book: Book, bar: Bar, contract: Contract) -> None:
    """The nights since the last bar, on every open position."""
    for k in range(book.open):
        position = book.positions[k]
        price = position.entry_price if contract.swap_on_entry_price else bar.open
        if position.side > 0:
            night = contract.swap_long_fixed + contract.swap_long_per_price * price
        else:
            night = contract.swap_short_fixed + contract.swap_short_per_price * price
        position.swap = to_cents(position.swap + to_cents(bar.nights * night * position.volume))


@compiled
def why_leave(position: Position, bar: Bar, rules: Rules) -> int:
    """Why a position leaves at the open of `bar`; NOT_CLOSED where it stays."""
    if bar.number - position.hold_from >= rules.max_hold_bars:
        return TIME
    if bar.week_end:
        return WEEK_END_EXIT
    return int(position.leave)


@compiled
def acts_at_open(book: Book, bar: Bar, rules: Rules) -> bool:
    """Whether any position leaves, closes in part, or is added to at this open."""
    for k in range(book.open):
        position = book.positions[k]
        if why_leave(position, bar, rules) != NOT_CLOSED or position.partial == PARTIAL_DUE or position.add != 0:
            return True
    return False


@compiled
def act_at_open(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """What leaves at the open, whole or in part; then what is added."""
    k = 0
    while k < book.open:
        reason = why_leave(book.positions[k], bar, rules)
        if reason != NOT_CLOSED:
            close_at_market(book, k, bar, bar.open, reason, contract)
            continue
        if book.positions[k].partial == PARTIAL_DUE:
            close_part(book, k, bar, contract, rules)
        k += 1
    open_additions(book, bar, contract, rules)


@compiled
def bar_exit(position: Position, bar: Bar, rules: Rules) -> tuple[int, float, int]:
    """What the bar's range does to a position: (exit code, price, 1 ambiguous or 2 ambiguous and settled)."""
    side, spread, stop, target = position.side, bar.spread, position.stop, position.target
    optimistic = rules.reading == OPTIMISTIC
    reason, price, both = bracket_exit(side, bar.open, bar.high, bar.low, spread, stop, target, optimistic)
    if not both:
        return reason, price, 0
    if rules.reading == FINER_BARS:
        code, finer_price, still = finer_exit(side, bar, stop, target)
        if code != NOT_CLOSED:
            return code, finer_price, 1 if still else 2
    return reason, price, 1


@compiled
def passes_by(book: Book, bar: Bar) -> bool:
    """Whether the bar's range meets no level; its excursions are noted then."""
    for k in range(book.open):
        if touches(book.positions[k], bar):
            return False
    for k in range(book.open):
        note_excursion(book.positions[k], bar)
    return True


@compiled
def meet_range(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """Stops and targets against the bar's range, position by position."""
    k = 0
    while k < book.open:
        position = book.positions[k]
        reason, price, ambiguous = bar_exit(position, bar, rules)
        if reason == NOT_CLOSED:
            note_excursion(position, bar)
            k += 1
            continue
        note_last_excursion(position, reason, price)
        slippage = bar.slippage if reason == STOP else 0.0
        price -= position.side * slippage
        close_position(book, k, bar, price, slippage, reason, ambiguous, contract)


@compiled
def step_shadow(book: Book, bar: Bar, contract: Contract, rules: Rules) -> None:
    """The shadow account's bar, up to its close."""
    shadow = book.positions[SHADOW]
    if shadow.side != 0 and why_leave(shadow, bar, rules) != NOT_CLOSED:
        close_shadow(book, exit_price(shadow.side, bar.open, bar.spread) - shadow.side * bar.slippage, rules)
    if book.pending_shadow != 0:
        open_shadow(book, bar, contract)
    if shadow.side != 0:
        if not touches(shadow, bar):
            note_excursion(shadow, bar)
            move_stop(shadow, bar, contract, rules)
            return
        reason, price, _ = bar_exit(shadow, bar, rules)
        close_shadow(book, price - (shadow.side * bar.slippage if reason == STOP else 0.0), rules)


@compiled
def may_add(book: Book, position: Position, rules: Rules) -> bool:
    """Whether a close may ask for an addition to this position."""
    return bool(position.is_add == 0 and position.adds < rules.max_adds and latched(book) == OPENED)


@compiled
def heed_wish(book: Book, position: Position, wish: int, rules: Rules) -> None:
    """What a close's wish does to an open position."""
    if wish == WISH_EXIT:
        position.leave = POSITION_MODEL
    elif wish == WISH_ADD and may_add(book, position, rules):
        position.add = 1


@compiled
def face_opposite(book: Book, side: int, rules: Rules) -> int:
    """What an intent of `side` does to positions against it; how many places are taken when it opens."""
    taken = int(book.open)
    if rules.on_opposite == IGNORE:
        return taken
    against = 0
    for k in range(book.open):
        position = book.positions[k]
        if position.side != side:
            against += 1
            if position.leave == NOT_CLOSED:
                position.leave = OPPOSITE_SIGNAL
    if against > 0 and rules.on_opposite == CLOSE:
        return int(rules.max_positions)
    return taken - against


@compiled
def decide(book: Book, bar: Bar, intent: Intent, rules: Rules) -> int:
    """The account's gates among the market's: what becomes of an intent at a bar's close."""
    verdict = earliest(intent.verdict, latched(book))
    if rules.equity_filter_drawdown_r > 0.0:
        decide_shadow(book, intent, rules)
        if book.filter_halt != 0:
            verdict = earliest(verdict, EQUITY_FILTER)
    if intent.verdict in (OPENED, SPREAD_LIMIT):
        book.pending_sl = intent.sl_atr * bar.atr
        book.pending_tp = intent.tp_atr * bar.atr
    if verdict != OPENED:
        return verdict
    if book.open > 0 and face_opposite(book, intent.side, rules) >= rules.max_positions:
        return POSITION_OPEN
    book.pending_side = intent.side
    book.pending_risk_multiplier = intent.risk_multiplier
    book.pending_confidence = intent.confidence
    return OPENED


@compiled
def idle(book: Book, bar: Bar, verdict: int, rules: Rules) -> bool:
    """Whether nothing can happen on this bar: flat, nothing pending, no new day or week, and no side at its close."""
    return bool(
        verdict != OPENED
        and book.open == 0
        and book.pending_side == 0
        and bar.day == book.day
        and bar.week == book.week
        and rules.equity_filter_drawdown_r <= 0.0
    )


@compiled
def step(book: Book, bar: Bar, intent: Intent, contract: Contract, rules: Rules) -> tuple[int, int]:
    """One bar happens to the account: (what became of the intent before it, what becomes of `intent` at its close).

    The first is OPENED also where nothing was pending. What the bar closed and booked lies in `book.closed` and
    `book.booked`, the first `n_closed` and `n_booked` rows.
    """
    book.n_closed = book.n_booked = 0
    earlier = OPENED
    if bar.day != book.day or bar.week != book.week:
        roll_calendar(book, bar.day, bar.week, rules)
    if book.open > 0:
        if bar.nights != 0:
            charge_swap(book, bar, contract)
        if acts_at_open(book, bar, rules):
            act_at_open(book, bar, contract, rules)
    if book.pending_side != 0:
        earlier = open_pending(book, bar, contract, rules)
        book.pending_side = 0
    if book.open > 0:
        if contract.stop_out_pct > 0.0:
            meet_stop_out(book, bar, contract)
        if not passes_by(book, bar):
            meet_range(book, bar, contract, rules)
    if rules.equity_filter_drawdown_r > 0.0:
        step_shadow(book, bar, contract, rules)
    book.equity = equity_at(book, bar.close, bar.spread, contract)
    for k in range(book.open):
        manage(book.positions[k], bar, contract, rules)
    trip_breakers(book, rules)
    for k in range(book.open):
        heed_wish(book, book.positions[k], intent.wish, rules)
    return earlier, decide(book, bar, intent, rules)


@compiled
def set_bar(bar: Bar, bars: BarArrays, i: int) -> None:
    """Fill a bar's record from the arrays."""
    bar.number = i
    bar.open = bars.open[i]
    bar.high = bars.high[i]
    bar.low = bars.low[i]
    bar.close = bars.close[i]
    bar.spread = bars.spread[i]
    bar.slippage = bars.slippage[i]
    bar.atr = bars.atr[i]
    bar.day = bars.day[i]
    bar.week = bars.week[i]
    bar.nights = bars.nights[i]
    bar.week_end = bars.flat[i]


@compiled
def intent_at(intents: Intents, i: int) -> Intent:
    return Intent(
        intents.side[i],
        intents.verdict[i],
        intents.confidence[i],
        intents.sl_atr[i],
        intents.tp_atr[i],
        intents.risk_multiplier[i],
        intents.wish[i],
    )


@compiled
def set_finer(bar: Bar, finer: FinerBars, i: int) -> None:
    """Hand the bar the finer bars inside it."""
    bar.finer_count = finer.first[i + 1] - finer.first[i]
    for j in range(bar.finer_count):
        inner = bar.finer[j]
        inner.open = finer.open[finer.first[i] + j]
        inner.high = finer.high[finer.first[i] + j]
        inner.low = finer.low[finer.first[i] + j]


@compiled
def write_log(book: Book, log: Log) -> None:
    """Copy what the last bar closed and booked."""
    for k in range(book.n_closed):
        log.trades[log.written[0] + k] = book.closed[k]
    for k in range(book.n_booked):
        log.deals[log.written[1] + k] = book.booked[k]
    log.written[0] += book.n_closed
    log.written[1] += book.n_booked


@compiled
def run_bars(
    books: NDArray[Any],
    bars: BarArrays,
    finer: FinerBars,
    start: int,
    stop: int,
    intents: Intents,
    contract: Contract,
    rules: Rules,
    log: Log,
    equity: Floats,
    verdicts: NDArray[np.int16],
) -> None:
    """Bars `start <= i < stop` happen to `books[0]`; the last close's intent stays pending, so that a call may go on.

    `contract` and `rules` as records (`as_record`): as tuples they work, several times slower. `log` must come from
    `new_log` for as many intents as pass their gates; a bar holds at most MAX_FINER finer ones.
    """
    book, bar = books[0], np.zeros(1, BAR_DTYPE)[0]
    for i in range(start, stop):
        set_bar(bar, bars, i)
        if idle(book, bar, intents.verdict[i], rules):
            verdicts[i] = earliest(intents.verdict[i], latched(book))
        else:
            if rules.reading == FINER_BARS:
                set_finer(bar, finer, i)
            earlier, verdicts[i] = step(book, bar, intent_at(intents, i), contract, rules)
            if earlier != OPENED:
                verdicts[i - 1] = earlier
            if book.n_booked > 0:
                write_log(book, log)
        equity[i] = book.equity


@compiled
def close_at_end(
    books: NDArray[Any],
    bars: BarArrays,
    last: int,
    contract: Contract,
    log: Log,
    equity: Floats,
    verdicts: NDArray[np.int16],
) -> None:
    """The window ends with the close of bar `last`: drop the pending intent, close what is open."""
    book, bar = books[0], np.zeros(1, BAR_DTYPE)[0]
    set_bar(bar, bars, last)
    book.n_closed = book.n_booked = 0
    if book.pending_side != 0:
        book.pending_side = 0
        verdicts[last] = NO_NEXT_BAR
    while book.open > 0:
        close_at_market(book, 0, bar, bar.close, WINDOW_END, contract)
    write_log(book, log)
    book.equity = equity[last] = book.balance
