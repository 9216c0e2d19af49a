"""Does more confidence bring more R? Trades by the confidence that they were decided with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.html import Html, element, join, table
from novosky.report.text import counted, interval, number

PROMISE_NOTE = (
    "Buckets of equal count. Promised is what the probabilities p would bring before costs if they were true, with the "
    "target in R of the bracket that was traded: from p(side) x target - (1 - p(side)), which counts HOLD (neither "
    "target was reached) as a lost stop, to p(side) x target - p(other side), which counts it as nothing. p is learned "
    "for the label's bracket and taken to hold for others too."
)


def confidence_table(block: Mapping[str, Any], coverage: float) -> Html:
    """A row a bucket, the least sure first, and the answer above them."""
    header = (
        "confidence",
        "trades",
        "win rate",
        "mean R",
        f"{100 * coverage:.3g} % interval, R",
        "probability of the side",
        "promised R",
    )
    rows = [
        (
            f"{number(row['confidence_from'], 3)} to {number(row['confidence_to'], 3)}",
            number(row["trades"], 0),
            number(100.0 * row["win_rate"], 1, unit="%"),
            number(row["mean_r"], 3, sign=True),
            interval(row["mean_r_interval"], 3, sign=True),
            number(row["probability"], 3),
            _promised(row),
        )
        for row in block["rows"]
    ]
    left_out = block["additions_left_out"]
    parts = [element("p", block["summary"])]
    parts += [table(header, rows)] if rows else []
    if left_out:
        parts.append(element("p", f"Left out: {counted(left_out, 'addition')} to open positions.", cls="note"))
    return join(parts)


def _promised(row: Mapping[str, Any]) -> str:
    if row["promised_r"] is None:
        return number(None)
    return interval((row["promised_r"], row["promised_r_hold_flat"]), 3, sign=True)
