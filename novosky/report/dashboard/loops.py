"""Iterations of the loop and the revision that is promoted, read from their files when these change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from novosky.errors import UserError
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import read_pointer
from novosky.models.revision.record import read_record
from novosky.optimize.log import read_log

SHOWN: Final = 40
LOG: Final = "optimize_log.json"


def loop_block(folder: Path) -> dict[str, Any]:
    """The last iterations in their order; `problem` where the log cannot be read."""
    file = folder / LOG
    try:
        entries = read_log(file)
    except (UserError, OSError) as error:
        return {"problem": str(error), "iterations": [], "total": 0, "source": str(file)}
    rows = [_iteration(entry) for entry in entries[-SHOWN:]]
    return {"problem": "", "iterations": rows, "total": len(entries), "source": str(file)}


def _iteration(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What a log that another version wrote does not say is None."""
    candidate, share = entry.get("candidate") or {}, entry.get("share") or {}
    times = entry.get("times") or {}
    return {
        "loop": entry.get("loop", ""),
        "iteration": entry.get("iteration"),
        "decision": entry.get("decision"),
        "reason": entry.get("reason", ""),
        "promotable": entry.get("promotable"),
        "stamp": entry.get("stamp", ""),
        "score": entry.get("final_score"),
        "was": entry.get("baseline_score"),
        "r": candidate.get("expectancy_r"),
        "interval": candidate.get("expectancy_r_interval"),
        "trades": candidate.get("trades"),
        "drawdown_pct": candidate.get("max_drawdown_pct"),
        "look": share.get("number"),
        "alpha": share.get("alpha"),
        "spent": share.get("spent"),
        "ended": times.get("ended", ""),
    }


def revision_block(places: RevisionPlaces, in_use: str) -> dict[str, Any]:
    """What is promoted, by its record, and what the bot says that it trades."""
    try:
        pointer = read_pointer(places)
        record = None if pointer is None else read_record(places.record(pointer.tag))
    except (UserError, OSError) as error:
        return {"in_use": in_use, "promoted": None, "problem": str(error)}
    if record is None:
        return {"in_use": in_use, "promoted": None, "problem": ""}
    facts = record.facts
    gate: Mapping[str, Any] = facts.get("gate") or {}
    looks: Mapping[str, Any] = facts.get("looks") or {}
    tone, edge = _edge(gate.get("expectancy_r_interval"))
    return {
        "in_use": in_use,
        "promoted": record.tag,
        "problem": "",
        "made": facts.get("made", ""),
        "market": f"{facts.get('symbol', '')} {facts.get('timeframe', '')}".strip(),
        "source": (facts.get("data") or {}).get("source", ""),
        "promotable": facts.get("promotable"),
        "passed_over": [reason.get("name", "") for reason in facts.get("passed_over") or ()],
        "score": gate.get("score"),
        "r": gate.get("expectancy_r"),
        "interval": gate.get("expectancy_r_interval"),
        "trades": gate.get("trades"),
        "drawdown_pct": gate.get("max_drawdown_pct"),
        "looks": {name: (one or {}).get("distinct") for name, one in looks.items()},
        "edge": edge,
        "edge_tone": tone,
    }


def _edge(interval: Sequence[float | None] | None) -> tuple[str, str]:
    """What the interval of the mean R says: its tone, and in words."""
    if not interval or interval[0] is None or interval[1] is None:
        return "none", "no interval: too few trades to say anything of an edge"
    if interval[0] > 0.0:
        return "good", "better than nothing on the bars it was judged by"
    if interval[1] < 0.0:
        return "bad", "it lost on the bars it was judged by"
    return "none", "no edge shown: the interval holds zero"
