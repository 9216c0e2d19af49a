"""The bot that the kill campaign kills: its server lives in another process, beyond a socket, and survives it."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Client, Connection
from typing import Any

from sqlalchemy import Engine, event

from campaigns.fault_world import BOT, drawn_bot, quietly, settle_down, variant
from novosky.trading.ledger.rows import Entry, Row
from novosky.trading.ledger.store import Ledger
from novosky.trading.terminal.records import OrderResult, TradeRequest

Moment = Callable[[str], None]


class Wire:
    """Calls over the socket: a name and arguments there, the answer back."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        self.connection.send((name, arguments, named))
        return self.connection.recv()

    def tell(self, name: str, *arguments: Any) -> None:
        """A word that asks for no answer."""
        self.connection.send((name, arguments, {}))


class WiredTerminal:
    """The port beyond the socket."""

    def __init__(self, wire: Wire, moment: Moment) -> None:
        self.wire, self.moment = wire, moment

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: self.wire.call(name, *arguments, **named)

    def order_send(self, request: TradeRequest) -> OrderResult | None:
        self.moment("before a send")
        self.wire.connection.send(("order_send", (request,), {}))
        self.moment("after a send, before its answer")
        answer: OrderResult | None = self.wire.connection.recv()
        self.moment("after an answer")
        return answer


class WiredClock:
    """The server's, beyond the socket; its time passes in `wait` alone."""

    def __init__(self, wire: Wire) -> None:
        self.wire, self.at_end = wire, lambda: None
        self._now_ms = int(wire.call("now_ms"))

    def now_ms(self) -> int:
        return self._now_ms

    def wake(self) -> None:
        """Nothing sleeps here."""

    def wait(self, ms: int) -> None:
        self._now_ms, is_over = self.wire.call("wait", ms)
        if is_over:
            self.at_end()


class ToldLedger(Ledger):
    """Tells beyond the socket what it acknowledged."""

    wire: Wire
    moment: Moment

    def append(self, time_ms: int, *rows: Row) -> tuple[Entry, ...]:
        entries = super().append(time_ms, *rows)
        self.moment("after a commit")
        self.wire.tell("acknowledged", [(entry.number, entry.row) for entry in entries])
        return entries


class Killer:
    """Dies by SIGKILL at moment number `number`; 0 never."""

    def __init__(self, number: int) -> None:
        self.number, self.met = number, list[str]()

    def __call__(self, where: str) -> None:
        self.met.append(where)
        if len(self.met) == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def at_inserts(moment: Moment) -> Iterator[None]:
    """`moment` before and after every INSERT and before every commit of any database."""

    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT"):
            moment(f"before an insert into {statement.split()[2]}")

    def after(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT"):
            moment(f"after an insert into {statement.split()[2]}")

    def commit(_c: Any) -> None:
        moment("before a commit")

    hooks = (("before_cursor_execute", before), ("after_cursor_execute", after), ("commit", commit))
    for name, hook in hooks:
        event.listen(Engine, name, hook)
    try:
        yield
    finally:
        for name, hook in hooks:
            event.remove(Engine, name, hook)


def live(address: Any, url: str, seed: int, number: int) -> None:
    """One life of the bot, to the replay's end or to moment `number`."""
    logging.disable(logging.WARNING)
    wire, killer = Wire(Client(address)), Killer(number)
    with at_inserts(killer):
        ledger = ToldLedger(url, BOT)
        ledger.wire, ledger.moment = wire, killer
        clock = WiredClock(wire)
        terminal: Any = WiredTerminal(wire, killer)
        bot = drawn_bot(seed, variant(seed), terminal, clock, ledger, lambda kind, *_: wire.tell("told", kind))

        def stop() -> None:
            bot.stop_reason = "the replay is over"

        clock.at_end = stop
        wrong = quietly(bot.run) or quietly(lambda: settle_down(bot))
        wire.tell("over", wrong, float(bot.session.book.book.balance), killer.met)
