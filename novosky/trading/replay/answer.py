"""The whole answer: first causes in order, the trades that differ, and which cause each of them comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import Traded, trade_window
from novosky.config.schema import Config
from novosky.errors import UserError
from novosky.evaluation.windows import Window
from novosky.market.bars import Ints, utc_text
from novosky.models.bundle.bundle import Bundle
from novosky.trading.bot.recovery import CHECKPOINT
from novosky.trading.intent import Intent
from novosky.trading.ledger.rows import Decision, Entry
from novosky.trading.replay.causes import Cause
from novosky.trading.replay.core_step import CoreStep
from novosky.trading.replay.pairs import Pair, bar_of, pairs_of, rows_of_core, rows_of_ledger
from novosky.trading.replay.walk import Walk, first_balance

WINDOW = "ledger"


@dataclass(frozen=True)
class Span:
    """What of a ledger can be replayed: bars of the data from the first decision on, and one more after the last."""

    window: Window
    ends_bar: int  # the one after the last close that was decided on
    balance: float  # of the account at its beginning
    revisions: tuple[str, ...]  # that its intents name


@dataclass(frozen=True)
class Explained:
    """A trade that differs. `cause` acted on it itself; where it is None it follows from `after`."""

    pair: Pair
    cause: Cause | None
    after: Cause | None  # the first cause, from which on the books are not the same


@dataclass(frozen=True)
class Answer:
    """Of one bot's ledger."""

    span: Span
    decisions: int
    missed: int
    pairs: tuple[Pair, ...]
    causes: tuple[Cause, ...]
    explained: tuple[Explained, ...]
    traded: Traded

    @property
    def is_explained(self) -> bool:
        """Whether each difference has a cause that has a name."""
        return all(cause.is_explained for cause in self.causes) and all(one.after is not None for one in self.explained)

    def counts(self) -> dict[str, int]:
        """Causes by name."""
        return dict(sorted(Counter(cause.name for cause in self.causes).items()))


def span_of(entries: Sequence[Entry], time_ms: Ints) -> Span:
    """Raises UserError for a ledger that cannot be replayed on these bars."""
    decisions = [entry.row for entry in entries if isinstance(entry.row, Decision)]
    balance = first_balance(entries)
    if not decisions or balance is None:
        raise UserError("ledger: expected decisions, found none; the bot has decided on no bar yet")
    if CHECKPOINT not in decisions[0].details:
        raise UserError("ledger: expected the bot's book beside each decision, found none; an older program wrote it")
    places = [bar_of(time_ms, one.bar_time_ms) for one in decisions]
    if places[0] < 0 or int(time_ms[places[0]]) != decisions[0].bar_time_ms:
        raise UserError(
            f"ledger: its first decision is on the bar of {utc_text(decisions[0].bar_time_ms)}, the data goes from "
            f"{utc_text(int(time_ms[0]))} to {utc_text(int(time_ms[-1]))} and has no such bar; give the data that the "
            "bot saw (data=..., or data=terminal)"
        )
    last = max(places)
    revisions = sorted({entry.row.revision for entry in entries if isinstance(entry.row, Intent)})
    window = Window(WINDOW, places[0], min(last + 2, len(time_ms)))
    return Span(window, last + 1, balance, tuple(revisions))


def with_balance(config: Config, span: Span) -> Config:
    """The configuration with the account as the ledger began."""
    return replace(config, account=replace(config.account, balance=span.balance))


def replayed(config: Config, prepared: Prepared, bundle: Bundle, entries: Sequence[Entry], names: set[str]) -> Answer:
    """Replay and explain. `names`: what the intents may call `bundle`."""
    time_ms = prepared.bars.time_ms
    span = span_of(entries, time_ms)
    config = with_balance(config, span)
    traded = trade_window(config, prepared, bundle, span.window)
    walk = Walk(
        CoreStep.of(config, prepared, bundle, traded, span.window), span.balance, not set(span.revisions) <= names
    )
    causes = tuple(walk.causes(entries))
    pairs = tuple(pairs_of(rows_of_core(traded, span.ends_bar), rows_of_ledger(entries, time_ms, span.ends_bar)))
    explained = tuple(_explained(pair, causes, time_ms) for pair in pairs if pair.parts)
    decisions = [entry.row for entry in entries if isinstance(entry.row, Decision)]
    missed = sum(bool(one.details.get("missed")) for one in decisions)
    return Answer(span, len(decisions), missed, pairs, causes, explained, traded)


def _explained(pair: Pair, causes: Sequence[Cause], time_ms: Ints) -> Explained:
    last = len(time_ms) if pair.last_bar is None else pair.last_bar
    before = [cause for cause in causes if bar_of(time_ms, cause.bar_ms) <= last]
    own = next((cause for cause in before if _acts_on(cause, pair, bar_of(time_ms, cause.bar_ms))), None)
    return Explained(pair, own, before[0] if before else None)


def _acts_on(cause: Cause, pair: Pair, place: int) -> bool:
    """Whether a cause is one of this trade's own: its position's, or nobody's on the bar of its entry or exit."""
    if cause.ticket:
        return cause.ticket == pair.ticket
    rows = [row for row in (pair.expected, pair.found) if row is not None]
    return place >= pair.first_bar and place in {bar for row in rows for bar in (row.entry_bar, row.exit_bar)}


def block_of(answer: Answer, time_ms: Ints) -> dict[str, Any]:
    """JSON-ready, stable keys."""
    found = [pair.found.net for pair in answer.pairs if pair.found is not None and pair.found.exit_bar is not None]
    expected = [
        pair.expected.net for pair in answer.pairs if pair.expected is not None and pair.expected.exit_bar is not None
    ]
    window = answer.span.window
    return {
        "from": utc_text(int(time_ms[window.start])),
        "to": utc_text(int(time_ms[answer.span.ends_bar - 1])),
        "decisions": answer.decisions,
        "decisions_missed": answer.missed,
        "balance": answer.span.balance,
        "revisions": list(answer.span.revisions),
        "trades_in_ledger": sum(pair.found is not None for pair in answer.pairs),
        "trades_in_replay": sum(pair.expected is not None for pair in answer.pairs),
        "trades_equal": sum(not pair.parts for pair in answer.pairs),
        "net_in_ledger": round(sum(found), 2),
        "net_in_replay": round(sum(expected), 2),
        "causes_by_name": answer.counts(),
        "causes": [_cause_block(cause) for cause in answer.causes],
        "trades_that_differ": [_trade_block(one, time_ms) for one in answer.explained],
        "is_explained": answer.is_explained,
    }


def _cause_block(cause: Cause) -> dict[str, Any]:
    return {
        "number": cause.number,
        "bar": utc_text(cause.bar_ms),
        "cause": cause.name,
        "text": cause.text,
        "position": cause.ticket,
        "money": round(cause.money, 2),
    }


def _trade_block(one: Explained, time_ms: Ints) -> dict[str, Any]:
    pair = one.pair
    return {
        "entry": utc_text(int(time_ms[pair.first_bar])),
        "position": pair.ticket,
        "differs_in": list(pair.parts),
        "cause": None if one.cause is None else one.cause.number,
        "follows_from": None if one.after is None else one.after.number,
        "ledger": None if pair.found is None else pair.found.__dict__,
        "replay": None if pair.expected is None else pair.expected.__dict__,
    }
