"""Pictures of a sweep. The lines are plain ones: plotly's parallel coordinates would have to make code in the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from novosky.report.html import Html
from novosky.report.plot import AMBER, BLUE, chart
from novosky.report.sweep_figures import keys_of, ranked, shown_value

COLD, WARM = (139, 149, 165), (18, 160, 138)  # grey to teal, lowest score to highest


def parallel_coordinates(result: Mapping[str, Any]) -> Html:
    """A line a setting over an axis a key and one of the score; the best on top, the current one amber."""
    keys, rows = keys_of(result), ranked(result)[::-1]
    columns = [[row["setting"][key] for row in rows] for key in keys] + [[row["reference_score"] for row in rows]]
    axes = [_places(column) for column in columns]
    titles = [*keys, "score"]
    heights = np.array([axis[0] for axis in axes]).T
    chosen = result["chosen"]["place"]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": list(range(len(titles))),
            "y": height,
            "line": {"color": _colour(row, chosen, height[-1]), "width": 3.0 if row["place"] in (0, chosen) else 1.0},
            "hovertemplate": _hover(row) + "<extra></extra>",
            "showlegend": False,
        }
        for row, height in zip(rows, heights, strict=True)
    ]
    labels = [
        {"x": at, "y": height, "text": text, "showarrow": False, "xanchor": "left", "xshift": 4}
        for at, (_, marks) in enumerate(axes)
        for height, text in marks
    ]
    layout = {
        "annotations": labels,
        "xaxis": {"tickvals": list(range(len(titles))), "ticktext": titles, "range": [-0.4, len(titles) - 0.5]},
        "yaxis": {"visible": False, "range": [-0.06, 1.06]},
        "hovermode": "closest",
    }
    return chart("settings", traces, layout, height_px=420, label="every setting as a line over its keys and its score")


def heat_map(result: Mapping[str, Any]) -> Html:
    """The two keys that the score depends on most, each cell the mean over the rest."""
    keys, rows = keys_of(result), result["settings_tried"]
    scores = np.array([row["reference_score"] for row in rows])
    spread = {key: _spread_of_means([shown_value(row["setting"][key]) for row in rows], scores) for key in keys}
    across, down = sorted(keys, key=lambda key: -spread[key])[:2]
    names = [_names([row["setting"][key] for row in rows]) for key in (across, down)]
    cells = np.full((len(names[1]), len(names[0])), np.nan)
    of = [
        (names[1].index(shown_value(row["setting"][down])), names[0].index(shown_value(row["setting"][across])))
        for row in rows
    ]
    for cell in set(of):
        cells[cell] = scores[[one == cell for one in of]].mean()
    trace = {
        "type": "heatmap",
        "x": names[0],
        "y": names[1],
        "z": [[None if np.isnan(value) else float(value) for value in line] for line in cells],
        "colorscale": [[0.0, f"rgb{COLD}"], [1.0, f"rgb{WARM}"]],
        "hoverongaps": False,
        "hovertemplate": f"{across} %{{x}}<br>{down} %{{y}}<br>mean score %{{z:.3f}}<extra></extra>",
    }
    axis = {"type": "category"}
    layout = {"xaxis": {**axis, "title": {"text": across}}, "yaxis": {**axis, "title": {"text": down}}}
    return chart("heat", [trace], layout, height_px=380, label=f"mean score by {across} and {down}")


def _places(values: Sequence[Any]) -> tuple[list[float], list[tuple[float, str]]]:
    """Heights in 0 .. 1 and the marks beside the axis: least and greatest of numbers, each of other values."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        low, high = min(values), max(values)
        width = high - low
        heights = [(value - low) / width if width else 0.5 for value in values]
        return heights, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")] if width else [(0.5, f"{low:.4g}")]
    names = _names(values)
    step = {name: place / (len(names) - 1) if len(names) > 1 else 0.5 for place, name in enumerate(names)}
    return [step[shown_value(value)] for value in values], [(height, name) for name, height in step.items()]


def _names(values: Sequence[Any]) -> list[str]:
    """Distinct values as shown, numbers by size, others by name."""
    numbers = all(isinstance(value, int | float) for value in values)
    distinct = sorted(set(values)) if numbers else sorted({shown_value(value) for value in values})
    return [shown_value(value) for value in distinct]


def _spread_of_means(names: Sequence[str], scores: np.ndarray[Any, Any]) -> float:
    places = np.array(names)
    return float(np.var([scores[places == name].mean() for name in sorted(set(names))]))


def _colour(row: Mapping[str, Any], chosen: int, height: float) -> str:
    if row["place"] == chosen:
        return BLUE
    if row["place"] == 0:
        return AMBER
    mixed = (round(cold + (warm - cold) * float(height)) for cold, warm in zip(COLD, WARM, strict=True))
    return f"rgba({','.join(map(str, mixed))},0.55)"


def _hover(row: Mapping[str, Any]) -> str:
    said = [f"setting {row['place']}", *(f"{key} {shown_value(value)}" for key, value in row["setting"].items())]
    return "<br>".join([*said, f"score {row['reference_score']:.3f}, {row['trades']} trades"])
