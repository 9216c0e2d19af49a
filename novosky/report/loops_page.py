"""Iterations of one loop or of many side by side, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from novosky.report.document import document, write_page
from novosky.report.html import Html, element, section, table
from novosky.report.optimize_page import DECIDED_NOTE, decisions, scores, shown, studies
from novosky.report.plot import BLUE, chart
from novosky.report.text import interval, number

INTERVAL_NOTE = "Expectancy of each candidate on `gate`, R a trade, with its interval."
PARAMETERS_NOTE = "Settings in which the candidate differed from what stood; empty where it did not."


def write_loops(path: Path, result: Mapping[str, Any]) -> None:
    """Write the page; `ConfigError` where plotly is not installed."""
    write_page(path, document("Loops", parts(result)))


def parts(result: Mapping[str, Any]) -> list[Html]:
    """The parts of the page, the answer first."""
    entries = labelled(result)
    found = [
        element(
            "header",
            element("h1", "Iterations side by side"),
            element("p", result["summary"], cls="answer none"),
        ),
        section("Loops", table(("", "iterations", "kept", "looks at its gate", "from"), loop_rows(result))),
        section("Decisions", decisions(entries), note=DECIDED_NOTE),
        section("Scores", scores(entries)),
    ]
    judged = [entry for entry in entries if entry["candidate"] is not None]
    if judged:
        found.append(section("R a trade", _intervals(judged), note=INTERVAL_NOTE))
    if result["parameters"]:
        header = ("iteration", *result["parameters"])
        found.append(section("Parameters", table(header, parameter_rows(result)), note=PARAMETERS_NOTE))
    return [*found, section("Studies", studies(entries))]


def labelled(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries, each iteration with its loop's letter where there are several: `B 3`."""
    several = len(result["loops"]) > 1
    return [
        {**row, "iteration": f"{row['in']} {row['iteration']}" if several else str(row["iteration"])}
        for row in result["iterations"]
    ]


def loop_rows(result: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row a loop."""
    return [
        (name, str(one["iterations"]), str(one["kept"]), number(one["looks"], 0), one["source"])
        for name, one in result["loops"].items()
    ]


def parameter_rows(result: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row an iteration, a column a parameter."""
    return [
        (entry["iteration"], *(shown(entry["params"][name]) if name in entry["params"] else ""
                               for name in result["parameters"]))
        for entry in labelled(result)
    ]  # fmt: skip


def _intervals(judged: Sequence[Mapping[str, Any]]) -> Html:
    y = [entry["candidate"]["expectancy_r"] for entry in judged]
    bounds = [entry["candidate"]["expectancy_r_interval"] or (None, None) for entry in judged]
    known = [(at, low, high) for at, (low, high) in zip(y, bounds, strict=True)]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "name": "candidate",
        "x": [entry["iteration"] for entry in judged],
        "y": y,
        "marker": {"color": BLUE, "size": 9},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [0.0 if high is None or at is None else high - at for at, _, high in known],
            "arrayminus": [0.0 if low is None or at is None else at - low for at, low, _ in known],
        },
        "text": [interval(entry["candidate"]["expectancy_r_interval"], 3, sign=True) for entry in judged],
    }
    layout = {"xaxis": {"title": {"text": "iteration"}, "type": "category"}, "yaxis": {"title": {"text": "R a trade"}}}
    return chart("intervals", [trace], layout, height_px=320, label="R a trade of each candidate with its interval")
