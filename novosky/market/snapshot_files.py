"""The files of a snapshot: written beside and renamed, so that there is a whole one or none; verified when read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from novosky.errors import DataError, NovoskyError
from novosky.market.bars import Bars
from novosky.market.calendar import Calendar
from novosky.market.contract import to_bars, to_frame

BARS_FILE, CALENDAR_FILE, META_FILE = "bars.parquet", "calendar.parquet", "snapshot.json"
UNFINISHED = ".unfinished-"
ABANDONED_SECONDS = 600  # a snapshot takes seconds to write: an older unfinished one has lost its writer


@dataclass(frozen=True, slots=True)
class Contents:
    """What a snapshot holds; `meta` is its snapshot.json."""

    bars: Bars
    calendar: Calendar | None
    meta: dict[str, Any]


def write_snapshot(folder: Path, contents: Contents) -> Contents:
    """Write `folder` in one step, or leave nothing; return what it holds, hashes included.

    When another process wrote the same snapshot meanwhile, that one stands. Raises NovoskyError when the disk refuses.
    """
    bars, calendar = contents.bars, contents.calendar
    files = {BARS_FILE: _parquet(to_frame(bars))}
    meta = contents.meta | {"bars": _bars_meta(bars, files[BARS_FILE]), "calendar": None}
    if calendar is not None:
        files[CALENDAR_FILE] = _parquet(_calendar_frame(calendar))
        meta["calendar"] = _calendar_meta(calendar, files[CALENDAR_FILE])
    files[META_FILE] = (json.dumps(meta, indent=2, sort_keys=True) + "\n").encode()
    try:
        _write_whole(folder, files)
    except OSError as error:
        raise NovoskyError(
            f"could not write the snapshot {folder}: {error.strerror}; nothing was left behind: mend that and run again"
        ) from error
    return Contents(bars, calendar, meta)


def read_snapshot(folder: Path) -> Contents | None:
    """What `folder` holds, or None when there is no such folder; DataError when it is not what was written."""
    if not folder.is_dir():
        return None
    try:
        meta = json.loads((folder / META_FILE).read_bytes())
        bars = _read_bars(folder, meta)
        calendar = _read_calendar(folder, meta["calendar"]) if meta["calendar"] else None
    except (OSError, ValueError, KeyError, PolarsError) as error:
        raise DataError(f"snapshot {folder} cannot be read ({error}): remove the folder to make it again") from error
    return Contents(bars, calendar, meta)


def _write_whole(folder: Path, files: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        for name, content in files.items():
            with (unfinished / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        unfinished.chmod(0o755)
        try:
            unfinished.rename(folder)
        except OSError:
            if not (folder / META_FILE).is_file():
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for left in parent.glob(f"{UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def _bars_meta(bars: Bars, content: bytes) -> dict[str, Any]:
    return {
        "symbol": bars.symbol,
        "timeframe_minutes": bars.timeframe_minutes,
        "point": bars.point,
        "count": len(bars),
        "content_hash": bars.content_hash(),
        "file_sha256": hashlib.sha256(content).hexdigest(),
    }


def _calendar_meta(calendar: Calendar, content: bytes) -> dict[str, Any]:
    return {
        "count": len(calendar),
        "covers_from_ms": calendar.covers_from_ms,
        "covers_to_ms": calendar.covers_to_ms,
        "content_hash": calendar.content_hash(),
        "file_sha256": hashlib.sha256(content).hexdigest(),
    }


def _read_bars(folder: Path, meta: dict[str, Any]) -> Bars:
    about = meta["bars"]
    frame = pl.read_parquet(BytesIO(_verified(folder / BARS_FILE, about["file_sha256"])))
    bars = to_bars(frame, about["symbol"], about["timeframe_minutes"], about["point"])
    _require_hash(folder, BARS_FILE, about["content_hash"], bars.content_hash())
    return bars


def _calendar_frame(calendar: Calendar) -> pl.DataFrame:
    columns = {"time_ms": calendar.time_ms, "impact": calendar.impact}
    return pl.DataFrame(columns | {"currency": list(calendar.currency), "title": list(calendar.title)})


def _read_calendar(folder: Path, about: dict[str, Any]) -> Calendar:
    frame = pl.read_parquet(BytesIO(_verified(folder / CALENDAR_FILE, about["file_sha256"])))
    calendar = Calendar(
        time_ms=np.ascontiguousarray(frame["time_ms"].to_numpy(), dtype=np.int64),
        impact=np.ascontiguousarray(frame["impact"].to_numpy(), dtype=np.int8),
        currency=tuple(frame["currency"]),
        title=tuple(frame["title"]),
        covers_from_ms=about["covers_from_ms"],
        covers_to_ms=about["covers_to_ms"],
    )
    _require_hash(folder, CALENDAR_FILE, about["content_hash"], calendar.content_hash())
    return calendar


def _verified(file: Path, sha256: str) -> bytes:
    content = file.read_bytes()
    _require_hash(file.parent, file.name, sha256, hashlib.sha256(content).hexdigest())
    return content


def _require_hash(folder: Path, name: str, expected: str, found: str) -> None:
    if found != expected:
        raise DataError(
            f"snapshot {folder}: {name} was changed since it was written (expected hash {expected[:12]}, found "
            f"{found[:12]}): restore it, or remove the folder to make it again"
        )
