"""The looks ledger: every configuration judged on a stretch of an underlying, appended and never changed.

One JSON object a line. A line is written with one append and forced to disk; a torn last line (a crash in the
middle of it) is passed over by the reader and closed by the next append.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from novosky.errors import DataError, NovoskyError
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
    sharpe: float | None = None  # of a day, not annualised; None where it was not recorded
    against: str = ""  # the set that the gate compared it with, by its `name`; empty where nothing was compared

    @property
    def name(self) -> str:
        """The configuration with its models: what is judged, wherever it is judged."""
        return f"{self.configuration}:{self.models}"


def record_look(ledger: Path, look: Look, at_ms: int) -> None:
    """Append a look; a result whose look cannot be recorded must not be shown, so a failure raises."""
    _append(ledger, [json.dumps({"at": utc_text(at_ms), **look._asdict()}, sort_keys=True)])


class Ledger(NamedTuple):
    """The looks of a file in their order, and how many of its lines could not be read: they may hide more."""

    looks: Sequence[Look]
    unreadable: int


def read_ledger(ledger: Path, underlying: str, from_ms: int, to_ms: int) -> Ledger:
    """The looks at bars of the underlying that overlap the range.

    A line torn by a crash was never answered with a result; a line damaged otherwise was. They look the same, so
    both are counted as unreadable and shown.
    """
    found, unreadable = [], 0
    for line in _lines(ledger):
        look = _look(line)
        if look is None:
            unreadable += 1
        elif look.underlying == underlying and look.from_ms <= to_ms and look.to_ms >= from_ms:
            found.append(look)
    return Ledger(found, unreadable)


class Looks(NamedTuple):
    """How often bars were judged: `distinct` configurations, and `unreadable` lines that may hide more."""

    distinct: int
    unreadable: int


def count_looks(ledger: Path, underlying: str, from_ms: int, to_ms: int) -> Looks:
    """Distinct configurations (with their models) judged on bars that overlap the range."""
    looks, unreadable = read_ledger(ledger, underlying, from_ms, to_ms)
    return Looks(len({look.name for look in looks}), unreadable)


class Spread(NamedTuple):
    """How far the figures of the looks lie apart: what the best of many is measured against."""

    configurations: int  # distinct configurations that have the figure
    variance: float | None  # None of fewer than two


def spread_of_looks(looks: Sequence[Look], figure: str) -> Spread:
    """Variance (n - 1) over distinct configurations of `score` or `sharpe`; each counts once, as judged last.

    With `sharpe` it is the variance of the trials that the deflated Sharpe ratio asks for (Bailey and Lopez de Prado,
    Journal of Portfolio Management 40, 2014).
    """
    latest = {look.name: getattr(look, figure) for look in looks}
    values = [value for value in latest.values() if value is not None]
    return Spread(len(values), float(np.var(values, ddof=1)) if len(values) > 1 else None)


class Merged(NamedTuple):
    """Lines of another ledger: `added` to this one, `known` here before, `unreadable` and left where they are."""

    added: int
    known: int
    unreadable: int


def merge_ledgers(ledger: Path, other: Path) -> Merged:
    """Append the looks of another checkout's ledger that this one lacks; doing it again adds nothing.

    A look is the same when its whole line is, the time included. A crash in the middle leaves part of them; merging
    again brings the rest. Raises DataError when there is no other ledger.
    """
    if not other.is_file():
        raise DataError(f"looks ledger {other}: expected a file to merge, found none; give the other checkout's ledger")
    known = {_canonical(line) for line in _lines(ledger) if _look(line) is not None}
    theirs = [line for line in _lines(other) if line.strip()]
    readable = [_canonical(line) for line in theirs if _look(line) is not None]
    new = [line for line in dict.fromkeys(readable) if line not in known]
    if new:
        _append(ledger, new)
    return Merged(len(new), len(readable) - len(new), len(theirs) - len(readable))


def _lines(ledger: Path) -> list[bytes]:
    return [line for line in ledger.read_bytes().splitlines() if line.strip()] if ledger.exists() else []


def _look(line: bytes) -> Look | None:
    """None of a line that is no look."""
    try:
        found: dict[str, Any] = json.loads(line)
        given = {name: found[name] for name in Look._fields if name in found or name not in Look._field_defaults}
        look = Look(**given)
        return look if look.from_ms <= look.to_ms else None
    except (ValueError, KeyError, TypeError):
        return None


def _canonical(line: bytes) -> str:
    return json.dumps(json.loads(line), sort_keys=True)


def _append(ledger: Path, lines: Sequence[str]) -> None:
    """Append whole lines and force them to disk."""
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        torn = ledger.exists() and ledger.stat().st_size > 0 and not _ends_with_newline(ledger)
        with ledger.open("ab") as file:
            file.write((("\n" if torn else "") + "".join(line + "\n" for line in lines)).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NovoskyError(
            f"looks ledger {ledger}: could not be written ({error.strerror}); "
            "a result is only given with its look recorded"
        ) from error


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as handle:
        handle.seek(-1, os.SEEK_END)
        return handle.read(1) == b"\n"
