"""The page's server: a socket that is bound first, one thread that answers, one that looks at the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn

from novosky.config.checks.dashboard import is_loopback
from novosky.errors import ConfigError
from novosky.report.dashboard.app import Changes, make_app
from novosky.report.dashboard.observer import Observer
from novosky.report.dashboard.security import LOOPBACK_NAMES, MAX_HEADERS, Keys, Tally

CONNECTIONS: Final = 64
GRACE_S: Final = 2


class _Server(uvicorn.Server):
    """Signals are the caller's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; ConfigError where the port is taken or the address is not this machine's."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        mend = "choose another: dashboard.port=8766" if error.errno in _TAKEN else "see to dashboard.host"
        raise ConfigError(
            f"dashboard: expected {host}:{port} to be free, found: {os.strerror(error.errno or 0)}; {mend}"
        ) from error


_TAKEN: Final = (errno.EADDRINUSE, errno.EACCES)


@dataclass
class Page:
    """The running page. `run` blocks until `stop`, which any thread may call."""

    observer: Observer
    sock: socket.socket
    host: str
    refresh_s: float
    keys: Keys = field(default_factory=Keys)
    tally: Tally = field(default_factory=Tally)
    ready: Callable[[], None] = lambda: None
    _server: Any = None
    _stopped: bool = False

    @property
    def address(self) -> str:
        """For the browser."""
        name = self.sock.getsockname()
        shown = f"[{name[0]}]" if ":" in name[0] else name[0]
        return f"http://{shown}:{name[1]}/"

    def run(self) -> None:
        """Serve and look, in turn."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Answers that are under way are finished, streams end."""
        self._stopped = True

    async def _run(self) -> None:
        changes = Changes(late_ms=round(3_000 * self.refresh_s) + 30_000)
        hosts = () if self.keys.token else (*LOOPBACK_NAMES, self.host.lower()) if is_loopback(self.host) else ()
        app = make_app(self.observer, self.keys, hosts, changes, self.tally)
        self._server = _Server(
            uvicorn.Config(
                app, http="h11", ws="none", lifespan="off", log_config=None, log_level="critical", access_log=False,
                server_header=False, date_header=True, limit_concurrency=CONNECTIONS, timeout_keep_alive=5,
                timeout_graceful_shutdown=GRACE_S, h11_max_incomplete_event_size=MAX_HEADERS, proxy_headers=False,
            )
        )  # fmt: skip
        looking = asyncio.create_task(self._look(changes))
        serving = asyncio.create_task(self._server.serve([self.sock]))
        while not self._server.started and not serving.done():
            await asyncio.sleep(0.01)
        self.ready()
        while not self._stopped and not serving.done():
            await asyncio.sleep(0.05)
        await changes.close()
        self._server.should_exit = True
        looking.cancel()
        await asyncio.gather(serving, looking, return_exceptions=True)

    async def _look(self, changes: Changes) -> None:
        while True:
            with contextlib.suppress(Exception):  # what a source comes up with is in the state; the page goes on
                await asyncio.to_thread(self.observer.look)
                await changes.told(self.observer.stamp(), self.observer.looked_ms)
            await asyncio.sleep(self.refresh_s)


@contextlib.contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a service's stop end it; a second Ctrl-C ends it at once."""

    def stopped(number: int, _: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        stop()

    before = {number: signal.signal(number, stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
