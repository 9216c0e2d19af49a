"""How often people are told: a limit for each kind, and equal texts once."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

HOUR_S = 3600.0


class SlidingLimit:
    """At most `limit` in any `window_s` seconds."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._window_s = window_s
        self._limit = limit
        self._times: deque[float] = deque()

    def admits(self, now_s: float) -> bool:
        """Whether one more may pass; it is not counted."""
        while self._times and now_s - self._times[0] >= self._window_s:
            self._times.popleft()
        return len(self._times) < self._limit

    def admit(self, now_s: float) -> bool:
        """Count one more, if it may pass."""
        if not self.admits(now_s):
            return False
        self._times.append(now_s)
        return True


@dataclass
class _Said:
    since_s: float
    again: int = 0


class Throttle:
    """Which texts pass, and what is told of those that did not. Times are seconds of any clock that never goes back."""

    def __init__(self, per_hour: int) -> None:
        self._limits: dict[str, SlidingLimit] = defaultdict(lambda: SlidingLimit(per_hour, HOUR_S))
        self._said: dict[tuple[str, str], _Said] = {}
        self._over: dict[str, int] = defaultdict(int)

    def admit(self, kind: str, text: str, now_s: float) -> bool:
        """Whether `text` is to be sent now; one that is not is counted for `due`."""
        said = self._said.get((kind, text))
        if said is not None and now_s - said.since_s < HOUR_S:
            said.again += 1
            return False
        if not self._limits[kind].admit(now_s):
            self._over[kind] += 1
            return False
        again = said.again if said else 0
        self._said[kind, text] = _Said(now_s, again)
        return True

    def due(self, now_s: float, at_once: bool = False) -> list[tuple[str, str]]:
        """(kind, sentence) for what was held back: equal texts when their hour is over, the others when there is room.

        `at_once`: everything, because nothing comes after.
        """
        told = []
        for (kind, text), said in list(self._said.items()):
            if at_once or now_s - said.since_s >= HOUR_S:
                del self._said[kind, text]
                if said.again:
                    told.append((kind, f"{said.again} times more: {text}"))
        for kind, over in list(self._over.items()):
            if at_once or self._limits[kind].admits(now_s):
                del self._over[kind]
                told.append((kind, f"{over} more of this kind were not sent: too many in an hour"))
        return told
