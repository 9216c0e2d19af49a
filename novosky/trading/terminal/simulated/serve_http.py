"""The simulated terminal behind HTTP, with the REST bridge's API."""

from __future__ import annotations

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.simulated.bridge_api import BridgeApi, Reply

LOOPBACK: Final = "127.0.0.1"
LONGEST_BODY: Final = 65_536
SHAPES: Final = ("original", "upstream")


class HttpServer:
    """A running server; `url` is where."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://{LOOPBACK}:{server.server_address[1]}"
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="simulated-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5.0)


def serve_http(
    terminal: Terminal, token: str | None, port: int = 0, shape: str = "original", utc_offset_s: int = 0
) -> HttpServer:
    """Serve a terminal on loopback, one request at a time; port 0 takes a free one.

    `shape`: "original" or "upstream", whose bridge moves times to UTC by `utc_offset_s`. /ping needs no token.
    """
    if shape not in SHAPES:
        raise ValueError(f"expected one of {', '.join(SHAPES)}, found {shape}")
    api, lock = BridgeApi(terminal, shape == "upstream", utc_offset_s), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        """One request."""

        timeout = 10.0

        def answer(self) -> None:
            parts = urlsplit(self.path)
            given = self.headers.get("Authorization", "").encode()
            if token and parts.path != "/ping" and not hmac.compare_digest(given, f"Bearer {token}".encode()):
                self.send(Reply(401, {"message": "unauthorized"}))
                return
            try:
                body = self.content()
            except ValueError:
                self.send(Reply(400, {"message": "expected JSON"}))
                return
            with lock:
                reply = api.reply(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), body)
            self.send(reply)

        def content(self) -> Any:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= LONGEST_BODY:
                raise ValueError("too long")
            return json.loads(self.rfile.read(length)) if length else None

        def send(self, reply: Reply) -> None:
            content = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the screen belongs to the mode that serves."""

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    return HttpServer(ThreadingHTTPServer((LOOPBACK, port), Handler))
