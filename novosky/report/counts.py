"""How often things happened: bars that are plain HTML, so that they can be read, copied and printed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from novosky.execution.codes import EXIT_NAMES
from novosky.report.data import ReportData
from novosky.report.html import Html, element, table
from novosky.report.text import EXIT_WORDS, VERDICT_WORDS, number, words


def exit_reasons(data: ReportData) -> Html:
    """Trades by why they were closed, with their mean result."""
    reasons = np.array([EXIT_NAMES[code] for code in data.trades["exit_reason"]])
    return _bars(
        (words(name, EXIT_WORDS), count, f", mean {number(_mean_r(data, reasons == name), 2, sign=True)} R")
        for name, count in data.result["judged"]["exits"].items()
    )


def refusals(data: ReportData) -> Html:
    """Bars at whose close no trade was opened, by the first gate that refused."""
    counts = data.result["judged"]["why_no_trade"]
    return _bars((words(name, VERDICT_WORDS), count, "") for name, count in counts.items())


def gates(data: ReportData) -> Html:
    """Every gate in its order, those that refused nothing too."""
    rows = [
        (
            words(row["gate"], VERDICT_WORDS),
            "; ".join(f"{key} {_setting(value)}" for key, value in row["settings"].items()),
            row["asked_on"],
            row["opens_again"],
            number(row["refused"], 0),
        )
        for row in data.result["judged"]["gates"]
    ]
    return table(("gate", "settings", "asked on", "opens again", "bars refused"), rows, numeric_from=4)


def managed(data: ReportData) -> Html:
    """What happened to positions between entry and exit."""
    judged = data.result["judged"]
    said = f"additions {number(judged['additions'], 0)} · partial closes {number(judged['partial_closes'], 0)}"
    return element("p", said, cls="note")


def _setting(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _mean_r(data: ReportData, which: np.ndarray) -> float | None:
    return float(data.trades["r"][which].mean()) if which.any() else None


def _bars(rows: Iterable[tuple[str, int, str]]) -> Html:
    """Label, bar and count of each row, the most frequent first."""
    rows = sorted(rows, key=lambda row: -row[1])
    total = sum(count for _, count, _ in rows)
    return element("dl", *(_bar(label, count, beside, rows[0][1], total) for label, count, beside in rows), cls="bars")


def _bar(label: str, count: int, beside: str, most: int, total: int) -> Html:
    return element(
        "div",
        element("dt", label),
        element("dd", element("i", style=f"width:{100.0 * count / most:.2f}%"), cls="bar"),
        element("dd", element("b", f"{count:,}"), element("small", f" {100.0 * count / total:.1f} %{beside}")),
    )
