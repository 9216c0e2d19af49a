"""How orders reach a market: the simulated terminal, or one of three ways to a MetaTrader 5 terminal."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

TERMINALS = ("simulated", "metatrader5", "mt5linux", "http")


@dataclass
class TerminalConfig:
    kind: str = key(REQUIRED, "which terminal", choices=TERMINALS)
    login: int | None = key(None, "account number; null: the one that the terminal is logged in to", ge=1)
    password_env: str | None = key(None, "NAME of the environment variable with the account's password")
    server: str | None = key(None, "the broker's trade server")
    path: str | None = key(None, "the terminal's program, where it is not found by itself (metatrader5 only)")
    host: str = key("127.0.0.1", "machine of the RPyC server (mt5linux only)")
    port: int = key(18812, "its port (mt5linux only)", ge=1, le=65535)
    url: str | None = key(None, "address of the bridge, http://HOST:6542 (http only)")
    token_env: str | None = key(None, "NAME of the environment variable with the bridge's token (http only)")
    timeout_s: float = key(10.0, "longest time for an answer, seconds", gt=0, le=300)
    speed: float = key(
        0.0, "bars replayed at so many times real time; 0: as fast as they are decided (simulated only)", ge=0
    )
    replay_bars: int | None = key(
        None, "bars of the window that are traded, from its start; null: all (simulated only)", ge=2
    )
