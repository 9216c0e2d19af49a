"""What the bot's parts share: one account at a broker, one ledger, one book that follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from novosky.errors import UserError
from novosky.trading.bot.book import LiveBook
from novosky.trading.bot.broker import DAY_MS, Broker, Look
from novosky.trading.bot.clock import Clock
from novosky.trading.bot.settings import BotSettings
from novosky.trading.guards.board import Board, changes
from novosky.trading.guards.losses import Losses, moved_money
from novosky.trading.ledger.rows import Event, Row
from novosky.trading.ledger.store import Ledger
from novosky.trading.reconcile.settle import reconcile
from novosky.trading.reconcile.settlement import REFUSE, WAIT, Settlement

PASSES: Final = 3  # of a reconciliation over one look
LATEST_DEAL_MS: Final = 31 * DAY_MS  # a deal that the history has not shown by then is not looked for any longer

Tell = Callable[[str, str, str], None]
"""Takes a notice's kind, level and text; never raises and never waits."""


@dataclass
class Session:
    """Every row is written first and applied to the book then."""

    broker: Broker
    ledger: Ledger
    book: LiveBook
    clock: Clock
    settings: BotSettings
    tell: Tell
    board: Board = field(init=False)
    waits: bool = False  # something's outcome is not known yet: nothing is opened

    def __post_init__(self) -> None:
        self.board = Board(Losses.of(self.book.book))

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def write(self, *rows: Row) -> None:
        """On the disk when this returns, and in the book."""
        if not rows:
            return
        self.ledger.append(self.now_ms, *rows)
        for row in rows:
            self.book.apply(row, self.ledger.state)

    def say(self, kind: str, level: str, text: str, **details: object) -> None:
        """An event, written and told."""
        self.write(Event(kind, level, text, details))
        self.tell(kind, level, text)

    def guard(self, **states: object) -> None:
        """New states of guards, written and told where they changed."""
        after = replace(self.board, **states)  # type: ignore[arg-type]
        events = changes(self.board, after)
        self.board = after
        self.write(*events)
        for event in events:
            if event.level != "info":
                self.tell("guard", event.level, event.text)

    def look(self) -> Look:
        """One look; the book takes the balance over."""
        now = self.now_ms
        in_flight = [pursued.sent_ms for pursued in self.ledger.state.intents.values() if pursued.is_in_flight]
        last = self.ledger.state.time_ms or now
        unbooked = self.ledger.state.unbooked_since_ms()
        late = [] if unbooked is None else [max(unbooked, now - LATEST_DEAL_MS)]
        since = min(now, last, *in_flight, *late) - DAY_MS
        look = self.broker.look(now, since)
        self._take_money(look)
        self.book.book.balance = look.account.balance
        return look

    def settle(self, look: Look) -> list[Settlement]:
        """Write down what the terminal shows and the ledger does not hold; what remains to be done comes back.

        Raises UserError where the account is not the bot's to trade.
        """
        for _ in range(PASSES):
            settlements = reconcile(self.ledger.state, look.seen, self.settings.own)
            if not self._write_down(settlements):
                break
        self.waits = any(settlement.kind == WAIT for settlement in settlements)
        return [settlement for settlement in settlements if settlement.action is not None]

    def _write_down(self, settlements: list[Settlement]) -> bool:
        """Whether there were rows: what they settle may free what waited for them."""
        for settlement in settlements:
            if settlement.kind == REFUSE:
                self.say("refused", "alarm", settlement.text)
                raise UserError(settlement.text)
            if settlement.rows:
                self.write(*settlement.rows)
                self.tell("reconciled", settlement.level, settlement.text)
        return any(settlement.rows for settlement in settlements)

    def _take_money(self, look: Look) -> None:
        """Deposits and withdrawals since the last look move the bases of the limits.

        Those before the first look are in the balance that the limits begin with, whether the history shows them yet
        or not.
        """
        if self.book.money_to_ms < 0:
            self.book.money_to_ms = self.now_ms
        for time_ms, money in look.moved:
            if time_ms <= self.book.money_to_ms:
                continue
            moved_money(self.book.book, money)
            self.say("money_moved", "info", f"{money:+.2f} moved at the broker, neither gain nor loss", money=money)
        latest = max((time_ms for time_ms, _ in look.moved), default=0)
        self.book.money_to_ms = max(self.book.money_to_ms, latest)
