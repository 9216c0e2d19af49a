"""The adapter over RPyC keeps the contract, over real sockets: RPyC's own classic server, and the one that we serve."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import rpyc

from contract.terminal_contract import TerminalContract
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.remote_module import RemoteMetaTrader5
from novosky.trading.terminal.simulated.module import as_module
from novosky.trading.terminal.simulated.serve_rpyc import RpycServer, serve_rpyc, start_server
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from novosky.trading.terminal.vendor import Login, VendorTerminal
from support.terminal_box import SYMBOL, broker, market_order

QUICK_S = 0.3  # where nothing is to be answered in time
SHORT_S = 2.0  # where something is, and then no more
PATIENT_S = 300.0  # the core may have to be compiled meanwhile


def terminal_at(port: int, timeout_s: float = PATIENT_S, account: Login | None = None) -> VendorTerminal:
    return VendorTerminal(RemoteMetaTrader5("127.0.0.1", port, timeout_s), account, timeout_s=timeout_s)


def classic(module: Any) -> RpycServer:
    """RPyC's classic server, as `python -m mt5linux` starts it, with the module as its MetaTrader5."""

    class Strict(rpyc.core.protocol.Connection):
        """Refuses what the vendor's C functions refuse: arguments beside keywords, were they empty."""

        def _handle_call(self, obj: Any, args: Any, kwargs: Any = ()) -> Any:
            if getattr(obj, "__name__", "") in vars(module) and args:
                raise TypeError("Unnamed arguments not allowed")
            return super()._handle_call(obj, args, kwargs)

    class Slave(rpyc.core.SlaveService):
        _protocol = Strict

        def getmodule(self, name: str) -> Any:
            return module if name == "MetaTrader5" else super().getmodule(name)

    return start_server(Slave)


@contextmanager
def over(server: RpycServer) -> Iterator[Terminal]:
    terminal = terminal_at(server.port)
    try:
        yield terminal
    finally:
        terminal.shutdown()
        server.close()


class TestRpycTerminal(TerminalContract):
    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return over(serve_rpyc(as_module(SimulatedTerminal(server))))


class TestRpycTerminalAtTheClassicServer(TerminalContract):
    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return over(classic(as_module(SimulatedTerminal(server))))


def test_a_server_that_goes_and_comes_back_is_reached_again() -> None:
    module = as_module(SimulatedTerminal(broker()))
    first = serve_rpyc(module)
    terminal = terminal_at(first.port)
    assert terminal.initialize()
    first.close()
    assert terminal.order_send(market_order(1)) is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_RECEIVE
    assert terminal.positions_get() is None
    assert terminal.last_error()[0] == mt5.RES_E_NO_CONNECTION
    assert not terminal.initialize()
    second = serve_rpyc(module, first.port)
    try:
        assert terminal.initialize()
        assert terminal.positions_get() == ()
        terminal.shutdown()
    finally:
        second.close()


@pytest.fixture
def served() -> Iterator[Any]:
    """Serve a module of the test's own at a classic server."""
    servers: list[RpycServer] = []
    terminals: list[VendorTerminal] = []

    def serve(timeout_s: float = PATIENT_S, **functions: Any) -> VendorTerminal:
        module = ModuleType("MetaTrader5")
        known = {"initialize": lambda *path, **named: True, "shutdown": lambda: None, "last_error": lambda: (1, "")}
        vars(module).update(known | functions)
        servers.append(classic(module))
        terminals.append(terminal_at(servers[-1].port, timeout_s, Login(1, "hunter2")))
        return terminals[-1]

    yield serve
    for terminal in terminals:
        terminal.shutdown()
    for server in servers:
        server.close()


def test_a_call_that_hangs_ends_with_the_time_limit(served: Any) -> None:
    done = threading.Event()
    terminal = served(SHORT_S, account_info=lambda: done.wait(20.0))
    assert terminal.initialize()
    assert terminal.account_info() is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL_TIMEOUT
    assert terminal.initialize()  # on a new connection, whatever the old one still does
    done.set()


def test_what_the_server_raises_is_an_error_even_if_it_would_end_the_program(served: Any) -> None:
    def raises(kind: type[BaseException]) -> Any:
        def function(*args: Any, **named: Any) -> Any:
            raise kind(f"no hunter2 {named}")

        return function

    terminal = served(account_info=raises(SystemExit), order_send=raises(EOFError), positions_get=raises(ValueError))
    assert terminal.initialize()
    for answer in (terminal.account_info(), terminal.order_send(market_order(1)), terminal.positions_get()):
        assert answer is None
    assert terminal.last_error()[0] == mt5.RES_E_INTERNAL_FAIL
    assert "ValueError: no ***" in terminal.last_error()[1]


class Trap:
    """An object that does harm to who unpickles it."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("unpickled",))

    def _asdict(self) -> Any:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))


@pytest.mark.parametrize("answer", [Trap(), (Trap(),), object(), "text", 5, [1], ((1, 2),), b"bytes"])
def test_objects_where_values_are_expected_are_refused(served: Any, answer: Any) -> None:
    names = ("account_info", "positions_get", "history_deals_get", "copy_rates_from_pos", "order_calc_margin")
    terminal = served(**dict.fromkeys(names, lambda *args, **named: answer))
    assert terminal.initialize()
    assert terminal.order_calc_margin(0, SYMBOL, 1.0, 1.0) == (5.0 if answer == 5 else None)
    for ask in (
        terminal.account_info,
        terminal.positions_get,
        lambda: terminal.history_deals_get(0, 1),
        lambda: terminal.copy_rates_from_pos(SYMBOL, 15, 0, 1),
    ):
        assert ask() is None
        assert terminal.last_error()[0] < 0


def test_the_server_gets_nothing_of_this_side(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    consts = rpyc.core.consts
    connections: list[Any] = []
    refused: list[type[BaseException]] = []

    def account_info() -> None:
        conn = connections[-1]
        reaches = [(consts.HANDLE_GETATTR, conn.root, name) for name in ("getmodule", "__class__", "__str__")]
        for reach in (*reaches, (consts.HANDLE_PICKLE, conn.root, 2)):
            with pytest.raises((AttributeError, ValueError)) as error:
                conn.sync_request(*reach)
            refused.append(error.type)

    def remembered(self: Any, conn: Any) -> None:
        connections.append(conn)
        original(self, conn)

    original = rpyc.core.SlaveService.on_connect
    monkeypatch.setattr(rpyc.core.SlaveService, "on_connect", remembered)
    terminal = served(account_info=account_info)
    assert terminal.initialize()
    terminal.account_info()
    assert len(refused) == 4


def raw_server(content: bytes, hold: bool) -> tuple[int, SimpleNamespace]:
    """A port that answers every connection with `content`, and then hangs or closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.sendall(content)
            held.append(sock)
            if not hold:
                sock.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def close() -> None:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5.0)
        for sock in held:
            sock.close()

    return listener.getsockname()[1], SimpleNamespace(close=close)


@pytest.mark.parametrize(
    ("content", "hold", "code"),
    [
        (b"", True, mt5.RES_E_INTERNAL_FAIL_TIMEOUT),
        (b"\x00\x00\x00", True, mt5.RES_E_INTERNAL_FAIL_TIMEOUT),  # half a header
        (b"\x7f\xff\xff\xff\x00abc", True, mt5.RES_E_INTERNAL_FAIL_TIMEOUT),  # two gigabytes announced
        (b"", False, mt5.RES_E_INTERNAL_FAIL_RECEIVE),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9, False, mt5.RES_E_INTERNAL_FAIL_RECEIVE),
        (b"\x00\x00\x00\x04\x01oops\n", False, mt5.RES_E_INTERNAL_FAIL_RECEIVE),  # compressed, it says
    ],
)
def test_a_port_that_speaks_no_rpyc(content: bytes, hold: bool, code: int) -> None:
    port, server = raw_server(content, hold)
    terminal = terminal_at(port, QUICK_S if hold else PATIENT_S)
    try:
        assert not terminal.initialize()
        assert terminal.last_error()[0] == code
        assert terminal.account_info() is None
        assert terminal.last_error()[0] == mt5.RES_E_NO_CONNECTION
    finally:
        server.close()


def test_nobody_at_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    terminal = terminal_at(port)
    assert not terminal.initialize()
    assert terminal.last_error()[0] == mt5.RES_E_NO_CONNECTION
    terminal.shutdown()


def test_what_we_serve_runs_nothing_else() -> None:
    server = serve_rpyc(as_module(SimulatedTerminal(broker())))
    connection = rpyc.connect("127.0.0.1", server.port)
    try:
        for name in ("os", "sys", "subprocess"):
            with pytest.raises(ImportError):
                connection.root.getmodule(name)
        for reach in ("eval", "exec", "open", "getattr", "__import__"):
            with pytest.raises(AttributeError):
                getattr(connection.root.getmodule("builtins"), reach)
        with pytest.raises(AttributeError):
            connection.root.getmodule("MetaTrader5").order_send.__globals__  # noqa: B018
    finally:
        connection.close()
        server.close()
