"""What the ledger's rows of a stretch say about one deal that differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from novosky.execution.codes import EXIT_NAMES, MOVED_STOP, OPENED, STOP, TARGET, VERDICT_NAMES
from novosky.trading.bot.shadow import SAME_PRICE, Deal, Difference
from novosky.trading.intent import ADD, CLOSE, ENTRY, LEVELS, PARTIAL, Intent
from novosky.trading.ledger import rows as ledger
from novosky.trading.ledger.rows import ADOPTED, SMALLEST_LOTS, Event, Fill, OrderRow, PositionEvent
from novosky.trading.replay import causes
from novosky.trading.replay.core_step import Stepped
from novosky.trading.replay.stretches import Stretch
from novosky.trading.terminal.retcodes import name_of

HANDS: Final = ("client", "mobile", "web")
AT_LEVELS: Final = ("sl", "tp")
LEVEL_EXITS: Final = (EXIT_NAMES[STOP], EXIT_NAMES[TARGET], EXIT_NAMES[MOVED_STOP])
ASKED_BY: Final = {"open": (ENTRY,), "add": (ADD,), "partial": (PARTIAL,), "close": (CLOSE, LEVELS)}
PHASES: Final = {
    ledger.REFUSED: causes.REFUSED,
    ledger.LOST: causes.LOST,
    ledger.ABSENT: causes.LOST,
    ledger.PLACED: causes.LOST,
    ledger.EXPIRED: causes.EXPIRED,
}
NOT_OPENED: Final = {"late": causes.LATE, "outcome_unknown": causes.UNKNOWN_OUTCOME}

Why = tuple[str, str]
"""A cause's name and words for it."""


@dataclass
class Evidence:
    """One stretch; `waits_until_ms` is what the guard of rejected orders said before it."""

    stretch: Stretch
    stepped: list[Stepped]
    fills: dict[int, Fill]  # by `id` of the deal made of it
    waits_until_ms: int = 0
    intents: dict[str, Intent] = field(init=False)
    orders: dict[str, list[OrderRow]] = field(init=False)

    def __post_init__(self) -> None:
        self.intents = {row.hash: row for row in self.stretch.rows if isinstance(row, Intent)}
        self.orders = {}
        for row in self.stretch.rows:
            if isinstance(row, OrderRow):
                self.orders.setdefault(row.intent, []).append(row)

    def why(self, difference: Difference) -> Why | None:
        """None where nothing speaks for anything."""
        expected, found, _ = difference
        if expected is None:
            assert found is not None
            reasons = self._alone(found)
        else:
            reasons = self._not_done(expected) if found is None else self._otherwise(expected, found)
        return next(reasons, None)

    def _not_done(self, expected: Deal) -> Iterator[Why]:
        opens = expected.kind in ("open", "add")
        if opens:
            yield from map(_not_opened, self.stretch.events("not_opened"))
        yield from ((causes.DRY, event.text) for event in self.stretch.events("dry"))
        for intent in self.intents.values():
            concerns = opens or intent.position_ticket == expected.ticket
            if intent.action in ASKED_BY[expected.kind] and concerns:
                yield from self._order(intent)
        if opens and self.stretch.times_ms and self.waits_until_ms > self.stretch.times_ms[0]:
            yield causes.WAITS, "the last orders were refused, so none was sent"
        yield from ((causes.RESTARTED, event.text) for event in self.stretch.events("started"))
        if any(step.exits.get(expected.ticket) in LEVEL_EXITS for step in self.stepped):
            yield causes.LEVEL, "the bar reaches it, the broker's price did not"

    def _order(self, intent: Intent) -> Iterator[Why]:
        """What came of an intent's order first, where nothing was done in the end."""
        steps = self.orders.get(intent.hash, [])
        if not steps or steps[-1].phase not in PHASES:
            return
        first = next(row for row in steps if row.phase in PHASES)
        answer = f": {name_of(first.retcode)}" if first.retcode else ""
        yield PHASES[first.phase], f"{intent.action} {first.phase}{answer}"

    def _alone(self, found: Deal) -> Iterator[Why]:
        fill = self.fills[id(found)]
        yield from self._hands(fill)
        intent = self.intents.get(fill.intent)
        asked = "" if intent is None else str(intent.details.get("reason", ""))
        if asked == "command":
            yield causes.COMMAND, "the bot was told to close it"
        if fill.entry == "in":
            yield from self._opened_alone(found, intent)
        elif fill.reason in AT_LEVELS:
            yield causes.LEVEL, "the broker's price met it, the bar does not reach it"
        elif intent is not None and intent.action == CLOSE and asked not in EXIT_NAMES:
            yield causes.PROTECTION, asked

    def _opened_alone(self, found: Deal, intent: Intent | None) -> Iterator[Why]:
        refused = next((step.refused for step in self.stepped if step.refused != VERDICT_NAMES[OPENED]), "")
        if refused and intent is not None:
            yield causes.GATE, f"the core refuses it at its own price: {refused}"
        if any(isinstance(row, PositionEvent) and row.event == ADOPTED for row in self.stretch.rows):
            yield causes.ADOPTED, f"position {found.ticket} was taken over"

    def _otherwise(self, expected: Deal, found: Deal) -> Iterator[Why]:
        fill = self.fills[id(found)]
        yield from self._hands(fill)
        intent = self.intents.get(fill.intent)
        if intent is not None and fill.volume < intent.volume - SMALLEST_LOTS:
            yield causes.PARTIAL, f"{fill.volume:g} of {intent.volume:g} lots"
        if abs(found.price - expected.price) <= SAME_PRICE:
            return
        quoted = "at the broker's level" if intent is None else _quoted(intent, fill)
        yield causes.PRICE, f"{found.price - expected.price:+.10g} from the core's {expected.price:.10g}; {quoted}"

    def _hands(self, fill: Fill) -> Iterator[Why]:
        if fill.reason in HANDS:
            yield causes.BY_HAND, f"the deal's reason is {fill.reason}"
        elif fill.reason == "so":
            yield causes.STOP_OUT, "the deal's reason is so"
        elif fill.reason in AT_LEVELS and (why := self.levels_by_hand(fill.position_ticket)) is not None:
            yield why

    def levels_by_hand(self, ticket: int) -> Why | None:
        """Where the broker's stop or target changed and no intent asked for it."""
        asked = any(row.action == LEVELS and row.position_ticket == ticket for row in self.intents.values())
        for row in self.stretch.rows:
            changed = isinstance(row, PositionEvent) and row.event == "levels" and row.position_ticket == ticket
            if changed and not asked:
                assert isinstance(row, PositionEvent)
                return causes.LEVELS_BY_HAND, f"stop {row.stop:.10g}, target {row.target:.10g}"
        return None


def _not_opened(event: Event) -> Why:
    why = str(event.details.get("why", ""))
    if why in VERDICT_NAMES:
        return causes.GATE, event.text
    return NOT_OPENED.get(why, causes.GUARD), event.text


def _quoted(intent: Intent, fill: Fill) -> str:
    spread = float(intent.details.get("spread", 0.0))
    return f"quoted {intent.price:.10g} at a spread of {spread:.10g}, filled {fill.price:.10g}"
