"""One bot's ledger against limits and promise: every figure of `mode=monitor`, and what alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from novosky.trading.ledger.rows import Entry, Event
from novosky.trading.ledger.trades import Trades, live_trades
from novosky.trading.monitor.course import Day, Drawdown, course, drawdown, last_day
from novosky.trading.monitor.drift import Drift, drifts
from novosky.trading.monitor.figures import Figures, figures, last
from novosky.trading.monitor.limits import Alarm, Limits, crossed
from novosky.trading.monitor.promise import Promise
from novosky.trading.monitor.words import sentence

PARITY: Final = "parity"  # name of the events in which a fill differs from the core's
DRIFT: Final = "drift_"  # what the names of its alarms begin with


@dataclass(frozen=True)
class Terms:
    """What is asked of the figures."""

    limits: Limits
    lookback: int  # trades; 0 is all
    alpha: float
    cost_tolerance_r: float
    loss_clock: str


@dataclass(frozen=True)
class Report:
    """Nothing in it depends on when it is made."""

    bot: str
    trades: Trades
    recent: Figures  # of the last trades
    whole: Figures
    fall: Drawdown | None  # since the first of the last trades
    whole_fall: Drawdown | None
    day: Day
    drifts: tuple[Drift, ...]  # empty before the first trade
    parity: dict[str, int]  # events by level
    alarms: tuple[Alarm, ...]


def report_of(bot: str, entries: Sequence[Entry], terms: Terms, promise: Promise | None) -> Report:
    """Of at least one entry. Before the first closed trade nothing alarms."""
    found = live_trades(entries)
    closed, points = found.closed, course(entries)
    recent = last(closed, terms.lookback)
    fall = drawdown(points, recent[0].opened_ms if recent else 0)
    recent_figures = figures(recent)
    answers = drifts(entries, closed, promise, terms.alpha, terms.cost_tolerance_r) if closed else ()
    alarms = crossed(terms.limits, recent_figures, fall) if closed else []
    alarms += [Alarm(f"{DRIFT}{one.name}", sentence(one)) for one in answers if one.alarms]
    events = [entry.row for entry in entries if isinstance(entry.row, Event) and entry.row.name == PARITY]
    return Report(
        bot=bot,
        trades=found,
        recent=recent_figures,
        whole=figures(closed),
        fall=fall,
        whole_fall=drawdown(points),
        day=last_day(closed, points, entries[-1].time_ms, terms.loss_clock),
        drifts=answers,
        parity=dict(sorted(Counter(event.level for event in events).items())),
        alarms=tuple(alarms),
    )
