"""What a revision promised: the trades that it was judged by, as they lie in its folder."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from novosky.errors import ModelCompatibilityError
from novosky.execution.records import Floats
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import promoted
from novosky.models.revision.record import Record

JUDGED_TRADES: Final = "judged_trades.csv"
JUDGED_ON: Final = "gate"  # window of the record
MS_PER_DAY: Final = 86_400_000
_COSTS: Final = (("slippage_cost", 1.0), ("commission", 1.0), ("swap", -1.0))


class Promise(NamedTuple):
    """Of the judged trades in order of exit, and of the days that they were judged on."""

    revision: str
    r: Floats  # (n_trades,)
    costs_r: Floats  # (n_trades,) slippage, commission and swap; the spread is inside the prices on both sides
    per_day: Floats  # (n_days,) trades opened on each UTC day
    bars_a_day: int  # of that window, days without a market included


def promise_of(places: RevisionPlaces) -> Promise:
    """Of the revision that trades; ModelCompatibilityError where there is none or its files were touched."""
    record = promoted(places)
    return read_promise(places.folder(record.tag) / JUDGED_TRADES, record)


def read_promise(file: Path, record: Record) -> Promise:
    """Raises ModelCompatibilityError where the revision came without judged trades that can be read."""
    try:
        with file.open(encoding="utf-8", newline="") as text:
            rows = sorted(csv.DictReader(text), key=lambda row: (row["exit_bar_time"], int(row["ticket"])))
        r = np.array([float(row["r"]) for row in rows])
        costs = np.array([_costs_r(row) for row in rows])
        opened = [utc_ms(row["entry_time"]) // MS_PER_DAY for row in rows]
        first, last, bars = judged_window(record.facts)
    except (OSError, KeyError, ValueError, TypeError, ZeroDivisionError, StopIteration) as error:
        raise ModelCompatibilityError(
            f"{file}: expected the trades that {record.tag} was judged by, found something else ({error}); run.py "
            f"mode=pull revision={record.tag}"
        ) from error
    days = np.clip(np.array(opened, np.int64) - first, 0, last - first)
    per_day = np.bincount(days, minlength=last - first + 1).astype(np.float64)
    return Promise(record.tag, r, costs, per_day, max(round(bars / len(per_day)), 1))


def _costs_r(row: Mapping[str, str]) -> float:
    return sum(sign * float(row[name]) for name, sign in _COSTS) / float(row["risk_money"])


def judged_window(facts: Mapping[str, Any]) -> tuple[int, int, int]:
    """First and last UTC day of the window that the trades were judged on, and its bars."""
    window = next(one for one in facts["windows"] if one["name"] == JUDGED_ON)
    return utc_ms(window["from"]) // MS_PER_DAY, utc_ms(window["to"]) // MS_PER_DAY, int(window["bars"])


def utc_ms(text: str) -> int:
    """Of `2024-01-01T22:00:00Z`, or of `2024-01-01 22:00 UTC` as records have it."""
    return int(datetime.fromisoformat(text.replace(" UTC", "Z")).timestamp() * 1000)
