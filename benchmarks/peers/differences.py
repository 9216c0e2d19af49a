"""Why two lists of trades of one strategy differ: each differing trade falls in a named class, or in none.

A difference counts as explained when the bracket, walked once more in plain Python, gives our trade as it is and theirs
with one of the other library's known rules switched on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, combinations

from benchmarks.peers.strategy import Case
from benchmarks.peers.trades import PeerTrade, same_price
from benchmarks.peers.walk import (
    BRACKET_BEFORE_REVERSAL,
    CLOSED_AT_LAST_OPEN,
    ENTRY_BAR_NOT_WATCHED,
    STOP_BEFORE_GAPPED_TARGET,
    SWITCHES,
    bracket_meets,
    walk,
)

UNEXPLAINED = "unexplained"
# Reasons for a trade that only one of the two has.
REVERSAL_DROPPED = "reversal_dropped"  # the bracket closed the position on the reversal's bar: its order was not taken
LEVEL_PASSED = "level_passed_at_signal"  # the close lies beyond a level that a gap at the open put there
AFTERMATH = "aftermath"  # the other held a trade at the time, one that differs itself
# What each library is known to do; nothing else excuses a difference.
BACKTESTING_RULES = (STOP_BEFORE_GAPPED_TARGET, CLOSED_AT_LAST_OPEN, LEVEL_PASSED)
VECTORBT_RULES = (ENTRY_BAR_NOT_WATCHED, BRACKET_BEFORE_REVERSAL, STOP_BEFORE_GAPPED_TARGET, REVERSAL_DROPPED)

Key = tuple[int, int]


def differences(
    case: Case, ours: Sequence[PeerTrade], theirs: Sequence[PeerTrade], rules: Sequence[str]
) -> Counter[str]:
    """How many trades of either list differ, by cause among `rules` of the other; empty where the lists are equal.

    A trade that both have with different exits counts once.
    """
    own, other = _by_entry(ours), _by_entry(theirs)
    equal = {key for key in own.keys() & other.keys() if same_trade(own[key], other[key])}
    switches = [rule for rule in rules if rule in SWITCHES]
    causes: Counter[str] = Counter()
    for key in (own.keys() | other.keys()) - equal:
        if key in own and key in other:
            causes[_exit_cause(case, own[key], other[key], switches)] += 1
        elif key in own:
            causes[_missing_cause(case, own[key], (), theirs, equal, rules)] += 1
        else:
            causes[_missing_cause(case, other[key], switches, ours, equal, ())] += 1
    return causes


def same_trade(a: PeerTrade, b: PeerTrade) -> bool:
    """Same bars, side and reason, and the same prices but for the last bit."""
    prices = same_price(a.entry_price, b.entry_price) and same_price(a.exit_price, b.exit_price)
    return prices and (a.entry_bar, a.exit_bar, a.side, a.reason) == (b.entry_bar, b.exit_bar, b.side, b.reason)


def _key(trade: PeerTrade) -> Key:
    return trade.entry_bar, trade.side


def _by_entry(trades: Sequence[PeerTrade]) -> dict[Key, PeerTrade]:
    keyed = {_key(trade): trade for trade in trades}
    assert len(keyed) == len(trades), "two trades of one side on one bar"
    return keyed


def _exit_cause(case: Case, ours: PeerTrade, theirs: PeerTrade, switches: Sequence[str]) -> str:
    if not _fits(case, ours, ()):
        return UNEXPLAINED
    return _rules_of(case, theirs, switches) or UNEXPLAINED


def _missing_cause(
    case: Case,
    trade: PeerTrade,
    switches: Sequence[str],
    others: Sequence[PeerTrade],
    equal: set[Key],
    rules: Sequence[str],
) -> str:
    """Why the other list, made by `rules`, lacks `trade`, whose own exit must follow from `switches`."""
    decided = trade.entry_bar - 1
    if _rules_of(case, trade, switches) is None:
        return UNEXPLAINED
    for held in others:
        if not held.entry_bar <= decided < held.exit_bar:
            continue
        if not case.reverse or held.side == trade.side:
            return UNEXPLAINED if _key(held) in equal else AFTERMATH
        met = bracket_meets(case, held.exit_bar, held.entry_bar, held.side, False)
        if REVERSAL_DROPPED in rules and held.exit_bar == trade.entry_bar and met:
            return REVERSAL_DROPPED
    inside = sorted((case.stop[decided], case.close[decided], case.target[decided]))[1] == case.close[decided]
    return UNEXPLAINED if inside or LEVEL_PASSED not in rules else LEVEL_PASSED


def _rules_of(case: Case, trade: PeerTrade, switches: Sequence[str]) -> str | None:
    """The fewest switches that give the trade's exit, "" where none is needed, None where none does."""
    sets = chain.from_iterable(combinations(switches, size) for size in range(len(switches) + 1))
    return next((" + ".join(chosen) for chosen in sets if _fits(case, trade, chosen)), None)


def _fits(case: Case, trade: PeerTrade, switches: Sequence[str]) -> bool:
    decided = trade.entry_bar - 1
    if case.side[decided] != trade.side or not same_price(trade.entry_price, case.open[trade.entry_bar]):
        return False
    bar, price, reason = walk(case, trade.entry_bar, trade.side, switches)
    return (bar, reason) == (trade.exit_bar, trade.reason) and same_price(trade.exit_price, price)
