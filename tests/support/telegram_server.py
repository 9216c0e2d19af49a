"""A local server that speaks the part of Telegram's Bot API that a bot with commands uses."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from novosky.trading.telegram.desk import Desk, OpenPosition, Today

TOKEN = "4711:geheim-Token"
USERNAME = "novosky_test_bot"
WAIT_S = 30.0  # far more than anything here takes

Misbehave = Callable[[BaseHTTPRequestHandler], None]


NOON_MS = 1_700_049_600_000  # 2023-11-15 12:00 UTC

DESK = Desk(
    time_ms=NOON_MS + 3_000,
    bot="NOVOSKY BTCUSD M15",
    state="trading",
    connected=True,
    symbol="BTCUSD",
    timeframe="M15",
    revision="v20231101-p2",
    currency="USD",
    balance=10_000.0,
    equity=10_012.5,
    drawdown_pct=1.25,
    today=Today(trades=3, wins=2, net=-4.1, since_ms=NOON_MS - 12 * 3_600_000),
    positions=(OpenPosition(55, "BTCUSD", -1, 0.02, 37_123.45, 37_500.0, 0.0, 12.5, NOON_MS),),
    guards=("spread_spike: 95 points, limit 60",),
    last_bar_ms=NOON_MS,
    last_decision="ema_trend refused",
)


class TelegramServer:
    """Keeps updates until an offset confirms them, as Telegram does; `faults` are what the next getUpdates get."""

    def __init__(self) -> None:
        self.clock_s = int(time.time())  # Telegram's, in the header Date and in messages
        self.sent: list[tuple[int, str]] = []
        self.faults: list[Misbehave] = []
        self.send_faults: list[Misbehave] = []
        self.polls: list[int | None] = []  # offsets asked for
        self.updates: list[dict[str, Any]] = []
        self.next_update = 100
        self.changed = threading.Condition()
        self._open = True
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def say(self, text: str, chat: int = 7, user: int = 70, age_s: int = 0, **more: Any) -> None:
        """A person writes, one second after whoever wrote before."""
        with self.changed:
            self.clock_s += 1
            message = {
                "message_id": self.next_update,
                "date": self.clock_s - age_s,
                "chat": {"id": chat, "type": "private"},
                "from": {"id": user, "is_bot": False, "first_name": "A"},
                "text": text,
                **more,
            }
            self.put({"update_id": self.next_update, "message": message})

    def put(self, update: Any) -> None:
        """Anything at all."""
        with self.changed:
            self.updates.append(update)
            self.next_update += 1
            self.changed.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that a request brings about."""
        with self.changed:
            assert self.changed.wait_for(true, WAIT_S), (self.sent, self.polls[-3:])

    def answers(self, number: int) -> list[str]:
        """The texts of the first `number` messages that the bot sent, as soon as they are there."""
        self.until(lambda: len(self.sent) >= number)
        return [text for _, text in self.sent[:number]]

    def read(self) -> None:
        """Until everything was fetched and confirmed, which is after it was looked at."""
        self.until(lambda: not self.updates)

    def close(self) -> None:
        with self.changed:
            self._open = False
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def fetched(self, offset: int | None, limit: int, wait_s: float) -> list[dict[str, Any]]:
        """What getUpdates answers."""
        with self.changed:
            self.polls.append(offset)
            if offset is not None:
                self.updates = [one for one in self.updates if _number(one) >= offset]
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.updates or self.faults or not self._open, wait_s)
            return self.updates[:limit]


def _number(update: Any) -> int:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else 0


class _Handler(BaseHTTPRequestHandler):
    owner: TelegramServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, token, method = self.path.split("/")
        if token != f"bot{TOKEN}":
            refuse(401, "Unauthorized")(self)
            return
        getattr(self, method)(asked)

    def getMe(self, _: dict[str, Any]) -> None:
        self.give({"ok": True, "result": {"id": 4711, "is_bot": True, "username": USERNAME}})

    def getUpdates(self, asked: dict[str, Any]) -> None:
        if self.owner.faults:
            self.owner.faults.pop(0)(self)
            return
        found = self.owner.fetched(asked.get("offset"), asked["limit"], asked["timeout"])
        self.give({"ok": True, "result": found})

    def sendMessage(self, asked: dict[str, Any]) -> None:
        if self.owner.send_faults:
            self.owner.send_faults.pop(0)(self)
            return
        with self.owner.changed:
            self.owner.sent.append((asked["chat_id"], asked["text"]))
            self.owner.changed.notify_all()
        self.give({"ok": True, "result": {"message_id": 1}})

    def give(self, answer: Any, code: int = 200) -> None:
        raw(json.dumps(answer).encode(), code)(self)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.owner.clock_s, usegmt=True)

    def log_message(self, *_: Any) -> None:
        return


def raw(content: bytes, code: int = 200) -> Misbehave:
    """These bytes, whatever they are."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return give


def refuse(code: int, description: str, **parameters: Any) -> Misbehave:
    """As the Bot API refuses."""
    answer = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return raw(json.dumps(answer).encode(), code)


def drop(handler: BaseHTTPRequestHandler) -> None:
    """The connection breaks in the middle of the answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@contextmanager
def telegram_server() -> Iterator[TelegramServer]:
    server = TelegramServer()
    try:
        yield server
    finally:
        server.close()
