"""The replayed market's clock: what happens when, and the price that stands in between."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from novosky.trading.terminal.simulated.replay import Replay


class Moment(IntEnum):
    """What happens to a bar, in its order."""

    OPEN = 0  # its first price
    LEAVE = 1  # the price leaves the open: who had to act there has acted
    INNER = 2  # one of the finer bars inside is over
    RANGE = 3  # all of its range has happened; without finer bars together with LEAVE


class Event(NamedTuple):
    moment: Moment
    time_ms: int  # UTC
    bar: int
    inner: int  # index into the replay's finer bars; -1 where there is none


class Market:
    """Time and price of a replay.

    Raises nothing at its end: the last price stands, and the market is closed.
    """

    def __init__(self, replay: Replay, now_ms: int) -> None:
        self.replay = replay
        self.now_ms = now_ms
        self.bar = -1  # the one that opened last
        self.inner = -1  # the finer bar that ended last
        self.left = False  # whether the price has left the bar's open
        self.ranged = False  # whether all of the bar's range has happened
        self.bid = float("nan")
        self._events = _events(replay)
        self._next: Event | None = next(self._events, None)

    def until(self, utc_ms: int) -> Iterator[Event]:
        """Let time pass to `utc_ms`, event by event; the clock stands at an event while its taker looks at it."""
        while self._next is not None and self._next.time_ms <= utc_ms:
            event = self._next
            self._next = next(self._events, None)
            self.now_ms = max(self.now_ms, event.time_ms)
            self._take(event)
            yield event
        self.now_ms = max(self.now_ms, utc_ms)

    def _take(self, event: Event) -> None:
        arrays, closes = self.replay.arrays, self.replay.inside_close
        if event.moment is Moment.OPEN:
            self.bar, self.inner, self.left, self.ranged = event.bar, -1, False, False
            self.bid = float(arrays.open[event.bar])
        elif event.moment is Moment.LEAVE:
            self.left = True
        elif event.moment is Moment.INNER:
            self.inner = event.inner
            self.bid = float(closes[event.inner])
        else:
            self.ranged = True
            self.bid = float(arrays.close[event.bar])

    @property
    def next_inner(self) -> int:
        """The first finer bar that is not over, counted from 1; beyond the bar's last where none is left."""
        if self.inner >= 0:
            return self.inner + 2
        return int(self.replay.inside.first[self.bar]) + 1

    @property
    def spread(self) -> float:
        return float(self.replay.arrays.spread[self.bar])

    @property
    def ask(self) -> float:
        return self.bid + self.spread

    @property
    def slippage(self) -> float:
        return float(self.replay.arrays.slippage[self.bar])

    @property
    def quoted(self) -> bool:
        return self.bar >= 0

    @property
    def open(self) -> bool:
        """Whether trading is open: inside the span of a bar."""
        return self.quoted and self.now_ms < self._end_ms()

    @property
    def tick_ms(self) -> int:
        """When the price was last told: now, while the market is open."""
        return min(self.now_ms, self._end_ms() - 1)

    @property
    def exhausted(self) -> bool:
        return self._next is None and not self.open

    def _end_ms(self) -> int:
        bars = self.replay.bars
        return int(bars.time_ms[self.bar]) + bars.timeframe_ms


def _events(replay: Replay) -> Iterator[Event]:
    bars, first, times = replay.bars, replay.inside.first, replay.inside_time_ms
    length = replay.finer.timeframe_ms if replay.finer is not None else 0
    for i in range(len(bars)):
        opens = int(bars.time_ms[i])
        yield Event(Moment.OPEN, opens, i, -1)
        yield Event(Moment.LEAVE, opens + replay.open_lasts_ms, i, -1)
        left, last = opens + replay.open_lasts_ms, opens + bars.timeframe_ms - 1
        for j in range(first[i], first[i + 1]):
            yield Event(Moment.INNER, min(max(int(times[j]) + length, left), last), i, j)
        yield Event(Moment.RANGE, last if first[i + 1] > first[i] else left, i, -1)
