"""A broker as the configuration has it, with one thing else where a test wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from novosky.config.schema import Config
from novosky.trading.doctor.examine import of_terminal
from novosky.trading.doctor.finding import Finding
from novosky.trading.doctor.look import look
from novosky.trading.doctor.terms import Terms, terms_of
from novosky.trading.paper import account_terms, symbol_terms
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.simulated.faults import Strike
from novosky.trading.terminal.simulated.faulty import FaultyTerminal
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import candle_arrays, candle_bars

BARS = 40
CANDLE = (50_000.0, 50_100.0, 49_900.0, 50_000.0)  # ATR 200


def server_for(
    config: Config,
    *,
    symbol: Mapping[str, Any] | None = None,
    contract: Mapping[str, Any] | None = None,
    account: Mapping[str, Any] | None = None,
    clock: str | None = None,
    spread: float = 15.0,
    bars: int = BARS,
) -> SimulatedServer:
    """Its clock stands at the open of the last bar but one."""
    candles = candle_bars([CANDLE] * bars)
    replay = Replay(candles, candle_arrays(candles, spread=spread), clock=clock or config.broker.clock)
    terms = symbol_terms(config)
    terms = replace(terms, contract=terms.contract._replace(**(contract or {})), **(symbol or {}))
    return SimulatedServer(replay, terms, replace(account_terms(config), **(account or {})), int(candles.time_ms[-2]))


def opened(server: SimulatedServer, plan: Sequence[Strike] = ()) -> Terminal:
    terminal = FaultyTerminal(SimulatedTerminal(server), plan)
    terminal.inner.initialize()
    return terminal


def short_terms(config: Config) -> Terms:
    """Features that need a few bars alone."""
    return replace(terms_of(config), history_bars=30, warmup_bars=20)


def examined(config: Config, terminal: Terminal) -> dict[str, Finding]:
    terms = short_terms(config)
    findings = list(of_terminal(terms, look(terminal, terms)))
    assert len({finding.name for finding in findings}) == len(findings)
    return {finding.name: finding for finding in findings}
