"""Why a call came to nothing, in the vendor's codes, and words that are safe to show."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final

LONGEST: Final = 200  # characters of somebody else's words that are shown
HIDDEN: Final = "***"


class CallError(Exception):
    """A call that got no answer to use; adapters turn it into None and `last_error`."""

    def __init__(self, code: int, words: str) -> None:
        """`code`: RES_E_*."""
        super().__init__(code, words)
        self.code, self.words = code, words


def shown(words: object, secrets: Iterable[str | None] = ()) -> str:
    """Words of a far end in one short line, the secrets that it may have echoed hidden."""
    line = str(words)
    for secret in secrets:
        if secret:
            line = line.replace(secret, HIDDEN)
    line = " ".join(line.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


class Deadline:
    """Shuts a socket down when the time is over: whoever waits on it wakes up, however the far end dawdles."""

    def __init__(self, seconds: float, sock: socket.socket) -> None:
        self.passed = False
        self._sock = sock
        self._timer = threading.Timer(max(seconds, 0.0), self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.passed = True
        with suppress(OSError):  # closed already
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)  # beneath TLS, which would wait for a goodbye
