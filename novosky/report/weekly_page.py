"""The week as a page: the answer, the phases with their times, what was searched, swept, decided and promoted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.report.document import document, write_page
from novosky.report.headline import stamps
from novosky.report.html import Html, element, folded, section, table
from novosky.report.optimize_page import DECIDED_NOTE, decisions, movement, scores, shown, studies, tried
from novosky.report.tables import settings
from novosky.report.text import MISSING, number

SWEPT_NOTE = (
    "Reference scores on the window `sweep`, the best first; every row is a look. They chose, so they flatter what was "
    "chosen: `gate` decides."
)


def write_week(path: Path, result: Mapping[str, Any]) -> None:
    """Write the page; `ConfigError` where plotly is not installed."""
    write_page(path, document("Weekly run", parts(result)))


def parts(result: Mapping[str, Any]) -> list[Html]:
    """The parts of the page, the answer first."""
    entries = [one["entry"] for one in result["iterations"] if one["entry"] is not None]
    found = [_masthead(result), section("Phases", _phases(result))]
    if result["checks"]:
        found.append(section("Preflight", _checks(result)))
    if entries:
        found += [section("Decision", decisions(entries), note=DECIDED_NOTE), section("Scores", scores(entries))]
        found.append(section("What was tried", tried(entries)))
        if entries[0]["studies"]:
            found.append(section("Studies", studies(entries)))
    if result["sweep"]:
        said = element("p", result["sweep"]["sentence"])
        found.append(section("Sweep", said, _swept(result["sweep"]), note=SWEPT_NOTE))
    if result["promotion"]:
        found.append(section("Promotion", _promotion(result["promotion"])))
    moved = movement(result["iterations"])
    if moved:
        found.append(section("What the models look at", *moved, note="Share of the total mean |SHAP|, %."))
    return [*found, folded("Settings and fingerprints", settings({**result, "iterations": None, "sweep": None}))]


def _masthead(result: Mapping[str, Any]) -> Html:
    data = result.get("data")
    title = f"Week {result['week']}" + (f" · {data['symbol']} {data['timeframe']}" if data else "")
    rows = [element("h1", title), element("p", result["summary"], cls="answer none")]
    if data:
        rows.append(element("ul", *(element("li", one) for one in stamps({**result, "models": {}})), cls="stamps"))
        text = f"{data['source']} data, {data['bars']:,} bars to {data['to']}, snapshot {data['snapshot']}"
        rows.append(element("p", text, cls="note"))
    return element("header", *rows)


def _phases(result: Mapping[str, Any]) -> Html:
    seconds = result["volatile"]["phases"]
    rows = [(row["name"], row["state"], _seconds(row, seconds), row["said"] or MISSING) for row in result["phases"]]
    found = table(("phase", "state", "seconds", "what came of it"), rows, numeric_from=20)
    return element("div", found, cls="steps")


def _seconds(row: Mapping[str, Any], seconds: Mapping[str, float]) -> str:
    is_over = row["state"] in ("done", "no", "failed")
    return number(seconds.get(row["name"], 0.0), 1) if is_over else MISSING


def _checks(result: Mapping[str, Any]) -> Html:
    rows = [(one["name"], one["verdict"], one["found"], one["expected"], one["mend"]) for one in result["checks"]]
    return element("div", table(("check", "verdict", "found", "expected", "mend"), rows, numeric_from=20), cls="steps")


def _swept(found: Mapping[str, Any]) -> Html:
    keys = list(found["rows"][0]["setting"])
    rows = [
        (str(row["place"]), *(shown(row["setting"][key]) for key in keys), number(row["score"]), str(row["trades"]))
        for row in found["rows"]
    ]
    return table(("setting", *keys, "score", "trades"), rows, numeric_from=1)


def _promotion(found: Mapping[str, Any]) -> Html:
    rows = [element("p", found["summary"])]
    rows += [element("p", f"Against it: {one}") for one in found["against"]]
    rows += [element("p", f"Done: {one}") for one in found["done"]]
    rows += [element("p", f"To do: {one}") for one in found["left"]]
    return element("div", *rows)
