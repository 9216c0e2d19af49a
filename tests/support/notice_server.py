"""A local server that takes what Apprise's json:// sends, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class NoticeServer:
    """`codes` are the next answers, 200 when there are none left; `gate` holds every answer back while it is shut."""

    def __init__(self) -> None:
        self.took: list[dict[str, Any]] = []
        self.codes: list[int] = []
        self.asked = threading.Semaphore(0)  # one for each request that came in
        self.gate = threading.Event()
        self.gate.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.release()
                outer.gate.wait(20)
                code = outer.codes.pop(0) if outer.codes else 200
                if code == 200:
                    outer.took.append(body)
                self.send_response(code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def address(self) -> str:
        """For Apprise, with a password that nobody may see."""
        return f"json://user:geheim@127.0.0.1:{self._server.server_port}/path"

    @property
    def messages(self) -> list[str]:
        return [one["message"] for one in self.took]

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def notice_server() -> Iterator[NoticeServer]:
    server = NoticeServer()
    try:
        yield server
    finally:
        server.close()
