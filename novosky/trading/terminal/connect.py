"""A terminal by its settings: which adapter, and the secrets, read from the environment when it connects."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

from novosky.config.schema.terminal import TerminalConfig
from novosky.errors import ConfigError, NovoskyError
from novosky.trading.terminal.http_terminal import HttpTerminal
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.remote_module import RemoteMetaTrader5
from novosky.trading.terminal.vendor import Login, VendorTerminal
from novosky.trading.terminal.vendor_module import vendors_package


@dataclass(frozen=True, slots=True)
class TerminalSettings:
    """How a real terminal is reached; `*_env` are names of environment variables."""

    kind: str  # metatrader5, mt5linux or http
    login: int | None = None
    password_env: str | None = None
    server: str | None = None
    path: str | None = None
    host: str = "127.0.0.1"
    port: int = 18812
    url: str | None = None
    token_env: str | None = None
    timeout_s: float = 10.0


def settings_of(config: TerminalConfig) -> TerminalSettings:
    """The group `terminal`; ConfigError where it names the simulated one, which nobody connects to."""
    if config.kind == "simulated":
        raise ConfigError("terminal=simulated: expected a broker's; choose terminal=metatrader5, mt5linux or http")
    return TerminalSettings(**{field.name: getattr(config, field.name) for field in fields(TerminalSettings)})


def open_terminal(settings: TerminalSettings) -> Terminal:
    """The terminal, initialized. ConfigError where a setting is missing, NovoskyError where it cannot be reached."""
    terminal = make_terminal(settings)
    if not terminal.initialize():
        code, words = terminal.last_error()
        raise NovoskyError(f"terminal={settings.kind}: expected a terminal that answers, found none: {words} ({code})")
    return terminal


def make_terminal(settings: TerminalSettings) -> Terminal:
    """The adapter, not connected yet: `initialize()` may be tried until it is True."""
    if settings.kind == "http":
        if settings.url is None:
            raise ConfigError("terminal.url is not set: give the bridge's address, http://HOST:6542")
        token = _secret("terminal.token_env", settings.token_env, "or terminal.token_env=null for a bridge without")
        return HttpTerminal(settings.url, token, settings.timeout_s)
    if settings.kind == "mt5linux":
        package = RemoteMetaTrader5(settings.host, settings.port, settings.timeout_s)
        return VendorTerminal(package, _account(settings), settings.path, settings.timeout_s)
    if settings.kind == "metatrader5":
        account = _account(settings)
        return VendorTerminal(vendors_package(), account, settings.path, settings.timeout_s)
    raise ConfigError(f"terminal={settings.kind}: expected metatrader5, mt5linux or http")


def _account(settings: TerminalSettings) -> Login | None:
    """The account; None: the one that the terminal is logged in to."""
    if settings.login is None:
        return None
    mend = "or terminal.password_env=null where the terminal has the password saved"
    return Login(settings.login, _secret("terminal.password_env", settings.password_env, mend), settings.server)


def _secret(key: str, name: str | None, mend: str) -> str | None:
    if name is None:
        return None
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"{key}={name}: expected the environment variable {name}, found none: set it, {mend}")
    return value
