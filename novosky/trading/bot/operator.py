"""The people beside the bot: what they are shown, what they ask for, and what the day brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from novosky.config.schema.notify import DAILY_REPORT, DRIFT, ERROR, GUARD, START_STOP, TRADE
from novosky.market.timeframes import timeframe_name
from novosky.trading.bot.broker import Look
from novosky.trading.bot.sender import Sender
from novosky.trading.bot.session import Session, Tell
from novosky.trading.guards.latch import NO_OPENING
from novosky.trading.guards.rejects import resumed
from novosky.trading.intent import CLOSE
from novosky.trading.ledger.rows import Event
from novosky.trading.notices.notes import Notes
from novosky.trading.notices.notifier import Notifier
from novosky.trading.telegram.commands import ALL, PAUSE, RESUME, Command, Commands
from novosky.trading.telegram.commands import CLOSE as CLOSE_COMMAND
from novosky.trading.telegram.desk import Desk, OpenPosition, Today

KINDS: Final = {
    "trade": TRADE,
    "daily_report": DAILY_REPORT,
    "guard": GUARD,
    "parity_alarm": DRIFT,
    "started": START_STOP,
    "stopped": START_STOP,
    "disconnected": ERROR,
    "connected": ERROR,
    "order": ERROR,
    "refused": ERROR,
    "money_moved": ERROR,
    "calendar": ERROR,
}
"""Kinds of what the bot tells -> kinds of notices; the others stay in the ledger."""


def told_by(notifier: Notifier) -> Tell:
    """What the bot tells, as notices."""

    def tell(kind: str, level: str, text: str) -> None:
        if kind == "reconciled":
            notifier.notify(TRADE if level == "info" else ERROR, level, text)
        elif kind in KINDS:
            notifier.notify(KINDS[kind], level, text)

    return tell


@dataclass
class Operator:
    """Publishes the desk, does what was commanded, keeps what other threads noticed."""

    session: Session
    commands: Commands
    notes: Notes
    currency: str
    peak: float = 0.0

    def attend(self, sender: Sender) -> str:
        """Once a cycle and in between; a reason to stop, or nothing."""
        session = self.session
        for note in self.notes.take():
            session.write(Event(note.name, note.level, note.text))
        reason = ""
        for command in self.commands.take():
            asked = f"{command.name} by user {command.user_id} in chat {command.chat_id}"
            session.write(Event("command", "warning", asked, {"ticket": command.ticket}))
            self.commands.reply(command, self._do(command, sender))
            if command.name not in (PAUSE, RESUME, CLOSE_COMMAND):
                reason = asked
        return reason

    def publish(self, look: Look) -> None:
        """What questions are answered from."""
        session, book = self.session, self.session.book
        account, guards = look.account, session.board
        self.peak = max(self.peak, account.equity)
        holding = tuple(f"{name}: {getattr(guards, name).reason}" for name in guards.holding)
        state = "dry" if session.settings.dry else "paused" if guards.paused.holds else "trading"
        profits = {row.ticket: row for row in look.seen.positions}
        self.commands.publish(
            Desk(
                time_ms=session.now_ms,
                bot=session.ledger.bot,
                state=state,
                connected=True,
                symbol=session.broker.symbol,
                timeframe=timeframe_name(session.broker.minutes),
                revision=session.settings.revision,
                currency=self.currency,
                balance=account.balance,
                equity=account.equity,
                drawdown_pct=100.0 * (1.0 - account.equity / self.peak) if self.peak > 0.0 else 0.0,
                today=Today(book.today.trades, book.today.wins, book.today.net, book.today.since_ms),
                positions=tuple(
                    OpenPosition(
                        row.ticket, row.symbol, row.side, row.volume, row.price_open, row.stop, row.target,
                        look.profits.get(row.ticket, 0.0), row.time_ms,
                    )
                    for row in profits.values()
                    if row.ticket in session.ledger.state.positions
                ),
                guards=holding,
                last_bar_ms=book.bar_ms,
                last_decision=book.last_verdict,
                server_clock=session.broker.clock,
            )
        )  # fmt: skip

    def _do(self, command: Command, sender: Sender) -> str:
        session = self.session
        board, now = session.board, session.now_ms
        if command.name == PAUSE:
            session.guard(paused=board.paused.trip(NO_OPENING, now, f"by user {command.user_id}"))
            return "Paused: nothing new is opened; what is open keeps its stop and is managed."
        if command.name == RESUME:
            session.guard(paused=board.paused.free(now), rejects=resumed(board.rejects, now))
            return f"Resumed. Guards that still hold: {', '.join(session.board.holding) or 'none'}."
        if command.name == CLOSE_COMMAND:
            return self._close(command.ticket, sender)
        return "Stopping. What is open keeps its stop and target at the broker."

    def _close(self, asked: int, sender: Sender) -> str:
        book = self.session.book
        tickets = [ticket for ticket in book.tickets if asked in (ALL, ticket)]
        if not tickets:
            return "Nothing to close: the bot holds no such position."
        tick, closed = self.session.broker.tick(), []
        for ticket in tickets:
            position = book.position(ticket)
            side, volume = int(position.side), float(position.volume)
            price = tick.bid if side > 0 else tick.ask
            if sender.submit(sender.intent(CLOSE, side, volume, price, 0.0, 0.0, position=ticket, reason="command")):
                closed.append(ticket)
        left = [ticket for ticket in tickets if ticket in book.tickets]
        return f"Closed: {len(closed)}. Still open: {', '.join(map(str, left)) or 'none'}."
