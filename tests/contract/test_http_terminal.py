"""The adapter of the REST bridge keeps the contract, over a real server, in both forms of the bridge."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from contract.terminal_contract import TerminalContract
from novosky.errors import ConfigError
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.http_forms import bars_of, symbol_of
from novosky.trading.terminal.http_link import Answer
from novosky.trading.terminal.http_orders import call_of, result_of
from novosky.trading.terminal.http_terminal import LACKS, HttpTerminal
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import Tick
from novosky.trading.terminal.simulated.serve_http import HttpServer, serve_http
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import SYMBOL, broker, levels, market_order

TOKEN = "t0ken-of-the-bridge"
SHORT_S = 1.5
PATIENT_S = 300.0  # the core may have to be compiled meanwhile


@contextmanager
def over(server: HttpServer) -> Iterator[Terminal]:
    try:
        yield HttpTerminal(server.url, TOKEN, PATIENT_S)
    finally:
        server.close()


class TestOriginalBridge(TerminalContract):
    lacks = LACKS | {"account_info.margin_mode", "deal.reason", "symbol_info.filling_mode"}

    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return over(serve_http(SimulatedTerminal(server), TOKEN, shape="original"))


class TestUpstreamsBridge(TerminalContract):
    lacks = LACKS

    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return over(serve_http(SimulatedTerminal(server), TOKEN, shape="upstream", utc_offset_s=7200))


@pytest.fixture
def bridge() -> Iterator[Callable[..., HttpTerminal]]:
    """A bridge that answers each request with what the test says, raw where it is bytes."""
    closing: list[Callable[[], None]] = []

    def serve(answer: Callable[[str, str], Any], timeout_s: float = PATIENT_S) -> HttpTerminal:
        listener = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                with sock:
                    respond(sock, answer)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def close() -> None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(5.0)

        closing.append(close)
        return HttpTerminal(f"http://127.0.0.1:{listener.getsockname()[1]}", TOKEN, timeout_s)

    yield serve
    for close in closing:
        close()


def respond(sock: socket.socket, answer: Callable[[str, str], Any]) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        part = sock.recv(65536)
        if not part:
            return
        head += part
    request = head.decode()
    method, path, _ = request.split(" ", 2)
    found = answer(method, path)
    try:
        if callable(found):
            found(sock, request)
            return
        if isinstance(found, bytes):
            sock.sendall(found)
            return
        status, body = found
        content = json.dumps(body).encode()
        sock.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content))
    except OSError:
        pass  # the client is gone


def greeting(method: str, path: str) -> Any:
    return 200, {"connected": True, "trade_allowed": True}


def after_greeting(then: Any) -> Callable[[str, str], Any]:
    return lambda method, path: greeting(method, path) if path.startswith("/terminal") else then


def hang(sock: socket.socket, request: str) -> None:
    while sock.recv(4096):  # a body that came apart from its headers is no goodbye
        pass


def trickle(sock: socket.socket, request: str) -> None:
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    sock.settimeout(0.02)
    while True:
        sock.sendall(b" ")
        try:
            if not sock.recv(1):
                return
        except TimeoutError:
            continue


def every_call(terminal: HttpTerminal) -> list[Any]:
    return [
        terminal.terminal_info(),
        terminal.account_info(),
        terminal.symbol_info(SYMBOL),
        terminal.symbol_info_tick(SYMBOL),
        terminal.symbol_select(SYMBOL) or None,
        terminal.copy_rates_from_pos(SYMBOL, 15, 0, 5),
        terminal.copy_rates_range(SYMBOL, 15, 0, 5),
        terminal.order_send(market_order(1)),
        terminal.positions_get(),
        terminal.orders_get(),
        terminal.history_orders_get(0, 1),
        terminal.history_deals_get(position=4),
        terminal.server_time(SYMBOL),
    ]


GARBAGE = [
    b"",
    b"nonsense\r\n\r\n",
    b'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{"login": 1',
    b'HTTP/1.1 200 OK\r\n\r\n{"login": 1',
    b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html></html>\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
    (200, None),
    (200, 5),
    (200, {}),
    (200, [[]]),
    (200, [None]),
    (200, {"retcode": "done", "login": [], "time": "now", "bid": {}, "ask": None}),
    (200, {"time": 1e400, "bid": 1.0, "ask": 1.0}),
    (500, {"error": "order_send failed"}),
    (500, {"retcode": 10009, "message": "done?"}),
    (502, None),
]


@pytest.mark.parametrize("answer", GARBAGE, ids=lambda answer: str(answer)[:40])
def test_garbage_is_none_and_an_error_whatever_is_asked(bridge: Any, answer: Any) -> None:
    terminal = bridge(after_greeting(answer))
    assert terminal.initialize()
    for found in every_call(replaced_terminal_info(terminal)):
        assert found is None
        assert terminal.last_error()[0] < 0


def replaced_terminal_info(terminal: HttpTerminal) -> HttpTerminal:
    """The greeting's path is the state's: it stays good."""
    terminal.terminal_info = terminal.account_info  # type: ignore[method-assign, assignment]
    return terminal


@pytest.mark.parametrize("dawdle", [hang, trickle])
def test_a_bridge_that_dawdles_is_given_up_at_the_time_limit(bridge: Any, dawdle: Any) -> None:
    terminal = bridge(after_greeting(dawdle), timeout_s=SHORT_S)
    assert terminal.initialize()
    assert terminal.order_send(market_order(1)) is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_TIMEOUT


def test_a_bridge_that_goes_and_comes_back() -> None:
    box = SimulatedTerminal(broker())
    first = serve_http(box, TOKEN)
    terminal = HttpTerminal(first.url, TOKEN)
    assert terminal.initialize()
    first.close()
    assert terminal.order_send(market_order(1)) is None
    assert terminal.last_error()[0] == mt5.RES_E_NO_CONNECTION
    assert not terminal.initialize()
    second = serve_http(box, TOKEN, port=int(first.url.rsplit(":", 1)[1]))
    try:
        assert terminal.initialize()
        assert terminal.positions_get() == ()
    finally:
        second.close()


def test_a_wrong_token_is_refused_and_no_token_is_told() -> None:
    server = serve_http(SimulatedTerminal(broker()), TOKEN)
    try:
        terminal = HttpTerminal(server.url, "another")
        assert not terminal.initialize()
        assert terminal.last_error()[0] == mt5.RES_E_AUTH_FAILED
        assert "another" not in terminal.last_error()[1]
        assert not HttpTerminal(server.url, None).initialize()
    finally:
        server.close()


def test_a_bridge_that_echoes_the_token_does_not_make_us_tell_it(bridge: Any) -> None:
    def echo(sock: socket.socket, request: str) -> None:
        content = json.dumps({"message": request}).encode()
        sock.sendall(b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content))

    terminal = bridge(after_greeting(echo))
    assert terminal.initialize()
    assert terminal.account_info() is None
    code, words = terminal.last_error()
    assert code == mt5.RES_E_FAIL
    assert TOKEN not in words
    assert "\n" not in words
    assert len(words) <= 200


def test_an_empty_list_of_a_terminal_that_failed_is_no_empty_account(bridge: Any) -> None:
    def answer(method: str, path: str) -> Any:
        if path == "/error":
            return 200, {"code": -10004, "message": "No IPC connection"}
        return (200, []) if path == "/positions" else greeting(method, path)

    terminal = bridge(answer)
    assert terminal.initialize()
    assert terminal.positions_get() is None
    assert "-10004" in terminal.last_error()[1]


def test_calls_that_the_bridge_lacks_say_so() -> None:
    terminal = HttpTerminal("http://127.0.0.1:1", TOKEN)
    for call in (
        lambda: terminal.login(1, "p", "s") or None,
        lambda: terminal.order_check(market_order(1)),
        lambda: terminal.order_calc_margin(0, SYMBOL, 1.0, 1.0),
        lambda: terminal.symbol_select(SYMBOL, False) or None,
    ):
        assert call() is None
        assert terminal.last_error()[0] == mt5.RES_E_UNSUPPORTED


@pytest.mark.parametrize("url", ["", "127.0.0.1:6542", "ftp://host", "http://", "http://host:port", "http://u:p@host"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigError, match=r"terminal\.url") as error:
        HttpTerminal(url, TOKEN)
    assert "u:p" not in str(error.value)


# Forms, without a server

POSITION = {
    "ticket": 9,
    "time": 1,
    "type": 0,
    "magic": 7,
    "symbol": SYMBOL,
    "volume": 0.5,
    "price_open": 100.2,
    "price_current": 100.0,
    "sl": 0.0,
    "tp": 0.0,
    "swap": 0.0,
    "profit": 0.0,
    "comment": "",
}


def test_a_request_says_only_what_it_has() -> None:
    call = call_of(market_order(1, 0.5, sl=90.0, type_filling=mt5.ORDER_FILLING_IOC))
    assert call == (
        "POST",
        "/orders",
        {
            "symbol": SYMBOL,
            "type": "BUY",
            "volume": 0.5,
            "type_filling": "IOC",
            "sl": 90.0,
            "magic": 7,
            "comment": "NOVOSKY 1a2b",
        },
    )
    assert call_of(levels(9, 0.0, 120.0)) == ("PUT", "/positions/9", {"sl": 0.0, "tp": 120.0})
    assert call_of(market_order(-1, 0.2, position=9)) == ("DELETE", "/positions/9", {"volume": 0.2})
    assert call_of(levels(0, 90.0)) is None


def test_a_position_for_an_answer_is_a_fill_in_whole_or_in_part() -> None:
    whole = result_of(market_order(1, 0.5), Answer(201, POSITION))
    part = result_of(market_order(1, 1.0), Answer(201, POSITION))
    added = result_of(market_order(1, 0.2), Answer(201, POSITION))  # to a netting position of 0.3
    assert (whole.retcode, whole.order, whole.volume, whole.price) == (retcodes.DONE, 9, 0.5, 100.2)
    assert (part.retcode, part.volume) == (retcodes.DONE_PARTIAL, 0.5)
    assert (added.retcode, added.volume) == (retcodes.DONE, 0.2)


def test_a_refusal_keeps_the_trade_servers_code() -> None:
    refused = result_of(market_order(1), Answer(400, {"retcode": 10016, "message": "invalid stops"}))
    assert (refused.retcode, refused.comment) == (retcodes.INVALID_STOPS, "invalid stops")
    closed = result_of(market_order(1, position=9), Answer(404, {"error": "Position 9 not found"}))
    assert closed.retcode == retcodes.POSITION_CLOSED


def test_a_symbol_without_its_stops_level_is_refused() -> None:
    told = {
        "name": SYMBOL,
        "digits": 2,
        "point": 0.01,
        "spread": 20,
        "trade_allowed": False,
        "trade_tick_size": 0.01,
        "trade_contract_size": 1.0,
        "trade_tick_value": 0.01,
        "volume_min": 0.01,
        "volume_max": 1.0,
        "volume_step": 0.01,
        "trade_stops_level": 5,
        "trade_freeze_level": 0,
    }
    tick = Tick(5, 1.0, 2.0, 5000)
    symbol = symbol_of(told, tick, 0)
    assert (symbol.trade_mode, symbol.trade_stops_level, symbol.ask) == (mt5.SYMBOL_TRADE_MODE_DISABLED, 5, 2.0)
    assert symbol.trade_calc_mode == mt5.UNKNOWN
    del told["trade_stops_level"]
    with pytest.raises(Exception, match="trade_stops_level"):
        symbol_of(told, tick, 0)


def test_bars_come_in_the_order_of_time_with_finite_prices() -> None:
    bar = {"time": 900, "open": 1.0, "high": 2.0, "low": 1.0, "close": 1.5, "tick_volume": 1, "spread": 2}
    bar |= {"real_volume": 0}
    bars = bars_of([bar | {"time": 1800}, bar], 3600)
    assert bars["time"].tolist() == [4500, 5400]
    with pytest.raises(Exception, match="prices"):
        bars_of([bar | {"close": float("nan")}], 0)


def test_a_comment_that_a_terminal_would_refuse_is_not_sent() -> None:
    server = serve_http(SimulatedTerminal(broker()), TOKEN)
    try:
        terminal = HttpTerminal(server.url, TOKEN)
        assert terminal.initialize()
        assert terminal.order_send(replace(market_order(1), comment="x" * 32)) is None
        assert terminal.last_error()[0] == mt5.RES_E_INVALID_PARAMS
    finally:
        server.close()
