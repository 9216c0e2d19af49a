"""The bot's clock: real, or a replay's."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from novosky.trading.terminal.simulated.server import SimulatedServer


class Clock(Protocol):
    def now_ms(self) -> int:
        """UTC."""

    def wait(self, ms: int) -> None:
        """Let so much time pass, or less where somebody wakes the bot."""

    def wake(self) -> None:
        """End a wait that is under way."""


class RealClock:
    """This machine's."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def wait(self, ms: int) -> None:
        self._woken.wait(ms / 1000.0)
        self._woken.clear()

    def wake(self) -> None:
        self._woken.set()


class ReplayClock:
    """A simulated server's, `speed` times as fast as real time; 0: no time at all."""

    def __init__(self, server: SimulatedServer, speed: float = 0.0) -> None:
        self.server, self.speed = server, speed
        self._woken = threading.Event()

    def now_ms(self) -> int:
        return self.server.now_ms

    def wait(self, ms: int) -> None:
        if self.speed > 0.0:
            self._woken.wait(ms / 1000.0 / self.speed)
            self._woken.clear()
        self.server.advance_to(self.server.now_ms + ms)

    def wake(self) -> None:
        self._woken.set()
