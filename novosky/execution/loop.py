"""The loop over bars: one step a bar, the same step for backtest and bot. The rules: docs/execution.md."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.execution.account import equity_at
from novosky.execution.at_open import act_at_open, acts_at_open, charge_swap
from novosky.execution.bar_range import meet_gaps, meet_range, passes_by
from novosky.execution.breakers import earliest, latched, roll_calendar, trip_breakers
from novosky.execution.closing import close_at_market
from novosky.execution.codes import FINER_BARS, NO_NEXT_BAR, OPENED, WINDOW_END
from novosky.execution.compiled import compiled
from novosky.execution.deciding import decide, heed_wish
from novosky.execution.management import manage
from novosky.execution.opening import open_pending
from novosky.execution.records import BAR_DTYPE, Bar, Book, Floats, Log
from novosky.execution.series import BarArrays, FinerBars, Intent, Intents
from novosky.execution.shadow import step_shadow
from novosky.execution.stop_out import meet_stop_out
from novosky.execution.terms import Contract, Rules


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
def happen(book: Book, bar: Bar, contract: Contract, rules: Rules) -> int:
    """What a bar does to the account before its close; what became of the intent that was pending.

    OPENED also where nothing was pending. What the bar closed and booked lies in `book.closed` and `book.booked`, the
    first `n_closed` and `n_booked` rows.
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
            meet_gaps(book, bar, contract)
            meet_stop_out(book, bar, contract)
        if not passes_by(book, bar):
            meet_range(book, bar, contract, rules)
    if rules.equity_filter_drawdown_r > 0.0:
        step_shadow(book, bar, contract, rules)
    return earlier


@compiled
def at_close(book: Book, bar: Bar, intent: Intent, contract: Contract, rules: Rules) -> int:
    """Mark the account at a bar's close, follow what is open, ask the breakers and decide; what becomes of `intent`.

    The bot comes here, too, with the account as its broker has it.
    """
    book.equity = equity_at(book, bar.close, bar.spread, contract)
    for k in range(book.open):
        manage(book.positions[k], bar, contract, rules)
    trip_breakers(book, rules)
    for k in range(book.open):
        heed_wish(book, book.positions[k], intent.wish, rules)
    return decide(book, bar, intent, rules)


@compiled
def step(book: Book, bar: Bar, intent: Intent, contract: Contract, rules: Rules) -> tuple[int, int]:
    """One bar happens to the account: (what became of the intent before it, what becomes of `intent` at its close)."""
    return happen(book, bar, contract, rules), at_close(book, bar, intent, contract, rules)


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
    """Copy what the last bar closed and booked. Raises IndexError where the log has no room for it."""
    if log.written[0] + book.n_closed > len(log.trades) or log.written[1] + book.n_booked > len(log.deals):
        raise IndexError("the log is full: expected one of new_log for as many intents as pass their gates")
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
