"""`report.html` of an analysis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.backtest.analysis import Analysis, StageAnalysis
from novosky.report.analysis_charts import bar_chart, beeswarm, dependence
from novosky.report.analysis_figures import TITLES, cluster_rows, output_lines, ranked, stage_line, top_rows
from novosky.report.document import document, write_page
from novosky.report.html import Html, element, folded, section, table
from novosky.report.text import number

DEPENDENCE_CHARTS = 4
SHAP_NOTE = (
    "Exact tree SHAP of the score before calibration. Share: an input's mean |SHAP| over that of all inputs, mean of "
    "the models that vote. Top in folds: share of the forward folds whose own models have it among their strongest. "
    "Shuffled: increase of the loss on rows that the fold's models have not seen, with its interval; found: above 0. "
    "What matters to a model need not earn anything, and two features that say the same share their importance."
)
DRIFT_NOTE = (
    "Population stability index of a feature's values between train and each later window; above 0.25 is a shift. "
    "Values alone are looked at, no price after them."
)
SWARM_NOTE = (
    "A dot a row: right of 0 the feature raised the score, left of it it lowered it; blue where its value is low, "
    "amber where it is high. In units of each model's total mean |SHAP|."
)


def write_analysis(
    path: Path, done: Analysis, drift: Mapping[str, Mapping[str, float]], result: Mapping[str, Any], rows: int
) -> None:
    """Write the page; the same analysis gives the same bytes. `ConfigError` where plotly is not installed."""
    write_page(path, document("What the models look at", analysis_parts(done, drift, result, rows)))


def analysis_parts(
    done: Analysis, drift: Mapping[str, Mapping[str, float]], result: Mapping[str, Any], rows: int
) -> list[Html]:
    """The parts of the page, a stage after another."""
    data = result["data"]
    parts = [
        element("h1", "What the models look at"),
        element("p", f"{data['symbol']} {data['timeframe']}, train alone; nothing was dropped.", cls="note"),
        element("ul", *(element("li", warning) for warning in result["warnings"]), cls="stamps"),
    ]
    top = done.summary["top"]
    for stage in done.stages:
        parts += _stage(stage, top, rows)
    clusters = table(("strongest", "says what these say", "mean", "least"), cluster_rows(done.summary), numeric_from=2)
    note = "Rank correlation on train, average linkage; the strongest by its share in the signal stage."
    parts.append(section("Redundant features", clusters, note=note))
    parts.append(section("Drift", _drift(drift), note=DRIFT_NOTE))
    return parts


def _drift(drift: Mapping[str, Mapping[str, float]]) -> Html:
    """A row a feature, the most shifted first."""
    names = sorted(next(iter(drift.values())), key=lambda name: -max(psi[name] for psi in drift.values()))
    return table(("feature", *drift), [(name, *(number(psi[name], 2) for psi in drift.values())) for name in names])


def _stage(stage: StageAnalysis, top: int, rows: int) -> list[Html]:
    names = ranked(stage.summary)
    swarms = (
        element("figure", element("h3", output), beeswarm(stage, output, top, rows))
        for output in stage.summary["outputs"]
    )
    by_value = (
        element("figure", element("h3", name), dependence(stage, name, rows)) for name in names[:DEPENDENCE_CHARTS]
    )
    every = folded("all inputs", table(TITLES, top_rows(stage.summary, len(names))))
    return [
        section(
            f"The {stage.name} stage",
            element("p", stage_line(stage.name, stage.summary), cls="note"),
            table(TITLES, top_rows(stage.summary, top)),
            *(element("p", line, cls="note") for line in output_lines(stage.summary)),
            every,
            bar_chart(stage, top),
            note=SHAP_NOTE,
        ),
        section(f"{stage.name}: which way", element("div", *swarms, cls="charts"), note=SWARM_NOTE),
        section(f"{stage.name}: by the feature's value", element("div", *by_value, cls="charts")),
    ]
