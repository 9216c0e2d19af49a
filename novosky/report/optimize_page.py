"""The loop's iterations as a page: what was decided and why, what changed, what the models look at, what took time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from novosky.report.document import document, write_page
from novosky.report.headline import stamps
from novosky.report.html import Html, element, folded, section, table
from novosky.report.plot import BLUE, GREY, chart
from novosky.report.tables import settings
from novosky.report.text import MISSING, counted, interval, number

DECIDED_NOTE = (
    "Scores are reference scores on the window `gate`, the same bars for both. z: mean daily R of the candidate less "
    "the other's, over its standard error; p is asked to be at most the share of the try."
)
COMPARE_NOTE = "Beside other loops: run.py mode=compare compare.runs=[<this loop's folder>,<another's>]"
MOST_MOVED = 12


def write_loop(path: Path, result: Mapping[str, Any]) -> None:
    """Write the page; `ConfigError` where plotly is not installed."""
    write_page(path, document("Loop", parts(result)))


def parts(result: Mapping[str, Any]) -> list[Html]:
    """The parts of the page, the answer first."""
    entries = [one["entry"] for one in result["iterations"] if one["entry"] is not None]
    found = [_masthead(result)]
    if entries:
        found += [
            section("Decisions", decisions(entries), note=DECIDED_NOTE),
            section("Scores", scores(entries)),
            section("What was tried", tried(entries), note="Settings in which the candidate differs from what stood."),
            section("Studies", studies(entries)),
        ]
    moved = movement(result["iterations"])
    if moved:
        found.append(
            section("What the models look at", *moved, note="Share of the total mean |SHAP|, %, before each iteration.")
        )
    found.append(section("Time", _time(result["volatile"]["iterations"]), note="Seconds a step."))
    found.append(folded("Settings and fingerprints", settings({**result, "iterations": None})))
    return [*found, element("p", COMPARE_NOTE, cls="note")]


def _masthead(result: Mapping[str, Any]) -> Html:
    data = result["data"]
    title = f"{data['symbol']} {data['timeframe']} · {counted(len(result['iterations']), 'iteration')}"
    return element(
        "header",
        element("h1", title),
        element("p", result["summary"], cls="answer none"),
        element("ul", *(element("li", stamp) for stamp in stamps({**result, "models": {}})), cls="stamps"),
        element("p", f"{data['source']} data, {data['bars']:,} bars, snapshot {data['snapshot']}", cls="note"),
    )


def decisions(entries: Sequence[Mapping[str, Any]]) -> Html:
    """A row an entry of the log: what was decided and by which figures."""
    header = (
        "iteration",
        "decision",
        "score",
        "was",
        "R a trade",
        "interval",
        "trades",
        "z old",
        "z flat",
        "p asked",
        "why",
    )
    rows = [
        (
            str(entry["iteration"]),
            entry["decision"],
            number(entry["final_score"]),
            number(entry["baseline_score"]),
            _judged(entry["candidate"], "expectancy_r"),
            MISSING
            if entry["candidate"] is None
            else interval(entry["candidate"]["expectancy_r_interval"], 3, sign=True),
            MISSING if entry["candidate"] is None else number(entry["candidate"]["trades"], 0),
            _z(entry["versus_old"]),
            _z(entry["versus_flat"]),
            MISSING if entry["share"] is None else f"{entry['share']['alpha']:.1e} (try {entry['share']['number']})",
            entry["reason"],
        )
        for entry in entries
    ]
    return table(header, rows, numeric_from=20)


def _judged(judged: Mapping[str, Any] | None, name: str) -> str:
    return MISSING if judged is None else number(judged[name], 3, sign=True)


def _z(found: Mapping[str, Any] | None) -> str:
    return MISSING if found is None else f"{found['z']:+.2f} (p {found['p']:.2g})"


def scores(entries: Sequence[Mapping[str, Any]]) -> Html:
    """What stood and what was tried, iteration by iteration."""
    x = [entry["iteration"] for entry in entries]
    traces = [
        {"type": "scatter", "mode": "lines+markers", "name": "what stood", "x": x, "line": {"color": GREY},
         "y": [entry["baseline_score"] for entry in entries]},
        {"type": "scatter", "mode": "markers", "name": "candidate", "x": x, "marker": {"color": BLUE, "size": 9},
         "y": [entry["final_score"] for entry in entries], "text": [entry["decision"] for entry in entries]},
    ]  # fmt: skip
    layout = {"xaxis": {"title": {"text": "iteration"}, "dtick": 1}, "yaxis": {"title": {"text": "reference score"}}}
    return chart("scores", traces, layout, height_px=320, label="reference scores by iteration")


def tried(entries: Sequence[Mapping[str, Any]]) -> Html:
    """Settings in which the candidates differ from what stood."""
    rows = [
        (str(entry["iteration"]), name, shown(value)) for entry in entries for name, value in entry["params"].items()
    ]
    rows += [
        (str(entry["iteration"]), "dropped", ", ".join(entry["dropped_features"]))
        for entry in entries
        if entry["dropped_features"]
    ]
    return (
        table(("iteration", "setting", "value"), rows, numeric_from=2)
        if rows
        else element("p", "Nothing else was tried.")
    )


def shown(value: object) -> str:
    """A setting's value, short."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def studies(entries: Sequence[Mapping[str, Any]]) -> Html:
    """The searches behind the candidates."""
    rows = [
        (
            str(entry["iteration"]),
            stage,
            one["objective"],
            number(one["baseline_value"], 5),
            number(one["value"], 5),
            number(one["trials"], 0),
            number(one["seconds"], 0),
        )
        for entry in entries
        for stage, one in entry["studies"].items()
    ]
    header = ("iteration", "stage", "objective", "current settings", "best", "trials", "seconds")
    return table(header, rows, numeric_from=3) if rows else element("p", "Nothing was searched.")


def movement(iterations: Sequence[Mapping[str, Any]]) -> list[Html]:
    """Of each stage the features that matter most, iteration by iteration."""
    seen = [one for one in iterations if one["features"] is not None]
    if not seen:
        return []
    found = []
    for stage, latest in seen[-1]["features"].items():
        top = sorted(latest, key=lambda name: -latest[name])[:MOST_MOVED]
        rows = [
            (name, *(number(100.0 * one["features"].get(stage, {}).get(name, 0.0), 1) for one in seen)) for name in top
        ]
        found.append(element("h3", stage))
        found.append(table(("feature", *(f"iteration {one['number']}" for one in seen)), rows))
    return [element("div", *found)]


def _time(seconds: Sequence[Mapping[str, float]]) -> Html:
    steps = list(dict.fromkeys(step for one in seconds for step in one))
    rows = [(str(k), *(number(one.get(step), 1) for step in steps)) for k, one in enumerate(seconds, start=1)]
    return table(("iteration here", *steps), rows)
