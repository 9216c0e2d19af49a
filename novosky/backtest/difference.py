"""Two runs of the same thing, searched for the first place where they part, causes before effects."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

BEFORE_TRADES = ("windows", "window", "models", "voters_on_window", "confidence_threshold")
TABLES = {"trades.csv": "trade", "deals.csv": "deal", "equity.csv": "equity"}
ELSEWHERE = ("volatile", "mode", "data", "settings", "fingerprints")  # no figures: held against each other before
ABSENT = "absent"


class Difference(NamedTuple):
    """What differs (data, setting, model, trade, deal, equity, figure), where, and its two values."""

    kind: str
    where: str
    then: Any
    now: Any


def first_difference(
    then: Mapping[str, Any], now: Mapping[str, Any], then_folder: Path, now_folder: Path
) -> Difference | None:
    """Where result and tables of two runs part first: what is decided by, trades, deals, equity, then the figures."""
    early = [name for name in BEFORE_TRADES if name in then or name in now]
    late = sorted((then.keys() | now.keys()) - {*BEFORE_TRADES, *ELSEWHERE})
    return (
        _first_figure(then, now, early)
        or next(filter(None, (_first_cell(name, then_folder, now_folder) for name in TABLES)), None)
        or _first_figure(then, now, late)
    )


def first_value(then: Any, now: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Path and both values of the first leaf in which two JSON values differ; None where they are equal."""
    return next(_unequal(then, now, path), None)


def _unequal(then: Any, now: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ; a number and its like of another type (1 and 1.0, 1 and true) do."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in [*then, *(key for key in now if key not in then)]:
            yield from _unequal(then.get(key, ABSENT), now.get(key, ABSENT), f"{path}.{key}" if path else key)
    elif isinstance(then, list) and isinstance(now, list):
        for place, (before, here) in enumerate(zip_longest(then, now, fillvalue=ABSENT), 1):
            yield from _unequal(before, here, f"{path}.{place}")
    elif type(then) is not type(now) or then != now:
        yield path, then, now


def _first_figure(then: Mapping[str, Any], now: Mapping[str, Any], names: list[str]) -> Difference | None:
    for name in names:
        found = first_value(then.get(name, ABSENT), now.get(name, ABSENT), name)
        if found is not None:
            return Difference("figure", *found)
    return None


def _first_cell(name: str, then_folder: Path, now_folder: Path) -> Difference | None:
    """The first cell of a table that differs; rows count from 1 below the header."""
    kind, there = TABLES[name], [(folder / name).is_file() for folder in (then_folder, now_folder)]
    if not all(there):
        return Difference(kind, name, *("written" if found else ABSENT for found in there)) if any(there) else None
    (header, *then), (columns, *now) = _rows(then_folder / name), _rows(now_folder / name)
    if header != columns:
        return Difference(kind, f"{name}, header", ",".join(header), ",".join(columns))
    for place, (before, here) in enumerate(zip_longest(then, now), 1):
        where = f"{name}, row {place}"
        if before is None or here is None:
            return Difference(kind, where, *(ABSENT if row is None else ",".join(row) for row in (before, here)))
        for column, old, new in zip_longest(header, before, here, fillvalue=ABSENT):
            if old != new:
                return Difference(kind, f"{where}, {column}", old, new)
    return None


def _rows(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines)) or [[]]
