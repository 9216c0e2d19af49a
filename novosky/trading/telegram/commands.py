"""Between the listening thread and the bot's cycle: what is to be done, what can be shown, what is answered.

The bot calls `take`, `reply` and `publish`, and none of them waits.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from novosky.trading.telegram.desk import Desk

PAUSE, RESUME, CLOSE, STOP = "pause", "resume", "close", "stop"
ALL: Final = 0  # for CLOSE: every position of the bot

Sink = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a person in a listed chat asked for, and confirmed where that is asked of him."""

    name: str  # pause, resume, close or stop
    chat_id: int
    user_id: int
    update_id: int
    ticket: int = ALL  # of the position to close


class Commands:
    """A bounded queue of commands towards the bot, and its latest Desk the other way."""

    def __init__(self, size: int = 16) -> None:
        self._queue: queue.Queue[Command] = queue.Queue(size)
        self._shown: tuple[Desk, float] | None = None
        self._sink: Sink | None = None

    def take(self) -> list[Command]:
        """All that came since the last call, in order; the bot's cycle does them."""
        taken = []
        for _ in range(self._queue.maxsize):
            try:
                taken.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return taken

    def reply(self, command: Command, text: str) -> None:
        """Tell the chat of `command` what became of it; without a listener nothing happens."""
        if self._sink is not None:
            self._sink(command.chat_id, text)

    def publish(self, desk: Desk) -> None:
        """What questions are answered from until the next call."""
        self._shown = (desk, time.monotonic())

    @property
    def shown(self) -> tuple[Desk, float] | None:
        """For the listener: the latest Desk and its age in seconds; None until the bot published one."""
        if self._shown is None:
            return None
        desk, since_s = self._shown
        return desk, time.monotonic() - since_s

    def offer(self, command: Command) -> bool:
        """For the listener: False where the bot has not taken the earlier ones."""
        try:
            self._queue.put_nowait(command)
        except queue.Full:
            return False
        return True

    def answered_by(self, sink: Sink) -> None:
        """For the listener: where replies go, as (chat, text); it may not wait."""
        self._sink = sink
