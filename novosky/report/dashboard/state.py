"""All that is shown, as one JSON-ready state of one bot; pure but for the clock that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from novosky.report.dashboard.condition import BAD, OFF, Condition, condition
from novosky.report.dashboard.curve import account, curve
from novosky.report.dashboard.dealt import marks, positions, trade_rows
from novosky.report.dashboard.decided import decisions, why_not
from novosky.report.dashboard.drifting import Judged, by_confidence, questions
from novosky.report.dashboard.follow import Book
from novosky.report.dashboard.limits import guards, limits, margin_row
from novosky.trading.monitor.blocks import report_block
from novosky.trading.monitor.course import course
from novosky.trading.monitor.promise import Promise
from novosky.trading.monitor.report import Report, Terms, report_of

BARS: Final = 3000  # the newest ones, on the price chart
EVENTS: Final = 30
TERMINALS: Final = ("simulated", "metatrader5", "mt5linux", "http")


@dataclass(frozen=True)
class Expected:
    """What the promoted revision was judged by; `problem` where that is not known."""

    promise: Promise | None = None
    judged: tuple[Judged, ...] = ()
    problem: str = ""


def bot_state(
    book: Book, terms: Terms, own: Mapping[str, Any], expected: Expected, now_ms: int, grew_ms: int
) -> dict[str, Any]:
    """`own` are the dashboard's own settings, used where the ledger says nothing of the bot's (`start_facts`)."""
    is_told = book.run is not None and "profile" in book.run.details
    facts = {**own, **(book.run.details if book.run is not None and is_told else _by_name(book.bot))}
    terms = replace(terms, loss_clock=facts["profile"]["loss_clock"])
    report = report_of(book.bot, book.entries, terms, expected.promise) if book.entries else None
    points = course(book.entries)
    last = book.state.equity
    margin = None if last is None else margin_row(last)
    return {
        "bot": _bot(book, facts, is_told, condition(book, facts, now_ms, grew_ms)),
        "account": account(points, len(book.state.positions)),
        "today": None if report is None else report.day._asdict() | {"clock": terms.loss_clock},
        "figures": None if report is None else _figures(report),
        "positions": positions(book),
        "limits": limits(book, facts) + ([] if margin is None else [margin]),
        "guards": guards(book),
        "decisions": decisions(book),
        "why_not": why_not(book),
        "curve": curve(points),
        "trades": [] if report is None else trade_rows(report.trades.closed),
        "calibration": _calibration(report, expected),
        "drift": [] if report is None else questions(report.drifts),
        "alarms": [] if report is None else [alarm._asdict() for alarm in report.alarms],
        "events": [
            {"time_ms": time_ms, "name": one.name, "level": one.level, "text": one.text}
            for time_ms, one in list(book.events)[::-1][:EVENTS]
        ],
    }


def _by_name(bot: str) -> dict[str, Any]:
    """What an older ledger still says: a bot that nobody named begins with its terminal's kind."""
    kind = bot.partition("-")[0]
    return {"terminal": kind} if kind in TERMINALS else {}


def no_bot(words: str, is_fault: bool) -> dict[str, Any]:
    """Of a place without a ledger, or with one that was never readable."""
    tone = BAD if is_fault else OFF
    name = "Unreadable" if is_fault else "No ledger yet"
    return {"bot": {"state": Condition(name, tone, words, None)._asdict(), "name": ""}, "account": None}


def bar_state(book: Book, after_ms: int) -> dict[str, Any]:
    """Bars later than `after_ms` of the newest `BARS`, as the bot's own rows have them, and the trades on them."""
    shown = book.bars[-BARS:]
    closed = report_trades(book)
    return {
        "bars": [bar for bar in shown if bar[0] > after_ms],
        "first_ms": shown[0][0] if shown else None,
        "total": len(book.bars),
        "trades": marks(closed, shown[0][0]) if shown else [],
        "source": "as the bot read them from its terminal and wrote them into its ledger, bid prices"
        if shown
        else "This ledger keeps no bars: an older version of the bot wrote it",
    }


def report_trades(book: Book) -> Any:
    """Closed trades, in order of closing."""
    from novosky.trading.ledger.trades import live_trades

    return live_trades(book.entries).closed


def _bot(book: Book, facts: Mapping[str, Any], is_told: bool, now: Condition) -> dict[str, Any]:
    intents = (*book.state.settled.values(), *book.state.intents.values())
    revision = book.run.details.get("revision", "") if book.run is not None else ""
    return {
        "name": book.bot,
        "state": now._asdict(),
        "symbol": book.decisions[-1].symbol if book.decisions else facts["symbol"],
        "timeframe": facts["timeframe"],
        "terminal": facts["terminal"],
        "currency": facts["currency"],
        "digits": facts["digits"],
        "dry": facts["dry"],
        "profile": facts["profile"]["name"],
        "profile_number": facts["profile"]["number"],
        "loss_clock": facts["profile"]["loss_clock"],
        "settings_from": "The settings that the bot started with."
        if is_told
        else "This dashboard's own settings: the ledger does not name the bot's.",
        "revision": revision or (max(intents, key=lambda one: one.written_ms).intent.revision if intents else ""),
        "started_ms": book.run_ms or None,
        "row": book.state.number,
        "row_ms": book.state.time_ms or None,
        "bar_ms": book.decisions[-1].bar_time_ms if book.decisions else None,
        "decided": sum(book.verdicts.values()),
    }


def _figures(report: Report) -> dict[str, Any]:
    block = report_block(report)
    return {name: block[name] for name in ("closed", "recent", "whole", "positions_lost", "parity_events", "revisions")}


def _calibration(report: Report | None, expected: Expected) -> dict[str, Any]:
    if expected.promise is None or expected.problem:
        return {"rows": [], "words": expected.problem}
    revision = expected.promise.revision
    live = () if report is None else tuple(one for one in report.trades.closed if one.revision == revision)
    rows = by_confidence(expected.judged, live)
    if not rows:
        return {"rows": [], "words": f"{revision} was judged by {len(expected.judged)} trades: too few to divide"}
    told = f"{len(live)} live trades of {revision} beside the {len(expected.judged)} that it was judged by"
    return {"rows": rows, "words": told}
