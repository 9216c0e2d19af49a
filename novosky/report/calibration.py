"""Do the voters' probabilities mean what they say?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from novosky.evaluation.reliability import Reliability
from novosky.report.data import ReportData
from novosky.report.html import Html, element, safe
from novosky.report.plot import AMBER, BLUE, GREY, Trace, chart
from novosky.report.tables import voter_state
from novosky.report.text import counted, interval, number

COLOURS = {"SELL": AMBER, "HOLD": GREY, "BUY": BLUE}


def calibration_charts(data: ReportData) -> Html:
    """A chart a voter, the vote first, all on the same axes; above each its losses beside the base rate's."""
    curves_of_all = [curve for curves in data.reliability.values() for curve in curves.values()]
    top = max(max(curve.predicted + curve.observed) for curve in curves_of_all)
    limit = min(1.0, np.ceil(top * 10.0 + 0.2) / 10.0)
    signal = data.result["models"]["signal"]
    states = {voter["name"]: voter_state(signal, voter) for voter in signal["voters"]}
    coverage = data.result["judged"]["interval"]
    return element(
        "div",
        *(
            element(
                "figure",
                element("h3", name, _chip(states.get(name, "decides: the mean of those that vote"))),
                *(element("p", line, cls="note") for line in losses(data.result["voters_on_window"][name], coverage)),
                _chart(number, name, curves, limit),
            )
            for number, (name, curves) in enumerate(data.reliability.items())
        ),
        cls="charts",
    )


def _chip(state: str) -> Html:
    return element("span", state, cls="chip" if state.startswith(("votes", "decides")) else "chip off")


def losses(voter: Mapping[str, Any], coverage: float) -> list[str]:
    """Each loss beside the base rate's, the gain with its interval and what that says; then how far from calibrated."""
    lines = [
        f"{title} {number(voter[loss], 4)}, base rate {number(voter[f'base_rate_{loss}'], 4)}: "
        + _gain(voter[f"{loss}_skill"], voter[f"{loss}_skill_interval"], coverage)
        for title, loss in (("log-loss", "log_loss"), ("Brier score", "brier"))
    ]
    if voter["direction_skill"] is not None:
        said = _gain(voter["direction_skill"], voter["direction_skill_interval"], coverage)
        lines.append(f"BUY against SELL, log-loss on {number(voter['direction_rows'], 0)}: {said}")
    errors = ", ".join(f"{name} {number(100.0 * e, 1, unit='%')}" for name, e in voter["calibration_error"].items())
    score = number(100.0 * voter["brier_skill_score"], 2, sign=True, unit="%")
    return [
        *lines,
        f"{counted(voter['rows'], 'label')}; Brier skill score {score}; expected calibration error: {errors}",
    ]


def _gain(skill: float, bounds: list[float] | None, coverage: float) -> str:
    shown = number(skill, 4, sign=True)
    if bounds is None:
        return f"gain {shown}, no interval"
    says = "better" if bounds[0] > 0 else "worse" if bounds[1] < 0 else "not shown to differ"
    return f"gain {shown} ({100 * coverage:.3g}\u00a0% interval {interval(bounds, 4, sign=True)}), {says}"


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
