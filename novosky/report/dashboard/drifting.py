"""Is a confidence worth what it was? Win rate by confidence, live beside judged; and the monitor's five questions."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from novosky.errors import DataError
from novosky.trading.ledger.trades import LiveTrade
from novosky.trading.monitor.drift import Drift
from novosky.trading.monitor.words import sentence

BUCKETS: Final = 5
LEAST_JUDGED: Final = 25  # trades, below which a bucket would hold fewer than five
Z_95: Final = 1.959964


class Judged(NamedTuple):
    """A trade that the revision was judged by."""

    confidence: float
    won: bool


def read_judged(file: Path) -> list[Judged]:
    """Of a revision's `judged_trades.csv`; DataError where it says no confidence."""
    try:
        with file.open(encoding="utf-8", newline="") as text:
            return [Judged(float(row["confidence"]), float(row["r"]) > 0.0) for row in csv.DictReader(text)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file.name}: expected each judged trade's confidence and R, found {error!r}") from error


def by_confidence(judged: Sequence[Judged], live: Sequence[LiveTrade]) -> list[dict[str, Any]]:
    """A row a bucket of equal count of the judged trades: share won then and now, each with its 95 % interval.

    The outer buckets are open to their sides. Empty where too few were judged.
    """
    if len(judged) < LEAST_JUDGED:
        return []
    ordered = sorted(one.confidence for one in judged)
    edges = [ordered[len(ordered) * k // BUCKETS] for k in range(1, BUCKETS)]
    bounds = list(zip([-math.inf, *edges], [*edges, math.inf], strict=True))
    known = [(one.confidence, one.net > 0.0) for one in live if one.confidence is not None]
    rows = []
    for low, high in bounds:
        then = [one.won for one in judged if low <= one.confidence < high]
        now = [won for confidence, won in known if low <= confidence < high]
        rows.append(
            {
                "from": None if math.isinf(low) else low,
                "to": None if math.isinf(high) else high,
                "judged": _share(then),
                "live": _share(now),
            }
        )
    return rows


def _share(won: Sequence[bool]) -> dict[str, Any]:
    """Wilson's interval (Wilson 1927), which holds for few trades, too."""
    n = len(won)
    if n == 0:
        return {"trades": 0, "share": None, "low": None, "high": None}
    p, z2 = sum(won) / n, Z_95**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return {"trades": n, "share": p, "low": max(middle - half, 0.0), "high": min(middle + half, 1.0)}


QUESTIONS: Final = {
    "result": "Worse than promised?",
    "loses": "Does it lose?",
    "fewer_trades": "Fewer trades?",
    "more_trades": "More trades?",
    "costs": "Dearer?",
}


def questions(found: Sequence[Drift]) -> list[dict[str, Any]]:
    """A row a question; `pct`: how far the strongest evidence so far has come to an alarm, on its log scale."""
    return [
        {
            "title": QUESTIONS.get(one.name, one.name),
            "words": sentence(one),
            "alarms": one.alarms,
            "pct": 100.0 * min(max(math.log(max(one.evidence_most, 1.0)) / math.log(one.limit), 0.0), 1.0),
        }
        for one in found
    ]
