"""The trade server's clock: how far it is from UTC.

MetaTrader stamps ticks, bars and deals with the server's wall time as if it were UTC, and its Python API names no
offset: it is what a fresh tick shows beyond UTC.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

STEP_MS = 1_800_000  # clocks differ from UTC by whole half hours
TOLERATED_MS = 120_000


@dataclass(frozen=True, slots=True)
class ServerTime:
    """Both clocks at one moment; seconds since 1970."""

    server_epoch: float  # of the last tick
    utc_epoch: float
    utc_offset_seconds: int | None  # None: the tick is too old to tell


def server_time_of(tick_time_msc: int, utc_ms: int) -> ServerTime:
    """The clocks by a tick that came just now.

    The offset is the difference to the nearest half hour; where it lies more than two minutes off, the tick is stale
    and the offset unknown. A tick that is stale by whole half hours cannot be told from another offset: hold the
    answer against the clock that is expected.
    """
    ahead = tick_time_msc - utc_ms
    offset = round(ahead / STEP_MS) * STEP_MS
    known = abs(ahead - offset) <= TOLERATED_MS
    return ServerTime(tick_time_msc / 1000.0, utc_ms / 1000.0, offset // 1000 if known else None)


def system_utc_ms() -> int:
    """This machine's clock, milliseconds since 1970."""
    return time.time_ns() // 1_000_000
