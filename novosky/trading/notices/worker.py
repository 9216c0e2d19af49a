"""A thread that does one thing after the other, so that whoever asks for it need not wait."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Worker(Generic[T]):
    """A bounded queue before one daemon thread. `do` must not raise; what it raises is counted and given to `fault`."""

    def __init__(
        self,
        name: str,
        do: Callable[[T], None],
        size: int,
        fault: Callable[[Exception], None],
        idle: Callable[[], None] = lambda: None,
        idle_s: float = 5.0,
    ) -> None:
        self._do, self._idle, self._idle_s, self._fault = do, idle, idle_s, fault
        self._queue: queue.Queue[T | None] = queue.Queue(size)
        self._busy = False
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T) -> bool:
        """False where the queue is full or closed."""
        if self.closing.is_set():
            return False
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            return False
        return True

    def wait(self, seconds: float) -> bool:
        """For `do`: sleep; False at once when the worker is to close."""
        return not self.closing.wait(seconds)

    def close(self, timeout_s: float) -> int:
        """Take no more, do what waits, within `timeout_s`; how many were left undone."""
        until = time.monotonic() + timeout_s
        self.closing.set()
        with contextlib.suppress(queue.Full):  # which wakes the thread as well
            self._queue.put_nowait(None)
        self._thread.join(max(0.0, until - time.monotonic()))
        return self._left()

    def _left(self) -> int:
        with self._queue.mutex:
            return sum(item is not None for item in self._queue.queue) + self._busy

    def _run(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=self._idle_s)
            except queue.Empty:
                item = None
            self._busy = item is not None
            try:
                if item is not None:
                    self._do(item)
                elif not self.closing.is_set():
                    self._idle()
            except Exception as error:
                self._fault(error)
            self._busy = False
            if self.closing.is_set() and self._queue.empty():
                return
