"""Loops that are over, from what they left: a run's folder, the loop's folder, or `optimize_log.json` itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from novosky.config.recorded import read_config
from novosky.config.schema import Config
from novosky.errors import DataError
from novosky.evaluation.gate import COMMIT
from novosky.optimize.log import KEYS, read_log

LOG = "optimize_log.json"


@dataclass(frozen=True, slots=True)
class RecordedLoop:
    """Entries of its log, in their order; of a run's folder also `gate` (its times in words) and its configuration."""

    name: str
    source: Path
    entries: Sequence[dict[str, Any]]
    config: Config | None = None
    gate: tuple[str, str] | None = None


def is_loop(path: Path) -> bool:
    """Whether the path leads to a loop's traces."""
    if path.name == LOG or (path / LOG).is_file():
        return True
    file = path / "result.json"
    try:
        return file.is_file() and json.loads(file.read_bytes())["mode"] == "optimize"
    except (ValueError, KeyError, TypeError):
        return False


def read_loop(name: str, path: Path) -> RecordedLoop:
    """The loop at `path`. Raises DataError where it cannot be read or has no iteration."""
    if (path / "result.json").is_file():
        result = json.loads((path / "result.json").read_bytes())
        entries = [one["entry"] for one in result["iterations"] if one["entry"] is not None]
        window = next(one for one in result["windows"] if one["name"] == "gate")
        config, _ = read_config(path / "config.json")
        loop = RecordedLoop(name, path, entries, config, (window["from"], window["to"]))
    else:
        file = path if path.name == LOG else path / LOG
        if not file.is_file():
            raise DataError(f"{file}: expected the log of a loop, found no file")
        loop = RecordedLoop(name, path, read_log(file))
    wanted = [key for key in (*KEYS, "candidate", "share") if key != "times"]  # a result keeps none
    if not loop.entries or any(key not in entry for entry in loop.entries for key in wanted):
        raise DataError(f"{path}: expected a loop with an iteration or more, found none that is whole")
    return loop


def compare_loops(loops: Sequence[RecordedLoop], looks: dict[str, int | None]) -> dict[str, Any]:
    """Iterations of all loops one below the other; `looks` at each loop's `gate` in the ledger, None where unknown."""
    rows = [{"in": loop.name, **_untimed(entry)} for loop in loops for entry in loop.entries]
    return {
        "summary": _summary(rows, len(loops)),
        "loops": {
            loop.name: {
                "source": str(loop.source),
                "iterations": len(loop.entries),
                "kept": sum(entry["decision"] == COMMIT for entry in loop.entries),
                "gate": loop.gate,
                "looks": looks[loop.name],
            }
            for loop in loops
        },
        "iterations": rows,
        "parameters": sorted({name for row in rows for name in row["params"]}),
    }


def _untimed(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "times"}


def _summary(rows: Sequence[dict[str, Any]], loops: int) -> str:
    judged = [row for row in rows if row["candidate"] is not None]
    kept = [row for row in rows if row["decision"] == COMMIT]
    said = (
        f"{_count(len(rows), 'iteration')} of {_count(loops, 'loop')}: {_count(len(judged), 'candidate')} judged, "
        f"{len(kept)} kept."
    )
    if len(judged) < 2:
        return said
    best = max(judged, key=lambda row: row["final_score"])
    return (
        f"{said} The highest reference score, {best['final_score']:.2f} ({best['in']} {best['iteration']}, "
        f"{best['decision']}), is the best of {len(judged)}: it looks better than it is, and what stands was "
        "decided by the gate."
    )


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"
