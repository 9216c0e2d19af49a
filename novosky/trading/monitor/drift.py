"""Is what trades still what was promised? Result, frequency and costs against the judged trades, the result against 0.

The chance `alpha` of a false alarm holds over all looks and all questions together: each has a share of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from novosky.execution.records import Floats
from novosky.trading.intent import ENTRY, Intent
from novosky.trading.ledger.rows import Decision, Entry, Fill
from novosky.trading.ledger.trades import LiveTrade
from novosky.trading.monitor.betting import STAKES, Evidence, inflation_of
from novosky.trading.monitor.promise import Promise

R_BOUNDS: Final = (-2.0, 4.0)  # a trade beyond counts as that
COST_BOUND_R: Final = 0.25
RESULT, LOSES, FEWER, MORE, COSTS = "result", "loses", "fewer_trades", "more_trades", "costs"
SHARES: Final = {RESULT: 0.5, LOSES: 0.2, FEWER: 0.1, MORE: 0.1, COSTS: 0.1}
PRICE_OF_LOOKING: Final = 2.0  # log evidence that bettors who do not know the fall are behind those who do, about


@dataclass(frozen=True)
class Drift:
    """One question. `evidence` above `limit` at any value so far is an alarm, and stays one."""

    name: str
    unit: str
    promised: float  # means
    found: float | None
    promised_values: int  # 0: the mean is known
    values: int
    inflation: float
    evidence: float
    evidence_most: float
    limit: float
    alarm_at: int | None  # number of the value that crossed the limit, from 1
    visible: float  # difference that would show with so many values, about; inf without any
    visible_ever: float  # and however many come: the promise itself is not known better

    @property
    def alarms(self) -> bool:
        return self.alarm_at is not None


def drifts(
    entries: Iterable[Entry], trades: Sequence[LiveTrade], promise: Promise | None, alpha: float, tolerance_r: float
) -> tuple[Drift, ...]:
    """Of the promised revision's trades of one bot, else of those of the last trade's revision, against 0 alone.

    What the ledger does not know of a trade is left out; costs may exceed the judged ones by `tolerance_r`.
    """
    revision = promise.revision if promise is not None else trades[-1].revision if trades else ""
    own = [trade for trade in trades if trade.revision == revision]
    r = [trade.r for trade in own if trade.r is not None]
    inflation = 1.0 if promise is None else inflation_of(promise.r)
    loses = _judged(_Question(LOSES, "R a trade", R_BOUNDS), 0.0, r, alpha, inflation)
    if promise is None or not len(promise.r):
        return (loses,)
    per_day = opened_per_day(entries, promise)
    busy = busy_day(promise.per_day)
    rate, costs = inflation_of(promise.per_day), inflation_of(promise.costs_r)
    paid = [cost for cost in map(_costs_r, own) if cost is not None]
    day, cost = "trades a day", _Question(COSTS, "R a trade", (-COST_BOUND_R, COST_BOUND_R), turned=True)
    return (
        _judged(_Question(RESULT, "R a trade", R_BOUNDS), promise.r, r, alpha, inflation),
        loses,
        _judged(_Question(FEWER, day, (0.0, busy)), promise.per_day, per_day, alpha, rate),
        _judged(_Question(MORE, day, (0.0, busy), turned=True), promise.per_day, per_day, alpha, rate),
        _judged(cost, promise.costs_r + tolerance_r, paid, alpha, costs),
    )


def busy_day(per_day: Floats) -> float:
    """Trades that a day counts at most: twice the mean, as a power of two, so that the sample itself hardly sets it."""
    return float(2.0 ** math.ceil(math.log2(max(2.0 * float(per_day.mean()), 2.0))))


def opened_per_day(entries: Iterable[Entry], promise: Promise) -> list[float]:
    """Trades that the decisions of this revision opened in each day's worth of decided bars; hours off do not count."""
    bars: list[int] = []
    asked: dict[str, int] = {}
    opened: set[int] = set()
    for row in (entry.row for entry in entries):
        if isinstance(row, Intent) and row.revision != promise.revision:
            bars, opened = [], set()
        elif isinstance(row, Intent) and row.action == ENTRY:
            asked[row.hash] = row.bar_time_ms
        elif isinstance(row, Fill) and row.intent in asked:
            opened.add(asked[row.intent])
        elif isinstance(row, Decision):
            bars.append(row.bar_time_ms)
    bars = sorted(set(bars))
    day = promise.bars_a_day
    return [float(sum(bar in opened for bar in bars[at : at + day])) for at in range(0, len(bars) - day + 1, day)]


def _costs_r(trade: LiveTrade) -> float | None:
    if trade.entry_slippage_r is None or not trade.risk_money:
        return None
    return trade.entry_slippage_r + trade.charges / trade.risk_money


class _Question(NamedTuple):
    """`turned`: it is more that alarms, not less."""

    name: str
    unit: str
    bounds: tuple[float, float]
    turned: bool = False


def _judged(
    question: _Question, promised: Floats | float, found: Sequence[float], alpha: float, inflation: float
) -> Drift:
    low, high = question.bounds
    sign = -1.0 if question.turned else 1.0
    bounds = (-high, -low) if question.turned else (low, high)
    evidence = Evidence(sign * promised, *bounds, inflation)
    limit, alarm_at = math.log(1.0 / (alpha * SHARES[question.name])), None
    for number, value in enumerate(found, 1):
        if evidence.see(sign * value) >= limit and alarm_at is None:
            alarm_at = number
    t, n = len(found), 0 if isinstance(promised, float) else len(promised)
    mean, price = float(np.mean(promised)), limit + PRICE_OF_LOOKING
    known = _reach(np.clip(promised, low, high), sign * mean - bounds[0], price) if n else (0.0, 0.0)
    live = _reach(np.clip(found, low, high), bounds[1] - sign * mean, price) if t else (math.inf, math.inf)
    return Drift(
        name=question.name,
        unit=question.unit,
        promised=mean,
        found=sum(found) / t if t else None,
        promised_values=n,
        values=t,
        inflation=inflation,
        evidence=math.exp(min(evidence.log_now, 700.0)),
        evidence_most=math.exp(min(evidence.log_most, 700.0)),
        limit=math.exp(limit),
        alarm_at=alarm_at,
        visible=max(math.sqrt(2.0 * price * inflation * (known[0] + live[0])), known[1], live[1]),
        visible_ever=max(math.sqrt(2.0 * price * inflation * known[0]), known[1]),
    )


def _reach(values: Floats, room: float, price: float) -> tuple[float, float]:
    """Variance of the mean, and the least difference that the largest stakes, 0.9 / room, can see in so many values."""
    return float(values.var()) / len(values), price * max(room, 0.0) / (float(STAKES[0]) * len(values))
