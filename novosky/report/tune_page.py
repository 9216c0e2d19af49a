"""Studies as a page: how they went, what mattered, which settings were good together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from novosky.report.document import document, write_page
from novosky.report.html import Html, element, section, table
from novosky.report.plot import AMBER, BLUE, GREY, RED, TEAL, Trace, chart
from novosky.report.text import number
from novosky.search.importance import importance_of

HISTORY_NOTE = "Each trial's value; the line is the best so far, the first trial the settings before. {rule}"
IMPORTANCE_NOTE = (
    "Share of the variance of completed trials that a setting explains by itself (functional ANOVA: Hutter, Hoos and "
    "Leyton-Brown 2014). Of few trials it says little."
)
PARALLEL_NOTE = "A line is a completed trial; drag along an axis to pick some of them."
LEAST_FOR_IMPORTANCE = 4


def write_tuning(path: Path, result: Mapping[str, Any]) -> None:
    """Write the page. `ConfigError` where plotly is not installed."""
    write_page(path, document("Tuning", tuning_parts(result)))


def tuning_parts(result: Mapping[str, Any]) -> list[Html]:
    """The parts of the page, the answer first."""
    parts = [_masthead(result)]
    for name, study in result["studies"].items():
        parts.append(section(f"{name}: best settings", table(("setting", "current", "best"), _settings(study))))
        rule = HISTORY_NOTE.format(rule="" if len(study["objectives"]) == 1 else f"Taken: {study['pick_rule']}.")
        for place, objective in enumerate(study["objectives"]):
            parts.append(section(f"{name}: {objective} by trial", history_chart(name, study, place), note=rule))
        done = [trial for trial in study["trials"] if trial["state"] == "complete"]
        if len(study["objectives"]) > 1:
            parts.append(section(f"{name}: the front", front_chart(name, study)))
        if len(done) >= LEAST_FOR_IMPORTANCE:
            parts.append(section(f"{name}: what mattered", importance_chart(name, study), note=IMPORTANCE_NOTE))
            parts.append(section(f"{name}: settings together", parallel_chart(name, study, done), note=PARALLEL_NOTE))
        failed = [(trial["slot"], trial["error"]) for trial in study["trials"] if trial["error"]]
        if failed:
            parts.append(section(f"{name}: trials that failed", table(("trial", "error"), failed, numeric_from=9)))
    return parts


def history_chart(name: str, study: Mapping[str, Any], place: int) -> Html:
    """Values by slot, and the best so far of one objective."""
    done = [trial for trial in study["trials"] if trial["state"] == "complete"]
    slots = [trial["slot"] for trial in done]
    values = np.array([trial["values"][place] for trial in done])
    better = np.minimum if study["objectives"][place] == "log_loss" else np.maximum
    traces: list[Trace] = [
        {"type": "scatter", "mode": "markers", "name": "trial", "x": slots, "y": values, "marker": {"color": BLUE}},
        {
            "type": "scatter",
            "mode": "lines",
            "name": "best so far",
            "x": slots,
            "y": better.accumulate(values),
            "line": {"color": TEAL, "shape": "hv"},
        },
    ]
    pruned = [trial for trial in study["trials"] if trial["state"] == "pruned"]
    if pruned:
        means = [float(np.mean(trial["fold_values"])) for trial in pruned]
        at = [trial["slot"] for trial in pruned]
        mark = {"color": GREY, "symbol": "x"}
        traces.append({"type": "scatter", "mode": "markers", "name": "pruned", "x": at, "y": means, "marker": mark})
    layout = {"xaxis": {"title": {"text": "trial"}}, "yaxis": {"title": {"text": study["objectives"][place]}}}
    return chart(f"history-{name}-{place}", traces, layout, height_px=320, label=f"values of the {name} study's trials")


def front_chart(name: str, study: Mapping[str, Any]) -> Html:
    """The first two objectives against each other."""
    values_at = {trial["slot"]: trial["values"] for trial in study["trials"] if trial["state"] == "complete"}
    groups = (
        ("trial", GREY, list(values_at)),
        ("front", AMBER, study["front"]),
        ("taken", RED, [study["best"]["slot"]]),
    )
    traces: list[Trace] = []
    for title, colour, slots in groups:
        some = [values_at[slot] for slot in slots]
        x, y = [values[0] for values in some], [values[1] for values in some]
        mark = {"color": colour, "size": 9}
        traces.append({"type": "scatter", "mode": "markers", "name": title, "x": x, "y": y, "marker": mark})
    titles = study["objectives"]
    layout = {"xaxis": {"title": {"text": titles[0]}}, "yaxis": {"title": {"text": titles[1]}}}
    return chart(f"front-{name}", traces, layout, height_px=360, label=f"objectives of the {name} study")


def importance_chart(name: str, study: Mapping[str, Any]) -> Html:
    """Settings by what they explain of the first objective."""
    found = sorted(importance_of(study).items(), key=lambda item: item[1])
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [share for _, share in found],
        "y": [key for key, _ in found],
        "marker": {"color": BLUE},
    }
    layout = {"margin": {"l": 280}, "xaxis": {"title": {"text": "share of the variance"}}}
    return chart(f"importance-{name}", [trace], layout, height_px=120 + 26 * len(found), label="importance of settings")


def parallel_chart(name: str, study: Mapping[str, Any], done: Sequence[Mapping[str, Any]]) -> Html:
    """Parallel coordinates of the completed trials, coloured by the first objective."""
    values = [trial["values"][0] for trial in done]
    axes = [_axis(one, [trial["params"][one["key"]] for trial in done]) for one in study["space"]]
    axes.append({"label": study["objectives"][0], "values": values})
    trace = {"type": "parcoords", "line": {"color": values, "colorscale": "Viridis"}, "dimensions": axes}
    layout = {"margin": {"t": 90, "l": 60, "r": 60}}
    return chart(f"parallel-{name}", [trace], layout, height_px=420, label=f"settings of the {name} study's trials")


def _axis(one: Mapping[str, Any], values: list[Any]) -> dict[str, Any]:
    label = ".".join(one["key"].split(".")[-2:])
    if one["kind"] == "categorical":
        places = [one["choices"].index(value) for value in values]
        ticks = {"tickvals": list(range(len(one["choices"]))), "ticktext": [str(choice) for choice in one["choices"]]}
        return {"label": label, "values": places, **ticks}
    if one["log"]:
        marks = sorted({one["low"], (one["low"] * one["high"]) ** 0.5, one["high"]})
        ticks = {"tickvals": [float(np.log10(m)) for m in marks], "ticktext": [f"{m:.3g}" for m in marks]}
        return {"label": label, "values": [float(np.log10(value)) for value in values], **ticks}
    return {"label": label, "values": values}


def _settings(study: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    best = study["best"]["params"]
    return [(key, _shown(now), _shown(best[key])) for key, now in study["current"].items()]


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _masthead(result: Mapping[str, Any]) -> Html:
    lines = []
    for name, study in result["studies"].items():
        before = "failed" if study["baseline_value"] is None else number(study["baseline_value"], 5)
        states = [trial["state"] for trial in study["trials"]]
        lines.append(
            f"{name}: {study['objectives'][0]} {before} with the current settings, {number(study['value'], 5)} with "
            f"the best of {len(states)} trials ({states.count('pruned')} pruned, {states.count('failed')} failed)"
        )
    note = (
        "Chosen as the best of many on the same folds inside train, so that its value is too good: judge the settings "
        "on bars that did not choose them."
    )
    return element(
        "header",
        element("h1", "Tuning"),
        *(element("p", line, cls="answer none") for line in lines),
        element("ul", *(element("li", stamp) for stamp in [note, *result["warnings"]]), cls="stamps"),
    )
