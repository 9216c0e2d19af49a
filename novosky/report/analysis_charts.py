"""Pictures of SHAP values: how strong, which way, at which values of the feature."""

from __future__ import annotations

import numpy as np

from novosky.backtest.analysis import StageAnalysis
from novosky.market.bars import Floats, Ints
from novosky.models.classes import Inputs
from novosky.report.analysis_figures import ranked
from novosky.report.html import Html
from novosky.report.plot import AMBER, BLUE, GREY, TEAL, Trace, chart

BINS = 40  # of a beeswarm: rows whose values fall together are set apart
COLOURS = (AMBER, GREY, BLUE, TEAL)
SCALE = [[0.0, BLUE], [0.5, GREY], [1.0, AMBER]]  # from the feature's least value to its greatest


def voted_values(stage: StageAnalysis, output: str) -> Floats:
    """SHAP values (rows, inputs) of one output in units of each model's total mean |SHAP|, mean of those that vote."""
    found = []
    for one in stage.explained:
        if one.model.votes and output in one.model.outputs:
            values = one.values[one.model.outputs.index(output)]
            total = float(np.abs(values).mean(axis=0).sum())
            found.append(values / total if total > 0.0 else values)
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def bar_chart(stage: StageAnalysis, top: int) -> Html:
    """Shares of the strongest inputs, a colour an output."""
    names = ranked(stage.summary)[:top]
    traces: list[Trace] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": output,
            "y": names,
            "x": [100 * block["over_models"]["features"][name]["share"] for name in names],
            "marker": {"color": COLOURS[k % len(COLOURS)]},
            "hovertemplate": "%{y}: %{x:.1f} %<extra>" + output + "</extra>",
        }
        for k, (output, block) in enumerate(stage.summary["outputs"].items())
    ]
    layout = {"yaxis": {"autorange": "reversed", "automargin": True}, "xaxis": {"ticksuffix": " %"}}
    label = f"{stage.name} stage: shares of mean absolute SHAP"
    return chart(f"bar-{stage.name}", traces, layout, height_px=60 + 32 * len(names), label=label)


def beeswarm(stage: StageAnalysis, output: str, top: int, rows: int) -> Html:
    """A dot a row: to the right it raised the score of `output`; its colour is the feature's value."""
    names = ranked(stage.summary["outputs"][output]["over_models"])[:top]
    drawn = _drawn(len(stage.x), rows)
    values = voted_values(stage, output)[drawn]
    x, y, colour = [], [], []
    for place, name in enumerate(names):
        column = stage.inputs.index(name)
        x.append(values[:, column])
        y.append(place + 0.8 * spread(values[:, column]))
        colour.append(_percentile(stage.x[drawn], column))
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": np.round(np.concatenate(x), 5).tolist(),
        "y": np.round(np.concatenate(y), 3).tolist(),
        "marker": {"size": 3, "color": np.round(np.concatenate(colour), 2).tolist(), "colorscale": SCALE},
        "hoverinfo": "x",
    }
    ticks = {"tickvals": list(range(len(names))), "ticktext": names, "autorange": "reversed", "automargin": True}
    layout = {"yaxis": ticks, "xaxis": {"zeroline": True}, "showlegend": False}
    label = f"{stage.name} stage, {output}: SHAP values of {len(drawn)} rows"
    return chart(f"bees-{stage.name}-{output}", [trace], layout, height_px=60 + 32 * len(names), label=label)


def dependence(stage: StageAnalysis, name: str, rows: int) -> Html:
    """The feature's value against what it did to the score of each output."""
    column, drawn = stage.inputs.index(name), _drawn(len(stage.x), rows)
    traces: list[Trace] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": output,
            "x": np.round(stage.x[drawn, column].astype(np.float64), 5).tolist(),
            "y": np.round(voted_values(stage, output)[drawn, column], 5).tolist(),
            "marker": {"size": 3, "color": COLOURS[k % len(COLOURS)]},
        }
        for k, output in enumerate(stage.summary["outputs"])
    ]
    layout = {"xaxis": {"title": {"text": name}}, "yaxis": {"zeroline": True}}
    label = f"{stage.name} stage: SHAP of {name} by its value"
    return chart(f"dependence-{stage.name}-{name}", traces, layout, height_px=260, label=label)


def spread(values: Floats) -> Floats:
    """Offsets within +-0.5 that set rows with nearly the same value apart, as wide as the densest bin is full."""
    width = float(np.ptp(values))
    if width == 0.0:
        return np.zeros(len(values))
    place = np.minimum(((values - values.min()) / width * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    out = np.zeros(len(values))
    for k in np.flatnonzero(counts):
        inside = np.flatnonzero(place == k)
        out[inside] = (np.arange(len(inside)) - (len(inside) - 1) / 2) / counts.max()
    return out


def _percentile(x: Inputs, column: int) -> Floats:
    """Place of each row's value among all, 0 to 1; equal values alike."""
    _, group = np.unique(x[:, column], return_inverse=True)
    return group / max(1, int(group.max(initial=0)))


def _drawn(n: int, most: int) -> Ints:
    """Evenly over time."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))
