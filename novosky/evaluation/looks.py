"""The looks ledger: every configuration judged on a stretch of an underlying, appended and never changed.

One JSON object a line. A line is written with one append and forced to disk; a torn last line (a crash in the
middle of it) is passed over by the reader and closed by the next append.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

from novosky.errors import NovoskyError
from novosky.market.bars import utc_text


class Look(NamedTuple):
    """One configuration judged on one range of time of one underlying."""

    underlying: str  # the market, whatever source, broker or timeframe: BTCUSD
    window: str
    from_ms: int
    to_ms: int
    configuration: str  # fingerprint of all that decides the result
    models: str  # hash of the model set's manifests
    mode: str
    score: float


def record_look(ledger: Path, look: Look, at_ms: int) -> None:
    """Append a look; a result whose look cannot be recorded must not be shown, so a failure raises."""
    line = json.dumps({"at": utc_text(at_ms), **look._asdict()}, sort_keys=True)
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        torn = ledger.exists() and ledger.stat().st_size > 0 and not _ends_with_newline(ledger)
        with ledger.open("ab") as file:
            file.write((("\n" if torn else "") + line + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NovoskyError(
            f"looks ledger {ledger}: could not be written ({error.strerror}); "
            "a result is only given with its look recorded"
        ) from error


class Looks(NamedTuple):
    """How often bars were judged: `distinct` configurations, and `unreadable` lines that may hide more."""

    distinct: int
    unreadable: int


def count_looks(ledger: Path, underlying: str, from_ms: int, to_ms: int) -> Looks:
    """Distinct configurations (with their models) judged on bars that overlap the range.

    A line torn by a crash was never answered with a result; a line damaged otherwise was. They look the same, so
    both are counted as unreadable and shown.
    """
    seen, unreadable = set(), 0
    for line in ledger.read_bytes().splitlines() if ledger.exists() else []:
        try:
            look = Look(**{name: json.loads(line)[name] for name in Look._fields})
        except (ValueError, KeyError, TypeError):
            unreadable += 1
            continue
        if look.underlying == underlying and look.from_ms <= to_ms and look.to_ms >= from_ms:
            seen.add((look.configuration, look.models))
    return Looks(len(seen), unreadable)


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as handle:
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) == b"\n"
