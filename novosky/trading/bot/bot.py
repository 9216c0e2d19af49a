"""The bot: waits for a bar to close, decides as the backtest does, acts at the next open, and loses nothing.

Start and recovery are one path: read the terminal, read the ledger, settle the difference.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from novosky.config.schema import Config
from novosky.execution.codes import VERDICT_NAMES
from novosky.market.bars import Bars, utc_text
from novosky.trading.bot.broker import DAY_MS, DisconnectedError, Look
from novosky.trading.bot.chain import Chain
from novosky.trading.bot.day import DayBook
from novosky.trading.bot.decided_bar import bar_facts
from novosky.trading.bot.live_calendar import LiveCalendar
from novosky.trading.bot.opening import Opening
from novosky.trading.bot.operator import Operator
from novosky.trading.bot.quotes import guard_opening, guard_overdue
from novosky.trading.bot.recovery import CHECKPOINT, decided_on, refuse_constant, restore
from novosky.trading.bot.requests import Requests
from novosky.trading.bot.sender import Sender
from novosky.trading.bot.series import ClosedBar, LiveSeries
from novosky.trading.bot.session import Session
from novosky.trading.bot.shadow import Watch
from novosky.trading.bot.start_facts import start_facts
from novosky.trading.bot.why import gates_of
from novosky.trading.guards import market
from novosky.trading.guards.latch import STOP
from novosky.trading.guards.losses import Losses
from novosky.trading.ledger.rows import Decision, Equity, Fill

RECENT_BARS: Final = 12  # asked for each time, at least
TWICE_MINUTES: Final = 150  # and so much time: more than the hour that a server's clock shows twice in autumn
RETRY_MS: Final = 1_000
LONGEST_RETRY_MS: Final = 60_000
REPLAY_OVER: Final = "the replay is over"


@dataclass
class Bot:
    """One symbol, one account, one set of models."""

    session: Session
    chain: Chain
    config: Config
    point: float
    operator: Operator | None = None
    calendar: LiveCalendar | None = None  # one that is renewed while the bot runs
    stop_reason: str = ""
    is_over: Callable[[], bool] = lambda: False  # whether a replay has come to its end
    bars_decided: int = 0
    cycle_s: float = 0.0  # what the last decision and its orders took
    series: LiveSeries = field(init=False)
    sender: Sender = field(init=False)
    shadow: Watch = field(init=False)
    days: DayBook = field(default_factory=DayBook)
    _is_restored: bool = False
    _is_cut: bool = False  # the terminal's last call went unanswered
    _retry_ms: int = RETRY_MS

    def run(self, each_cycle: Callable[[], None] = lambda: None) -> str:
        """Trade until something stops it; the reason. `each_cycle` is called after each decision."""
        self.start()
        while not self.stop_reason:
            try:
                if self._must_stop():
                    break
                if self._is_cut:
                    self._resume()
                if self.step():
                    each_cycle()
                else:
                    self._wait()
                self._attend()
                self._connected()
            except DisconnectedError as error:
                self._reconnect(error)
        self.session.say("stopped", "info", f"stopped: {self.stop_reason}", reason=self.stop_reason)
        return self.stop_reason

    def stop(self, reason: str) -> None:
        """From any thread: end after the cycle that is under way."""
        self.stop_reason = self.stop_reason or reason
        self.session.clock.wake()

    def start(self) -> None:
        """Connect, settle the difference between terminal and ledger, take the history in."""
        session = self.session
        while True:
            try:
                self._connect()
                self._resume()
                self._connected()
                break
            except DisconnectedError as error:
                self._reconnect(error)
        text = f"started at {utc_text(session.now_ms)} with {len(session.book.tickets)} positions"
        session.say("started", "info", text, revision=session.settings.revision, **start_facts(self.config))

    def step(self) -> bool:
        """Decide on the bars that have closed since, the last of them to be acted on; whether there was one."""
        session = self.session
        if session.now_ms < self._due_ms:
            return False
        began = time.perf_counter()
        rates = session.broker.bars_after(self.series.last_ms, self.point, self._recent_bars)
        if len(rates.closed) == 0:
            return False
        if self.calendar is not None:
            self.calendar.attend(session, self.chain)
        if len(rates.closed) >= self._recent_bars - 1:
            rates = session.broker.bars_after(self.series.last_ms, self.point, session.settings.history_bars)
        for i in range(len(rates.closed) - 1):
            self._decide(rates.closed.slice(i, i + 1), self._settle(), is_last=False)
        last = rates.closed.slice(len(rates.closed) - 1, len(rates.closed))
        look = self._settle()
        closed = self._decide(last, look, is_last=True)
        guard_opening(session, closed, rates.forming_ms, look, self.config.broker.spread)
        self._open(rates.forming_ms, look)
        self.bars_decided += 1
        self.cycle_s = time.perf_counter() - began
        return True

    def _connect(self) -> None:
        session, broker = self.session, self.session.broker
        if not broker.terminal.initialize():
            raise DisconnectedError(f"terminal: expected a connection, found {broker.terminal.last_error()}")
        broker.terminal.symbol_select(broker.symbol, True)
        self.sender = Sender(session, Requests.of(broker.symbol_info(), session.settings.deviation_points))
        self.shadow = Watch(session.book)
        if not self._is_restored:
            restore(session)
            self._is_restored = True
        self._take_in(broker.history(session.settings.history_bars + self._bars_missed, self.point).closed)

    @property
    def _bars_missed(self) -> int:
        """The most that can have closed since the last decision: they come on top of the history before it."""
        since_ms = self.session.now_ms - self.session.book.bar_ms
        return 0 if self.session.book.bar_ms < 0 else max(since_ms // (self.session.broker.minutes * 60_000), 0)

    def _resume(self) -> None:
        """Settle; a life that ended while the bar stood at its open left something to do there."""
        look, book = self._settle(), self.session.book
        rates = self.session.broker.bars_after(book.bar_ms, self.point, self._recent_bars)
        if book.number > 0 and len(rates.closed) == 0 and rates.forming_ms > 0:
            self._open(rates.forming_ms, look, is_again=True)

    def _take_in(self, closed: Bars) -> None:
        """Begin the chain and the series anew with the history."""
        book = self.session.book
        history = decided_on(closed, book, self.chain.warmup_bars)
        self.chain.begin()
        self.chain.follow(history)
        refuse_constant(self.chain, self.session.settings.constant_features, len(history))
        self.series = LiveSeries(history, self.config)
        if book.bar_ms < 0:
            book.bar_ms = int(history.time_ms[-1])

    def _attend(self) -> None:
        if self.operator is not None and (reason := self.operator.attend(self.sender)):
            self.stop(reason)

    def _settle(self) -> Look:
        """Look, write down what happened meanwhile, do what is asked for; the look that it ends with."""
        session = self.session
        before = session.ledger.state.number
        look = session.look()
        left = session.settle(look)
        if left:
            self.sender.settle(left)
            look = session.look()
        self._watch_fills(before)
        if self.operator is not None:
            self.operator.publish(look)
        return look

    def _watch_fills(self, before: int) -> None:
        if self.session.ledger.state.number == before:
            return
        for entry in self.session.ledger.entries(before):
            if isinstance(entry.row, Fill):
                self.shadow.take(entry.row)

    def _decide(self, bar: Bars, look: Look, *, is_last: bool) -> ClosedBar:
        """One closed bar: what the core makes of it with the account as the broker has it."""
        session, book = self.session, self.session.book
        bar_ms = int(bar.time_ms[0])
        closed = self.series.push(bar)
        decided = self.chain.decide(closed)
        self.days.compare(session, self.shadow, closed, book.number + 1)
        found = book.close_bar(closed.arrays, bar_ms, decided, look.account.balance)
        book.take_swaps(look.swaps)
        if not is_last:
            book.drop_pending()
        session.guard(losses=Losses.of(book.book))
        account = look.account
        seen = bar_facts(bar, 0, decided.x)
        details = {"wish": found.wish, "missed": not is_last, **seen, CHECKPOINT: book.checkpoint()}
        session.write(
            Decision(
                bar_ms,
                session.settings.own.symbol,
                int(decided.votes.side[0]),
                VERDICT_NAMES[found.verdict],
                "",
                gates_of(decided, self.chain.threshold, book, session.board, self.config),
                details,
            ),
            Equity(account.balance, account.equity, account.margin, account.margin_free, len(book.tickets)),
        )
        self.shadow.begin()
        return closed

    def _open(self, forming_ms: int, look: Look, *, is_again: bool = False) -> None:
        session, book = self.session, self.session.book
        arrays = self.series.opening(forming_ms, look.tick.bid)
        bar = book.bar(arrays, book.number + 1)
        bar.spread = look.tick.ask - look.tick.bid
        is_late = session.now_ms - forming_ms > session.settings.enter_within_ms
        if is_late or is_again or session.settings.dry:
            self.shadow.forget()
        if book.begin_bar(bar) and not is_again:
            self.days.report(session, forming_ms)
        before = session.ledger.state.number
        Opening(session, self.sender, bar, is_late).act()
        self._watch_fills(before)

    def _must_stop(self) -> bool:
        session, settings = self.session, self.session.settings
        if settings.kill_file:
            there = Path(settings.kill_file).exists()
            session.guard(kill_switch=market.kill_switch(session.board.kill_switch, there, session.now_ms))
            if there:
                self.stop_reason = self.stop_reason or f"the kill switch file {settings.kill_file} is there"
        if session.board.losses.answer == STOP and not session.book.tickets:
            self.stop_reason = self.stop_reason or f"total loss limit: {session.board.losses.reason}"
        if 0 < settings.stop_after_bars <= self.bars_decided:
            self.stop_reason = self.stop_reason or f"trade.stop_after_bars={settings.stop_after_bars}"
        if self.is_over() and not self.stop_reason:
            self._settle()
            self.stop_reason = REPLAY_OVER
        return bool(self.stop_reason)

    @property
    def _recent_bars(self) -> int:
        return max(RECENT_BARS, TWICE_MINUTES // self.session.broker.minutes)

    @property
    def _due_ms(self) -> int:
        """When the next bar closes at the earliest."""
        return self.series.last_ms + 2 * self.session.broker.minutes * 60_000

    def _wait(self) -> None:
        """Until the next bar is due, looking at what is open in between; then in small steps until it is there."""
        session, settings = self.session, self.session.settings
        now, due = session.now_ms, self._due_ms
        if now >= due:
            guard_overdue(session, due)
            session.clock.wait(settings.poll_ms if now - due < DAY_MS // 1440 else 5 * settings.poll_ms)
            return
        session.clock.wait(min(settings.watch_ms, due - now))
        if session.now_ms < due and (session.book.tickets or session.ledger.state.intents):
            self._settle()

    def _connected(self) -> None:
        if self._is_cut:
            self.session.tell("connected", "info", "the terminal answers again")
        self._is_cut, self._retry_ms = False, RETRY_MS

    def _reconnect(self, error: DisconnectedError) -> None:
        """Wait, longer each time, and begin as at a start: what was going on meanwhile is read, not remembered."""
        session = self.session
        if not self._is_cut:
            session.tell("disconnected", "warning", str(error))
        self._is_cut = True
        session.clock.wait(self._retry_ms)
        self._retry_ms = min(2 * self._retry_ms, LONGEST_RETRY_MS)
        session.broker.terminal.initialize()
