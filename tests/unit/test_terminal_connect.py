"""Settings to a terminal: what is missing is said with its mend, and no secret with it."""

from __future__ import annotations

import socket
import sys

import pytest

from novosky.errors import ConfigError, NovoskyError
from novosky.trading.terminal.connect import TerminalSettings, make_terminal, open_terminal
from novosky.trading.terminal.simulated.module import as_module
from novosky.trading.terminal.simulated.serve_http import serve_http
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from novosky.trading.terminal.vendor import VendorTerminal
from support.terminal_box import broker


@pytest.fixture
def nobody() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (TerminalSettings("http"), "terminal.url is not set"),
        (TerminalSettings("http", url="http://h", token_env="NO_SUCH_TOKEN"), "NO_SUCH_TOKEN, found none: set it, or"),
        (TerminalSettings("mt5linux", login=5, password_env="NO_SUCH_WORD"), "NO_SUCH_WORD, found none: set it, or"),
        (TerminalSettings("simulated"), "expected metatrader5, mt5linux or http"),
    ],
)
def test_what_is_missing_is_the_users_to_mend(settings: TerminalSettings, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_terminal(settings)


@pytest.mark.parametrize(
    ("kind", "package", "mend"),
    [("metatrader5", "MetaTrader5", "Windows only"), ("mt5linux", "rpyc", r"novosky\[mt5linux\]")],
)
def test_a_missing_package(monkeypatch: pytest.MonkeyPatch, kind: str, package: str, mend: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=mend):
        make_terminal(TerminalSettings(kind))


def test_nobody_there_is_a_fault_outside_in_one_line(monkeypatch: pytest.MonkeyPatch, nobody: int) -> None:
    monkeypatch.setenv("BRIDGE_TOKEN", "hush-hush")
    with pytest.raises(NovoskyError, match="no bridge at") as error:
        open_terminal(TerminalSettings("http", url=f"http://127.0.0.1:{nobody}", token_env="BRIDGE_TOKEN"))
    assert error.value.exit_code == 3
    assert "\n" not in str(error.value)
    assert "hush-hush" not in str(error.value)


def test_the_token_of_the_environment_opens_the_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_TOKEN", "hush-hush")
    server = serve_http(SimulatedTerminal(broker()), "hush-hush")
    try:
        terminal = open_terminal(TerminalSettings("http", url=server.url, token_env="BRIDGE_TOKEN"))
        assert terminal.account_info() is not None
    finally:
        server.close()


def test_the_vendors_package_is_what_can_be_imported_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MT5_PASSWORD", "demo")
    monkeypatch.setitem(sys.modules, "MetaTrader5", as_module(SimulatedTerminal(broker())))
    account = {"login": 1001, "password_env": "MT5_PASSWORD", "server": "Simulated-Demo"}
    terminal = open_terminal(TerminalSettings("metatrader5", **account))  # type: ignore[arg-type]
    assert isinstance(terminal, VendorTerminal)
    assert terminal.account_info() is not None
