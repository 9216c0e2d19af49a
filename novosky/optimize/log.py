"""`optimize_log.json` and `optimize_best.json`: what the loop decided, for people and for the next loop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.disk.text import as_json
from novosky.errors import DataError

COMMIT, REVERT, NO_CHANGE = "COMMIT", "REVERT", "NO CHANGE"
KEYS = (
    "iteration",
    "decision",
    "baseline_score",
    "final_score",
    "improvement_pct",
    "params",
    "reason",
    "times",
    "fingerprints",
)
Entry = Mapping[str, Any]


def read_log(path: Path) -> list[dict[str, Any]]:
    """The entries in their order, none where there is no log; DataError when it is not what was written."""
    if not path.exists():
        return []
    try:
        entries = json.loads(path.read_bytes())
    except ValueError as error:
        raise DataError(f"{path}: expected a JSON list, found something else ({error}); bring it back") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DataError(f"{path}: expected a JSON list of entries, found something else; bring it back")
    return entries


def log_with(path: Path, entry: Entry) -> bytes:
    """The log's bytes with `entry` at its end; ValueError for an entry that lacks a key or is no JSON."""
    missing = [key for key in KEYS if key not in entry]
    if missing:
        raise ValueError(f"a log entry needs {', '.join(KEYS)}; {', '.join(missing)} missing")
    return as_json([*read_log(path), dict(entry)])
