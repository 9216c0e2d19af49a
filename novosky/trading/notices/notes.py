"""What other threads found, until the bot writes it into its ledger: the ledger is the bot's alone."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Note:
    name: str  # of the event that it becomes
    level: str  # info, warning, alarm
    text: str


class Notes:
    """A bounded list that any thread may add to; the oldest leave first, and are counted."""

    def __init__(self, size: int = 200) -> None:
        self._lock = threading.Lock()
        self._notes: deque[Note] = deque(maxlen=size)
        self._lost = 0

    def put(self, name: str, level: str, text: str) -> None:
        """Keep it, and say it on the screen."""
        _log.warning("%s: %s", name, text)
        with self._lock:
            self._lost += len(self._notes) == self._notes.maxlen
            self._notes.append(Note(name, level, text))

    def take(self) -> list[Note]:
        """All since the last call; the bot's cycle makes an event of each."""
        with self._lock:
            taken, lost = list(self._notes), self._lost
            self._notes.clear()
            self._lost = 0
        if lost:
            taken.append(Note("notes", "warning", f"{lost} notes were lost: more came than a cycle takes"))
        return taken
