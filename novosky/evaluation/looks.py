"""The looks ledger: every configuration judged on a stretch of an underlying, appended and never changed.

One JSON object a line. A line is written with one append and forced to disk; a torn last line (a crash in the
middle of it) is passed over by the reader and closed by the next append.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

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


def count_looks(ledger: Path, underlying: str, from_ms: int, to_ms: int) -> int:
    """Distinct configurations (with their models) judged on bars that overlap the range."""
    seen = {
        (entry["configuration"], entry["models"])
        for entry in _entries(ledger)
        if entry["underlying"] == underlying and entry["from_ms"] <= to_ms and entry["to_ms"] >= from_ms
    }
    return len(seen)


def _entries(ledger: Path) -> Iterator[dict[str, Any]]:
    if not ledger.exists():
        return
    for line in ledger.read_bytes().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # torn by a crash: the look was never answered with a result
        yield entry


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as handle:
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) == b"\n"
