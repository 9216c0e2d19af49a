"""A dashboard that is served for real, in a thread, over a folder of the test's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from novosky.models.revision.places import RevisionPlaces
from novosky.report.dashboard.observer import Observer, Place
from novosky.report.dashboard.security import Keys
from novosky.report.dashboard.serve import Page, bound
from novosky.report.dashboard.sources import Sources
from novosky.trading.monitor.limits import Limits
from novosky.trading.monitor.report import Terms
from support.dashboard_ledger import FACTS


def observer_of(folder: Path, ledger: str | None = None) -> Observer:
    """What lies in `folder`: ledger.sqlite unless another is named, runs, models, revisions, optimize."""
    terms = Terms(Limits(0.0, 0.0, 12, 25.0, 20), 50, 0.01, 0.02, "utc")
    return Observer(
        Place(
            Sources(ledger or f"sqlite:///{folder / 'ledger.sqlite'}", "sqlite:///none", folder / "runs"),
            RevisionPlaces(folder / "models", folder / "revisions"),
            folder / "optimize",
            folder / "runs",
            terms,
            FACTS,
        )
    )


@contextmanager
def served(observer: Observer, token: str = "", host: str = "127.0.0.1", refresh_s: float = 0.2) -> Iterator[Page]:
    """Until the block ends."""
    ready = threading.Event()
    with bound(host, 0) as sock:
        page = Page(observer, sock, host, refresh_s, Keys(token), ready=ready.set)
        thread = threading.Thread(target=page.run)
        thread.start()
        try:
            assert ready.wait(10.0)
            yield page
        finally:
            page.stop()
            thread.join(10.0)
            assert not thread.is_alive()


def answer_to(address: tuple[str, int], request: bytes, timeout_s: float = 5.0) -> bytes:
    """The bytes that come back for these bytes; what arrives until the server closes or says no more."""
    with socket.create_connection(address, timeout=timeout_s) as link:
        got = b""
        try:
            link.sendall(request)
            while part := link.recv(65_536):
                got += part
        except OSError:  # the server closed before it was sent all of it, or keeps the line open
            pass
        return got
