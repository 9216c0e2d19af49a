"""The symbol's contract, held against the broker's file: what makes a size or a price another one fails."""

from __future__ import annotations

import math
from collections.abc import Sequence

from novosky.config.checks.contract import is_multiple
from novosky.trading.doctor.finding import Finding, judged
from novosky.trading.doctor.look import Seen, unanswered
from novosky.trading.doctor.terms import Terms

JUDGE_AGAIN = "or choose the broker's own file, and judge the set again by it (mode=backtest)"


def prices(terms: Terms, seen: Seen) -> Finding:
    """Point, digits and the step of a price; by `data.point` the spread of bars is read."""
    told, broker = seen.symbol, terms.broker
    if told is None:
        return unanswered("symbol", "symbol_info", seen)
    pairs = [
        ("broker.point", told.point, broker.point),
        ("broker.digits", told.digits, broker.digits),
        ("broker.tick_size", told.trade_tick_size, broker.tick_size),
        ("data.point", told.point, terms.data_point),
    ]
    return _same("symbol", pairs)


def contract_size(terms: Terms, seen: Seen) -> Finding:
    """Units in one lot."""
    if seen.symbol is None:
        return unanswered("contract size", "symbol_info", seen)
    return _same(
        "contract size", [("broker.contract_size", seen.symbol.trade_contract_size, terms.broker.contract_size)]
    )


def tick_value(terms: Terms, seen: Seen) -> Finding:
    """Account money per tick and lot: the size of every trade hangs on it. It floats where currencies are converted."""
    told, due = seen.symbol, terms.contract.tick_value
    if told is None:
        return unanswered("tick value", "symbol_info", seen)
    off_pct = abs(told.trade_tick_value / due - 1.0) * 100.0
    currency = terms.account.currency
    mend = ""
    if told.trade_tick_value <= 0.0:
        mend = "the terminal knows no value yet: open the symbol's chart, wait for ticks and ask again"
    elif off_pct > terms.limits.tick_value_pct:
        converted = "account.conversion_rate" if terms.account.conversion_rate is not None else "broker.tick_value"
        times = told.trade_tick_value / due
        mend = f"every size would be {times:.3g} times the right one: mend {converted}, {JUDGE_AGAIN}"
    expected = f"{due:g} {currency}, within {terms.limits.tick_value_pct:g} %"
    return judged("tick value", f"{told.trade_tick_value:g}", expected, fail=mend)


def volumes(terms: Terms, seen: Seen) -> Finding:
    """Smallest, largest and step. A volume that was backtested must be one that the broker takes."""
    told, broker = seen.symbol, terms.broker
    if told is None:
        return unanswered("volumes", "symbol_info", seen)
    found = f"{told.volume_min:g} to {told.volume_max:g} by {told.volume_step:g} lots"
    expected = f"{broker.volume_min:g} to {broker.volume_max:g} by {broker.volume_step:g} lots"
    pairs = [
        ("broker.volume_min", told.volume_min, broker.volume_min),
        ("broker.volume_max", told.volume_max, broker.volume_max),
        ("broker.volume_step", told.volume_step, broker.volume_step),
    ]
    mend = _mend(pairs)
    coarser = told.volume_step <= 0.0 or not is_multiple(broker.volume_step, told.volume_step)
    refuses = told.volume_min > broker.volume_min * (1 + 1e-9) or coarser
    return judged("volumes", found, expected, fail=mend if refuses else "", warn=mend)


def levels(terms: Terms, seen: Seen) -> Finding:
    """Stops and freeze level: a wider one refuses levels that the backtest set."""
    told, broker = seen.symbol, terms.broker
    if told is None:
        return unanswered("levels", "symbol_info", seen)
    pairs = [
        ("broker.stops_level_points", told.trade_stops_level, broker.stops_level_points),
        ("broker.freeze_level_points", told.trade_freeze_level, broker.freeze_level_points),
    ]
    wider = any(found > due for _, found, due in pairs)
    found, expected = (f"stops {pairs[0][i]}, freeze {pairs[1][i]} points" for i in (1, 2))
    return judged("levels", found, expected, fail=_mend(pairs) if wider else "", warn=_mend(pairs))


def _same(name: str, pairs: Sequence[tuple[str, float, float]]) -> Finding:
    found, expected = (", ".join(f"{pair[0].removeprefix('broker.')} {pair[i]:g}" for pair in pairs) for i in (1, 2))
    return judged(name, found, expected, fail=_mend(pairs))


def _mend(pairs: Sequence[tuple[str, float, float]]) -> str:
    """The keys that differ, as the terminal has them."""
    other = [f"{key}={found:g}" for key, found, due in pairs if not math.isclose(found, due, rel_tol=1e-9)]
    return f"set {' '.join(other)}, {JUDGE_AGAIN}" if other else ""
