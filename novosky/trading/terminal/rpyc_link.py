"""One connection with an RPyC classic server: calls made there, answers taken as plain values.

Nothing is evaluated there from text and nothing is unpickled here. A call runs in the server's own
`list(starmap(function, (arguments,)))`: the vendor's C functions refuse the empty keywords with which RPyC makes every
call, and the answer stays there until it is asked for as what it is. The server gets no access to this side: the
client offers an empty service and allows no attribute, so that of what it sends only plain values mean something.
"""

from __future__ import annotations

import socket
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.errors import ConfigError
from novosky.trading.terminal.constants import RES_E_INTERNAL_FAIL_RECEIVE
from novosky.trading.terminal.failures import CallError
from novosky.trading.terminal.records import RATES_DTYPE

PLAIN = (bool, int, float, str)
CLOSED = {
    "allow_safe_attrs": False,
    "allow_exposed_attrs": False,
    "allow_public_attrs": False,
    "allow_all_attrs": False,
    "allow_getattr": False,
    "allow_pickle": False,
    "instantiate_custom_exceptions": False,
    "import_custom_exceptions": False,
    "close_catchall": True,
}
MT5LINUX_FOLDER = "C:\\mt5libs"  # where the image of mt5linux 1.1 keeps the package, outside of Python's path


def rpyc_package() -> Any:
    """RPyC, or ConfigError where it is not installed."""
    try:
        return import_module("rpyc")
    except ImportError as error:
        raise ConfigError(
            "terminal=mt5linux: expected the package rpyc, found none: install novosky[mt5linux]"
        ) from error


class Link:
    """The vendor's package at the server, by the names of its functions."""

    def __init__(self, sock: socket.socket, timeout_s: float) -> None:
        """Takes the socket over. Raises what a broken connection or the server raises."""
        rpyc = rpyc_package()
        sock.settimeout(None)  # RPyC asks again after a socket's timeout: the caller's deadline ends the waiting
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a call is many small questions
        stream = rpyc.SocketStream(sock)
        self._connection = rpyc.connect_stream(stream, config=CLOSED | {"sync_request_timeout": timeout_s})
        root = self._connection.root
        builtins, itertools = root.getmodule("builtins"), root.getmodule("itertools")
        self._list, self._tuple, self._map = builtins.list, builtins.tuple, builtins.map
        self._dict, self._next, self._repr = builtins.dict, builtins.next, builtins.repr
        self._starmap, self._chained = itertools.starmap, itertools.chain.from_iterable
        self._partial = root.getmodule("functools").partial
        self._package = self._imported(root)
        self._functions: dict[str, Any] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def close(self) -> None:
        self._connection.close()

    def value(self, name: str, *args: Any, **named: Any) -> Any:
        """A number, a text, a flag or a tuple of them."""
        found = self._held(name, args, named)[0]
        parts = found if type(found) is tuple else (found,)
        if any(part is not None and type(part) not in PLAIN for part in parts):
            raise CallError(RES_E_INTERNAL_FAIL_RECEIVE, f"{name}: expected a plain value, found an object")
        return found

    def row(self, name: str, *args: Any) -> dict[str, Any] | None:
        """A named tuple's plain values by their names."""
        found = self._held(name, args, {})[0]
        return None if found is None else self._by_name(name, found, self._tuple(found))

    def rows(self, name: str, *args: Any, **named: Any) -> tuple[dict[str, Any], ...] | None:
        """Named tuples, in as many steps for a thousand as for one."""
        held = self._held(name, args, named)
        if held.count(None):
            return None
        values = self._tuple(self._map(self._tuple, self._chained(held)))
        if type(values) is not tuple:
            raise CallError(RES_E_INTERNAL_FAIL_RECEIVE, f"{name}: expected rows, found an object")
        first = self._next(self._chained(held)) if values and name not in self._names else None
        return tuple(self._by_name(name, first, row) for row in values)

    def bars(self, name: str, *args: Any) -> NDArray[Any] | None:
        """A structured array, by its bytes."""
        found = self._held(name, args, {})[0]
        if found is None:
            return None
        form, content = self._repr(found.dtype.descr), found.tobytes()
        if form != repr(RATES_DTYPE.descr) or type(content) is not bytes:
            raise CallError(RES_E_INTERNAL_FAIL_RECEIVE, f"{name}: expected bars {RATES_DTYPE.descr}, found {form}")
        return np.frombuffer(content, RATES_DTYPE).copy()

    def mapping(self, items: dict[str, Any]) -> Any:
        """A dictionary of the server's own: the vendor's functions take no stand-in for one."""
        return self._dict(tuple(items.items()))

    def _held(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """The server's list with the one answer of a call."""
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = getattr(self._package, name)
        if named:
            function = self._partial(function, **named)
        return self._list(self._starmap(function, (args,)))

    def _by_name(self, call: str, row: Any, values: Any) -> dict[str, Any]:
        names = self._names.get(call)
        if names is None:
            names = self._names[call] = self._tuple(row._asdict())
        if type(names) is not tuple or type(values) is not tuple or len(names) != len(values):
            raise CallError(RES_E_INTERNAL_FAIL_RECEIVE, f"{call}: expected a named tuple, found an object")
        fields = zip(names, values, strict=True)
        return {name: value for name, value in fields if type(name) is str and type(value) in PLAIN}

    @staticmethod
    def _imported(root: Any) -> Any:
        try:
            return root.getmodule("MetaTrader5")
        except ImportError:
            root.getmodule("sys").path.append(MT5LINUX_FOLDER)
            return root.getmodule("MetaTrader5")
