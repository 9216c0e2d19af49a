"""The simulated terminal in process keeps the contract of the port."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from contract.terminal_contract import TerminalContract
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.simulated.faulty import FaultyTerminal
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal


class TestSimulatedTerminal(TerminalContract):
    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return nullcontext(SimulatedTerminal(server))


class TestFaultyTerminalWithoutFaults(TerminalContract):
    def connect(self, server: SimulatedServer) -> AbstractContextManager[Terminal]:
        return nullcontext(FaultyTerminal(SimulatedTerminal(server), ()))
