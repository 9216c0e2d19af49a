"""What is done when a bar has opened, in the core's order: closings, parts, additions, the entry, moved stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novosky.execution.at_open import why_leave
from novosky.execution.brackets import exit_price
from novosky.execution.closing import parts_of
from novosky.execution.codes import EXIT_NAMES, MOVED_STOP, NOT_CLOSED, OPENED, PARTIAL_DONE, PARTIAL_DUE, VERDICT_NAMES
from novosky.execution.opening import plan_addition, plan_opening
from novosky.execution.records import Bar
from novosky.trading.bot.sender import Sender
from novosky.trading.bot.session import Session
from novosky.trading.intent import ADD, CLOSE, ENTRY, LEVELS, PARTIAL
from novosky.trading.ledger.rows import REFUSED

SAME_LEVEL = 1e-9


@dataclass
class Opening:
    """The bar that has just opened; `bar` is it as the core reads it, at the price of now."""

    session: Session
    sender: Sender
    bar: Bar
    is_late: bool  # too late to open anything at this bar's open

    def act(self) -> None:
        """All of it; the book has begun the bar."""
        self._leave()
        self._take_parts()
        self._add()
        self._enter()
        self._move_stops()

    def _leave(self) -> None:
        book = self.session.book
        for ticket in book.tickets:
            reason = why_leave(book.position(ticket), self.bar, book.rules)
            if reason != NOT_CLOSED:
                self._close(ticket, EXIT_NAMES[reason])

    def _close(self, ticket: int, reason: str) -> None:
        """All of a position; a part that stays behind once more."""
        book = self.session.book
        for _ in range(self.session.settings.sends):
            if ticket not in book.tickets:
                return
            position = book.position(ticket)
            side = int(position.side)
            price = float(exit_price(side, self.bar.open, self.bar.spread))
            volume = float(position.volume)
            if not self._submit(CLOSE, side, volume, price, (0.0, 0.0), ticket, self._quote(reason)):
                return

    def _take_parts(self) -> None:
        book = self.session.book
        for ticket in book.tickets:
            position = book.position(ticket)
            if position.partial != PARTIAL_DUE:
                continue
            position.partial = PARTIAL_DONE
            part, _ = parts_of(position, book.contract, book.rules)
            if part > 0.0:
                side = int(position.side)
                price = float(exit_price(side, self.bar.open, self.bar.spread))
                facts = self._quote("partial")
                self.sender.submit(
                    self.sender.intent(PARTIAL, side, float(part), price, 0.0, 0.0, position=ticket, **facts)
                )

    def _add(self) -> None:
        book = self.session.book
        for ticket in book.tickets:
            position = book.position(ticket)
            if position.add == 0:
                continue
            position.add = 0
            if self.bar.week_end or self._is_written(ADD, ticket) or not self._may_open("addition"):
                continue
            k = book.tickets.index(ticket)
            verdict, volume, quote = plan_addition(book.book, k, self.bar, book.contract, book.rules)
            if verdict != OPENED:
                self._refused("addition", VERDICT_NAMES[verdict])
                continue
            facts = self._facts(position, float(quote), float(position.stop), float(volume))
            facts |= {"hold_from": int(position.hold_from), "confidence": float(position.confidence)}
            levels = float(position.stop), float(position.target)
            self.sender.submit(
                self.sender.intent(
                    ADD, int(position.side), float(volume), float(quote), *levels, position=ticket, **facts
                )
            )

    def _enter(self) -> None:
        book = self.session.book
        core = book.book
        if core.pending_side == 0 or self._is_written(ENTRY, 0):
            core.pending_side = 0
            return
        side = int(core.pending_side)
        multiplier, confidence = float(core.pending_risk_multiplier), float(core.pending_confidence)
        may_open = self._may_open("entry")
        verdict, volume, quote, stop, target = plan_opening(core, self.bar, book.contract, book.rules)
        core.pending_side = 0
        if not may_open:
            return
        if verdict != OPENED:
            self._refused("entry", VERDICT_NAMES[verdict])
            return
        facts = {
            **self._quote("signal"),
            "risk_money": book.money(abs(float(quote) - float(stop)), float(volume)),
            "risk_multiplier": multiplier,
            "confidence": confidence,
            "hold_from": int(self.bar.number),
        }
        self.sender.submit(
            self.sender.intent(
                ENTRY, side, float(volume), float(quote), float(stop), float(target),
                lasts_ms=self.session.settings.enter_within_ms, **facts,
            )
        )  # fmt: skip

    def _move_stops(self) -> None:
        """Stops that the last close moved go to the broker; one that the market has passed closes the position."""
        session = self.session
        book = session.book
        for ticket in book.tickets:
            position, held = book.position(ticket), session.ledger.state.positions.get(ticket)
            if held is None or abs(held.stop - position.stop) <= SAME_LEVEL + 10.0**-self.sender.requests.digits / 2:
                continue
            side, levels = int(position.side), (float(position.stop), float(position.target))
            price = float(exit_price(side, self.bar.open, self.bar.spread))
            intent = self.sender.intent(
                LEVELS, side, float(position.volume), price, *levels, position=ticket, **self._quote("moved_stop")
            )
            if self.sender.submit(intent):
                continue
            pursued = session.ledger.state.intents.get(intent.hash)
            passed = (price - levels[0]) * side <= 0.0
            if passed and pursued is not None and pursued.phase == REFUSED:
                self._close(ticket, EXIT_NAMES[MOVED_STOP])

    def _submit(
        self, action: str, side: int, volume: Any, price: Any, levels: tuple[float, float], ticket: int, facts: Any
    ) -> bool:
        intent = self.sender.intent(action, side, float(volume), float(price), *levels, position=ticket, **facts)
        return self.sender.submit(intent)

    def _is_written(self, action: str, ticket: int) -> bool:
        """Whether an earlier life has written this bar's opening already."""
        session = self.session
        return (action, session.broker.symbol, session.book.bar_ms, ticket) in session.ledger.state.opened_on

    def _may_open(self, what: str) -> bool:
        """Guards, and the time since the open; a refusal is written down."""
        session = self.session
        holding = [name for name in session.board.holding if name != "losses"]
        if self.is_late:
            self._refused(what, "late")
        elif session.waits:
            self._refused(what, "outcome_unknown")
        elif holding:
            self._refused(what, holding[0])
        else:
            return True
        return False

    def _refused(self, what: str, why: str) -> None:
        self.session.say(
            "not_opened", "info", f"{what} refused at the open: {why}", bar_ms=self.session.book.bar_ms, why=why
        )

    def _quote(self, reason: str) -> dict[str, Any]:
        return {"reason": reason, "bid": float(self.bar.open), "spread": float(self.bar.spread)}

    def _facts(self, position: Any, quote: float, stop: float, volume: float) -> dict[str, Any]:
        return {
            **self._quote("addition"),
            "risk_money": self.session.book.money(abs(quote - stop), volume),
            "risk_multiplier": float(position.risk_multiplier),
        }
