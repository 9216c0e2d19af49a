"""The simulated terminal behind RPyC, as an mt5linux server has the vendor's package."""

from __future__ import annotations

import builtins
import functools
import itertools
import logging
import threading
from contextlib import suppress
from types import ModuleType, SimpleNamespace
from typing import Any

from novosky.trading.terminal.rpyc_link import rpyc_package

LOOPBACK = "127.0.0.1"
BUILTINS = ("list", "tuple", "map", "dict", "next", "repr")


class RpycServer:
    """A running server; `port` is where."""

    def __init__(self, server: Any) -> None:
        self.port: int = server.port
        self._server = server
        server._listen()  # before the thread runs: who knows the port may connect
        self._thread = threading.Thread(target=server.start, name="simulated-rpyc", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.close()
        self._thread.join(timeout=5.0)


def serve_rpyc(module: ModuleType, port: int = 0) -> RpycServer:
    """Serve what `as_module` made, on loopback; port 0 takes a free one.

    Unlike RPyC's classic server, which runs whatever it is asked, this one has the package and the few functions of
    Python that the adapter composes its calls of.
    """
    rpyc = rpyc_package()
    offered = {
        "MetaTrader5": module,
        "builtins": SimpleNamespace(**{name: getattr(builtins, name) for name in BUILTINS}),
        "itertools": itertools,
        "functools": SimpleNamespace(partial=functools.partial),
    }

    class Offer(rpyc.Service):  # type: ignore[misc, name-defined]
        """The root of a connection."""

        def exposed_getmodule(self, name: str) -> Any:
            if name not in offered:
                raise ImportError(f"No module named {name!r}")
            return offered[name]

    safe = rpyc.core.protocol.DEFAULT_CONFIG["safe_attrs"] | {"_asdict"}
    return start_server(Offer, port, {"allow_public_attrs": True, "safe_attrs": safe})


def start_server(service: Any, port: int = 0, config: dict[str, Any] | None = None) -> RpycServer:
    """Serve any RPyC service on loopback. A client that goes away without a word is no fault of the server's."""
    rpyc = rpyc_package()

    class Server(rpyc.ThreadedServer):  # type: ignore[misc, name-defined]
        """A thread for each connection."""

        def _serve_client(self, sock: Any, credentials: Any) -> None:
            with suppress(OSError, EOFError, ValueError):
                super()._serve_client(sock, credentials)

    silent = logging.Logger("simulated-rpyc", logging.CRITICAL)
    return RpycServer(Server(service, hostname=LOOPBACK, port=port, protocol_config=config or {}, logger=silent))
