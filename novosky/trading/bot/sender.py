"""An intent goes out at most once at a time: written, sent, answered, and what it did taken in with one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from novosky.trading.bot.broker import DisconnectedError
from novosky.trading.bot.requests import Requests, cancel
from novosky.trading.bot.results import done_rows
from novosky.trading.bot.session import Session
from novosky.trading.guards.rejects import accepted, rejected
from novosky.trading.intent import CLOSE, LEVELS, OPENING, Intent
from novosky.trading.ledger.rows import DONE, EXPIRED, LOST, PART_DONE, PLACED, REFUSED, SENT, OrderRow
from novosky.trading.ledger.state import WRITTEN
from novosky.trading.reconcile.evidence import shows
from novosky.trading.reconcile.settlement import CancelOrder, ClosePosition, SetLevels, Settlement
from novosky.trading.terminal.records import OrderResult
from novosky.trading.terminal.retcodes import Action, action_of, name_of

RETRIED: Final = (Action.RETRY_SAME, Action.RETRY_NEW_PRICE)
PHASES: Final = {Action.PLACED: PLACED, Action.UNKNOWN: LOST}
PAUSE_MS: Final = 500


@dataclass
class Sender:
    """Sends for one session."""

    session: Session
    requests: Requests

    def submit(self, intent: Intent) -> bool:
        """Write, send, and send again where the answer lets it; whether it was done, in whole or in part."""
        session = self.session
        attempt = self._begin(intent)
        if attempt == 0:
            return False
        for tried in range(1, session.settings.sends + 1):
            request = self.requests.of_intent(intent, session.broker.tick())
            if session.now_ms >= intent.expires_ms:
                session.write(OrderRow(intent.hash, attempt - 1, EXPIRED))
                return False
            session.write(OrderRow(intent.hash, attempt, SENT))
            answer = session.broker.terminal.order_send(request)
            action = self._action_of(answer)
            if action in (Action.DONE, Action.PARTIAL) and answer is not None:
                self._done(intent, attempt, answer, action)
                return True
            phase = self._not_done(intent, attempt, answer, action)
            if phase != REFUSED or action not in RETRIED or tried == session.settings.sends:
                return False
            session.clock.wait(PAUSE_MS)
            attempt += 1
        return False

    def settle(self, settlements: list[Settlement]) -> None:
        """Do what a reconciliation asks for."""
        for settlement in settlements:
            action, seen = settlement.action, self.session.broker.tick()
            self.session.tell("reconciled", settlement.level, settlement.text)
            if isinstance(action, CancelOrder):
                if not self.session.settings.dry:
                    self.session.broker.terminal.order_send(cancel(action.order_ticket))
                continue
            held = self.session.ledger.state.positions.get(action.position_ticket) if action is not None else None
            if held is None:
                continue
            closes = isinstance(action, ClosePosition)
            levels = (action.stop, action.target) if isinstance(action, SetLevels) else (0.0, 0.0)
            intent = self.intent(
                CLOSE if closes else LEVELS,
                held.side,
                held.volume,
                seen.bid if held.side > 0 else seen.ask,
                *levels,
                position=held.position_ticket,
                reason=settlement.text,
            )
            if intent.hash in self.session.ledger.state.settled:  # done in this bar, and undone by another since
                intent = replace(intent, bar_time_ms=self.session.now_ms)
            self.submit(intent)

    def intent(
        self,
        action: str,
        side: int,
        volume: float,
        price: float,
        stop: float,
        target: float,
        *,
        position: int = 0,
        lasts_ms: int | None = None,
        **details: object,
    ) -> Intent:
        """An intent of the bar that the book closed last; it lasts until that bar's successor is over."""
        session = self.session
        settings, book = session.settings, session.book
        minutes_ms = session.broker.minutes * 60_000
        until = session.now_ms + (minutes_ms if lasts_ms is None else lasts_ms)
        return Intent(
            action=action,
            symbol=settings.own.symbol,
            bar_time_ms=book.bar_ms,
            expires_ms=until,
            side=side,
            volume=volume,
            price=price,
            stop=stop,
            target=target,
            position_ticket=position,
            revision=settings.revision,
            magic=settings.own.magic,
            details=details,
        )

    def _begin(self, intent: Intent) -> int:
        """Number of the attempt that may leave now; 0: none may."""
        session = self.session
        if session.settings.dry:
            session.say("dry", "info", f"not sent: {intent.action} {intent.volume:g} lots", intent=intent.hash)
            return 0
        if not session.board.rejects.may_send(session.now_ms) and intent.action in OPENING:
            return 0
        state = session.ledger.state
        if intent.hash in state.settled:
            return 0
        may_show_ms = session.now_ms - session.settings.own.grace_ms
        if intent.action != LEVELS and state.is_being_taken(intent.position_ticket, may_show_ms):
            return 0
        known = state.intents.get(intent.hash)
        if known is None:
            session.write(intent)
            return 1
        is_free = known.phase in (WRITTEN, REFUSED) or not known.is_in_flight
        return known.attempt + 1 if is_free and session.now_ms < known.intent.expires_ms else 0

    def _done(self, intent: Intent, attempt: int, answer: OrderResult, action: Action) -> None:
        session = self.session
        phase = DONE if action is Action.DONE else PART_DONE
        row = OrderRow(
            intent.hash, attempt, phase, answer.retcode, answer.order, answer.deal, answer.volume, answer.price
        )
        try:
            look = session.look()
        except DisconnectedError:
            session.write(row)
            raise
        session.write(row, *done_rows(session.ledger.state, intent, answer, look.seen, session.settings.own))
        session.book.take_swaps(look.swaps)
        session.guard(rejects=accepted(session.board.rejects))
        text = f"{intent.action} {answer.volume or intent.volume:g} lots at {answer.price:g}"
        session.tell("trade", "info", text)

    def _action_of(self, answer: OrderResult | None) -> Action:
        """What an answer asks for; one that names another's order is not this one's."""
        if answer is not None and answer.order in self.session.ledger.state.order_intents:
            return Action.UNKNOWN
        return action_of(None if answer is None else answer.retcode)

    def _not_done(self, intent: Intent, attempt: int, answer: OrderResult | None, action: Action) -> str:
        """Written down, looked up where it has to be; the phase that it is in now."""
        session = self.session
        code = None if answer is None else answer.retcode
        phase = PHASES.get(action, REFUSED)
        text = name_of(code)
        if phase == REFUSED and self._may_be_done(intent):
            phase, text = LOST, f"{text}, and yet its trace shows"
        order = 0 if answer is None or answer.order in session.ledger.state.order_intents else answer.order
        session.write(OrderRow(intent.hash, attempt, phase, code or 0, order, 0, 0.0, 0.0, text))
        if intent.action in OPENING and phase != PLACED:
            session.guard(rejects=rejected(session.board.rejects, action.value, session.now_ms))
        session.tell("order", "warning", f"{intent.action} {phase}: {text}")
        if phase != REFUSED:
            session.settle(session.look())
        return phase

    def _may_be_done(self, intent: Intent) -> bool:
        """Whether an order that is said to be refused shows, or cannot be looked for: its answer may be another's."""
        session = self.session
        if intent.action == LEVELS:
            return False  # the same levels twice are the same levels
        try:
            look = session.look()
        except DisconnectedError:
            return True
        return shows(session.ledger.state, intent.hash, look.seen, session.settings.own)
