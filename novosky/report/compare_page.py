"""The comparison of recorded runs as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from novosky.backtest.common_bars import Common, growth_pct
from novosky.backtest.comparison import only_one_took
from novosky.backtest.judged_run import JudgedRun
from novosky.market.bars import utc_text
from novosky.report.compare_figures import (
    PAIR_TITLES,
    SHORT,
    best_sentences,
    configuration_rows,
    figure_rows,
    model_rows,
    only_rows,
    pair_rows,
    warning_lines,
)
from novosky.report.document import document, write_page
from novosky.report.html import Html, element, folded, section, table
from novosky.report.plot import AMBER, BLUE, GREY, RED, TEAL, chart
from novosky.report.text import counted, number
from novosky.report.thinning import drawn_points

COLOURS = (BLUE, AMBER, TEAL, RED, GREY)
TRADE_ROWS = 100
SIZE_NOTE = "each trade counts by the risk stage's multiplier over its mean on trades of train."
ODDS_NOTE = (
    "Daily R of both runs on the same days, resampled together in blocks; p: chance of so great a z where the first is "
    "no better. Not corrected for how many runs were tried: the best of many looks better than it is."
)


def write_comparison(path: Path, result: Mapping[str, Any], runs: Sequence[JudgedRun], common: Common) -> None:
    """Write the page; the same runs give the same bytes. `ConfigError` where plotly is not installed."""
    write_page(path, document("Comparison of runs", comparison_parts(result, runs, common)))


def comparison_parts(result: Mapping[str, Any], runs: Sequence[JudgedRun], common: Common) -> list[Html]:
    """The parts of the page, the answer first."""
    names = list(result["runs"])
    note = "Figures of each run's own window; the last rows are of the common bars alone. By size: " + SIZE_NOTE
    parts = [
        _masthead(result),
        section("Figures", table(("", *names), figure_rows(result)), note=note),
        section("Which is better", table(("", *PAIR_TITLES), pair_rows(result)), note=ODDS_NOTE),
        section("The best of many", *(element("p", sentence) for sentence in best_sentences(result))),
        section("Equity", equity_overlay(runs, common), note="% since the first common close, marked to market."),
        section("Trades that only one took", table(("", "trades", "R by size", "win rate"), only_rows(result))),
    ]
    for name, rows in configuration_rows(result).items():
        what = element("div", table(("key", SHORT, name), rows), cls="keys") if rows else element("p", "The same.")
        parts.append(section(f"Configuration, {SHORT} against {name}", what))
    parts.append(section("Models", table(("", *names), model_rows(result))))
    for name, frame in only_one_took(runs, common).items():
        if len(frame):
            shown = min(TRADE_ROWS, len(frame))
            title = f"The first {shown} of {counted(len(frame), 'trade')} that only {name} took"
            parts.append(folded(title, _trades(frame.head(TRADE_ROWS))))
    return parts


def equity_overlay(runs: Sequence[JudgedRun], common: Common) -> Html:
    """Growth of every run over the common bars in one picture."""
    traces = []
    for place, run in enumerate(runs):
        time_ms, grown = growth_pct(run, common)
        drawn = drawn_points(grown)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": run.name,
                "x": time_ms[drawn].astype(float),
                "y": grown[drawn],
                "line": {"color": COLOURS[place % len(COLOURS)], "width": 1.6},
                "hovertemplate": "%{y:.2f} %",
            }
        )
    layout = {
        "xaxis": {"type": "date", "hoverformat": "%Y-%m-%d %H:%M"},
        "yaxis": {"ticksuffix": " %"},
        "hovermode": "x unified",
    }
    return chart("equity", traces, layout, height_px=380, label="equity of the runs over the common bars")


def _masthead(result: Mapping[str, Any]) -> Html:
    common = result["common"]
    stamps = warning_lines(result)
    if not common["same_window"]:
        stamps.insert(0, "the runs judged different windows: compare their figures on the common bars alone")
    return element(
        "header",
        element("h1", "Comparison of runs"),
        element("p", f"{common['from']} to {common['to']} · {common['days']:,} days that all judged", cls="span"),
        element("p", result["summary"], cls="answer none"),
        element("ul", *(element("li", stamp) for stamp in stamps), cls="stamps"),
        *(element("p", f"{name} = {run['folder']}", cls="note") for name, run in result["runs"].items()),
    )


def _trades(frame: pl.DataFrame) -> Html:
    rows = [
        (
            utc_text(trade["entry_time"]),
            utc_text(trade["exit_bar_time"]),
            trade["side"],
            trade["exit_reason"],
            number(trade["r"], 2, sign=True),
            number(trade["confidence"], 3),
        )
        for trade in frame.iter_rows(named=True)
    ]
    return table(("entry", "exit bar", "side", "why", "R", "confidence"), rows, numeric_from=4)
