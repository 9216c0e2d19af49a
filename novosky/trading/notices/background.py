"""The notifier that sends: from a thread of its own, so that the bot never waits for a service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from novosky.trading.notices.notes import Notes
from novosky.trading.notices.notifier import INFO, MESSAGE, WARNING, Tally
from novosky.trading.notices.services import Service
from novosky.trading.notices.throttle import Throttle
from novosky.trading.notices.worker import Worker

WAITS_S = (2.0, 10.0)  # before the second and the third attempt
QUEUE = 100
NAME = "notices"


@dataclass(frozen=True, slots=True)
class _Notice:
    kind: str
    level: str
    text: str


def deliver(
    services: Sequence[Service], level: str, title: str, text: str, wait: Callable[[float], object]
) -> list[str]:
    """Send to every service, again after `wait(seconds)` to those that fail; names of those that took nothing."""
    left = [service for service in services if not service.send(level, title, text)]
    for seconds in WAITS_S:
        if not left:
            break
        wait(seconds)
        left = [service for service in left if not service.send(level, title, text)]
    return [service.name for service in left]


class BackgroundNotifier:
    """Chosen kinds, throttled, through `services`; `title` stands before each kind (which bot speaks)."""

    def __init__(
        self,
        services: Sequence[Service],
        title: str,
        events: Collection[str],
        per_hour: int,
        notes: Notes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services, self._title, self._notes, self._clock = services, title, notes, clock
        self._events = {*events, MESSAGE}
        self._throttle, self._lock, self._tally = Throttle(per_hour), threading.Lock(), Tally()
        self._lost = 0  # since the last notice that went out
        self._failing: frozenset[str] = frozenset()
        self._worker = Worker(NAME, self._send, QUEUE, self._broken, idle=self._tell_held_back)

    @property
    def tally(self) -> Tally:
        """So far."""
        return self._tally

    def notify(self, kind: str, level: str, text: str) -> None:
        if kind not in self._events:
            return
        with self._lock:
            if self._throttle.admit(kind, text, self._clock()):
                self._put(_Notice(kind, level, text))
            else:
                self._tally = replace(self._tally, held_back=self._tally.held_back + 1)

    def close(self, timeout_s: float) -> Tally:
        self._tell_held_back(at_once=True)
        undone = self._worker.close(timeout_s)
        with self._lock:
            self._tally = replace(self._tally, dropped=self._tally.dropped + undone)
        if undone:
            self._notes.put(NAME, WARNING, f"{undone} notices were not sent before the stop")
        return self._tally

    def _put(self, notice: _Notice) -> None:
        if self._worker.put(notice):
            return
        self._tally = replace(self._tally, dropped=self._tally.dropped + 1)
        self._lost += 1
        if self._lost == 1 and not self._worker.closing.is_set():
            self._notes.put(NAME, WARNING, "the queue is full: notices are dropped until services answer again")

    def _tell_held_back(self, at_once: bool = False) -> None:
        with self._lock:
            for kind, sentence in self._throttle.due(self._clock(), at_once):
                self._put(_Notice(kind, INFO, sentence))

    def _send(self, notice: _Notice) -> None:
        with self._lock:
            lost, self._lost = self._lost, 0
        told = f"{notice.text}\n({lost} notices before this one were lost)" if lost else notice.text
        failed = deliver(self._services, notice.level, f"{self._title}: {notice.kind}", told, self._worker.wait)
        with self._lock:
            all_failed = len(failed) == len(self._services)
            self._lost += lost + 1 if all_failed else 0
            self._tally = replace(
                self._tally, sent=self._tally.sent + (not failed), failed=self._tally.failed + bool(failed)
            )
        self._say_who_fails(frozenset(failed))

    def _say_who_fails(self, failed: frozenset[str]) -> None:
        for name in sorted(failed - self._failing):
            self._notes.put(NAME, WARNING, f"service {name} takes no notices")
        for name in sorted(self._failing - failed):
            self._notes.put(NAME, INFO, f"service {name} takes notices again")
        self._failing = failed

    def _broken(self, error: Exception) -> None:
        """The error's words stay here: they may hold an address."""
        self._notes.put(NAME, WARNING, f"a notice was lost to a fault ({type(error).__name__})")
