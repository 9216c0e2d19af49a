"""Scheduled events: when, in which currency, how important; known beforehand, unlike their outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from novosky.errors import DataError
from novosky.market.bars import Bars, Ints, utc_text

IMPACTS = ("none", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Events sorted by time; every array has shape (n_events,).

    `time_ms` is UTC epoch milliseconds, `impact` indexes `IMPACTS`. Between `covers_from_ms` and `covers_to_ms`
    (both inclusive) the absence of an event means that none was scheduled; outside nothing is known.
    """

    time_ms: Ints
    impact: NDArray[np.int8]
    currency: tuple[str, ...]
    title: tuple[str, ...]
    covers_from_ms: int
    covers_to_ms: int

    def __len__(self) -> int:
        return len(self.time_ms)

    def select(self, currencies: Sequence[str], min_impact: str) -> Ints:
        """Sorted times (ms) of the events that count: one of `currencies`, at least `min_impact`."""
        wanted = np.array([currency in currencies for currency in self.currency], dtype=bool)
        return self.time_ms[wanted & (self.impact >= IMPACTS.index(min_impact))]

    def content_hash(self) -> str:
        """sha256 over the values, whatever file they came from."""
        digest = hashlib.sha256(f"{self.covers_from_ms}|{self.covers_to_ms}".encode())
        digest.update(self.time_ms.astype("<i8").tobytes())
        digest.update(self.impact.astype("<i1").tobytes())
        digest.update("\n".join(f"{c}\t{t}" for c, t in zip(self.currency, self.title, strict=True)).encode())
        return digest.hexdigest()


def require_cover(calendar: Calendar, bars: Bars) -> None:
    """Raise DataError when a bar lies outside the calendar: there a news feature would be silently constant."""
    first, last = int(bars.time_ms[0]), int(bars.time_ms[-1]) + bars.timeframe_ms
    if calendar.covers_from_ms <= first and last <= calendar.covers_to_ms:
        return
    raise DataError(
        f"the calendar covers {utc_text(calendar.covers_from_ms)} to {utc_text(calendar.covers_to_ms)}, the bars "
        f"{utc_text(first)} to {utc_text(last)}: give a calendar that covers them, other bars, or news=none"
    )
