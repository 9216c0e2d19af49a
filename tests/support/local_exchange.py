"""An exchange on this machine that speaks Bitstamp's public interface, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

Candle = tuple[int, float, float, float, float, float]
"""Open time in epoch seconds, open, high, low, close, volume."""

Answer = tuple[int, dict[str, str], bytes]

START_S, STEP_S = 1_704_067_200, 900  # 2024-01-01
MARKETS = [
    {
        "name": f"{base}/{quote}",
        "market_symbol": (base + quote).lower(),
        "base_currency": base,
        "base_decimals": 8,
        "counter_currency": quote,
        "counter_decimals": 2,
        "minimum_order_value": "10",
        "trading": "Enabled",
        "instant_order_counter_decimals": 2,
        "instant_and_market_orders": "Enabled",
        "description": f"{base} / {quote}",
        "market_type": "SPOT",
    }
    for base, quote in (("BTC", "USD"), ("ETH", "USD"), ("BTC", "EUR"))
]


def candles(count: int, seed: int = 1) -> list[Candle]:
    """A random walk of M15 candles."""
    random = np.random.Generator(np.random.PCG64(seed))
    close = np.round(40_000 + np.cumsum(random.normal(0, 50, count)), 2)
    open_ = np.concatenate(([close[0]], close[:-1]))
    high = np.round(np.maximum(open_, close) + random.exponential(20, count), 2)
    low = np.round(np.minimum(open_, close) - random.exponential(20, count), 2)
    volume = np.round(random.exponential(3, count), 8)
    columns = (column.tolist() for column in (open_, high, low, close, volume))
    return [(START_S + i * STEP_S, *row) for i, row in enumerate(zip(*columns, strict=True))]


@dataclass
class LocalExchange:
    """`faults` answer the next requests for candles, one each (None: the right answer); `asked` are all queries."""

    candles: Sequence[Candle]
    most: int = 1000  # candles in an answer
    cuts_old: bool = False  # an answer that is too long loses its oldest candles, else its newest
    newest: int | None = None  # keeps these alone, and gives them whatever is asked for
    faults: list[Answer | None] = field(default_factory=list)
    asked: list[dict[str, int]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, query: dict[str, int]) -> Answer:
        if path == "/api/v2/markets/":
            return ok(MARKETS)
        if path != "/api/v2/ohlc/btcusd/":
            return 404, {}, b"not here"
        self.asked.append(query)
        if self.faults and (fault := self.faults.pop(0)) is not None:
            return fault
        if self.newest is not None:
            found = list(self.candles[-self.newest :])
        else:
            found = [candle for candle in self.candles if query["start"] <= candle[0] <= query["end"]]
            most = min(self.most, query["limit"])
            found = found[-most:] if self.cuts_old else found[:most]
        return page(found)


def ok(content: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def page(found: Sequence[Candle]) -> Answer:
    """What the exchange says of these candles."""
    names = ("timestamp", "open", "high", "low", "close", "volume")
    rows = [{name: str(value) for name, value in zip(names, candle, strict=True)} for candle in found]
    return ok({"data": {"pair": "BTC/USD", "ohlc": rows}})


@contextmanager
def serving(exchange: LocalExchange) -> Iterator[LocalExchange]:
    """The exchange at its `url` on the loopback, until the block ends."""
    with served(exchange.answer) as url:
        exchange.url = url
        yield exchange


@contextmanager
def served(answer: Callable[[str, dict[str, int]], Answer]) -> Iterator[str]:
    """The address of a server that gives `answer(path, query)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            numbers = {name: int(values[0]) for name, values in parse_qs(parts.query).items() if values[0].isdecimal()}
            status, headers, body = answer(parts.path, numbers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
