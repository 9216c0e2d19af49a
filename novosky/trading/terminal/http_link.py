"""One request to the REST bridge, over a connection of its own: a lost answer then belongs to one request."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from novosky.errors import ConfigError
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.failures import CallError, Deadline

LONGEST_BODY: Final = 64 * 1024 * 1024  # 100,000 bars are 15 MB


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any  # what the JSON holds; None where there is none

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class HttpLink:
    """The bridge at `url`. Redirects are not followed: the token would go with them."""

    def __init__(self, url: str, token: str | None, timeout_s: float) -> None:
        """ConfigError where `url` is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"terminal.url: expected http://HOST:PORT, found {url!r}: {error}") from error
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ConfigError(f"terminal.url: expected http://HOST:PORT or https://HOST/PATH, found {_bare(url)!r}")
        self._host, self._tls = parts.hostname, parts.scheme == "https"
        self._port = port or (443 if self._tls else 80)
        self._prefix, self._timeout_s, self._ends = parts.path.rstrip("/"), timeout_s, 0.0
        self._headers = {"Accept": "application/json", "Connection": "close"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def begin(self) -> None:
        """From now on the time limit runs, for all that is asked until it is begun anew."""
        self._ends = time.monotonic() + self._timeout_s

    def ask(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """The bridge's answer, good or not. CallError where there is none within the time limit, or none in JSON."""
        sock = self._connected()
        target = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        with sock, Deadline(self._ends - time.monotonic(), sock) as deadline:
            try:
                status, content = self._exchange(sock, method, target, body)
            except (CallError, OSError, HTTPException, ValueError) as error:
                if deadline.passed or isinstance(error, TimeoutError):
                    raise self._late() from error
                if isinstance(error, CallError):
                    raise
                raise CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, f"no answer ({type(error).__name__})") from error
        if deadline.passed:
            raise self._late()
        return Answer(status, _parsed(content, status))

    def _connected(self) -> socket.socket:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self._late()
        try:
            sock = socket.create_connection((self._host, self._port), left)
            if not self._tls:
                return sock
            context = ssl.create_default_context()
            return context.wrap_socket(sock, server_hostname=self._host, do_handshake_on_connect=False)
        except OSError as error:
            where = f"{self._host}:{self._port}"
            raise CallError(mt5.RES_E_NO_CONNECTION, f"no bridge at {where}: {error.strerror or error}") from error

    def _exchange(self, sock: socket.socket, method: str, target: str, body: Any) -> tuple[int, bytes]:
        if isinstance(sock, ssl.SSLSocket):
            try:
                sock.do_handshake()
            except ssl.SSLError as error:
                raise CallError(mt5.RES_E_NO_CONNECTION, f"no TLS with {self._host}: {error.reason}") from error
        connection = HTTPConnection(self._host, self._port)
        connection.sock = sock
        headers, content = dict(self._headers), None
        if body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection.request(method, target, content, headers)
        with connection.getresponse() as response:
            found = response.read(LONGEST_BODY + 1)
            if len(found) > LONGEST_BODY or (response.length or 0) > 0:
                raise ValueError("longer than any answer, or cut off")
            return response.status, found

    def _late(self) -> CallError:
        return CallError(mt5.RES_E_INTERNAL_FAIL_TIMEOUT, f"no answer within {self._timeout_s:g} s")


def _parsed(content: bytes, status: int) -> Any:
    """JSON. A refusal may say what it likes; a good answer that is none is refused."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        if 200 <= status < 300:
            raise CallError(mt5.RES_E_INTERNAL_FAIL_RECEIVE, "expected JSON, found something else") from error
        return None


def _bare(url: str) -> str:
    """The address without a name or a password in it."""
    return url.rsplit("@", 1)[-1]
