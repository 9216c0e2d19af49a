"""Do the voters' probabilities mean what they say?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from novosky.evaluation.reliability import Reliability
from novosky.report.data import ReportData
from novosky.report.html import Html, element, safe
from novosky.report.plot import AMBER, BLUE, GREY, Trace, chart
from novosky.report.tables import voter_state

COLOURS = {"SELL": AMBER, "HOLD": GREY, "BUY": BLUE}


def calibration_charts(data: ReportData) -> Html:
    """A chart a voter, all on the same axes; above each its log-loss beside the base rate's."""
    curves_of_all = [curve for curves in data.reliability.values() for curve in curves.values()]
    top = max(max(curve.predicted + curve.observed) for curve in curves_of_all)
    limit = min(1.0, np.ceil(top * 10.0 + 0.2) / 10.0)
    signal = data.result["models"]["signal"]
    states = {voter["name"]: voter_state(signal, voter) for voter in signal["voters"]}
    return element(
        "div",
        *(
            element(
                "figure",
                element("h3", name, _chip(states[name])),
                element("p", _losses(data, name), cls="note"),
                _chart(number, name, curves, limit),
            )
            for number, (name, curves) in enumerate(data.reliability.items())
        ),
        cls="charts",
    )


def _chip(state: str) -> Html:
    return element("span", state, cls="chip" if state == "votes" else "chip off")


def _losses(data: ReportData, name: str) -> str:
    losses = data.result["voters_on_window"][name]
    own, base = losses["log_loss"], losses["base_rate_log_loss"]
    return f"log-loss {own:.4f}, base rate {base:.4f} ({'better' if own < base else 'not better'})"


def _chart(number: int, name: str, curves: Mapping[str, Reliability], limit: float) -> Html:
    traces: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [0, limit],
            "y": [0, limit],
            "line": {"color": GREY, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]
    traces += [_curve(class_name, curve) for class_name, curve in curves.items()]
    axis = {"range": [0, limit], "tickformat": ".0%"}
    layout = {
        "xaxis": {**axis, "title": {"text": "predicted"}},
        "yaxis": {**axis, "title": {"text": "observed"}},
    }
    return chart(f"calibration-{number}", traces, layout, height_px=360, label=f"reliability curves of {name}")


def _curve(name: str, curve: Reliability) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": str(safe(name)),
        "x": curve.predicted,
        "y": curve.observed,
        "customdata": curve.rows,
        "hovertemplate": "predicted %{x:.1%}, observed %{y:.1%} of %{customdata:,} rows",
        "line": {"color": COLOURS.get(name, GREY), "width": 1.6},
        "marker": {"size": 6},
    }
