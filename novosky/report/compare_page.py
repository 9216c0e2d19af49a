"""The comparison of recorded runs as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from novosky.backtest.common_bars import Common, growth_pct
from novosky.backtest.comparison import FEW, only_one_took
from novosky.backtest.judged_run import JudgedRun
from novosky.market.bars import Floats, Ints, utc_text
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
from novosky.report.compare_many import (
    RUN_TITLES,
    RUNS_NOTE,
    SQUARE_NOTE,
    left_out,
    odds_square,
    run_lines,
    run_rows,
    settings_table,
)
from novosky.report.document import document, write_page
from novosky.report.html import Html, element, folded, section, table
from novosky.report.plot import AMBER, BLUE, GREY, RED, TEAL, chart
from novosky.report.text import counted, number
from novosky.report.thinning import drawn_points

COLOURS = (BLUE, AMBER, TEAL, RED, GREY)
TRADE_ROWS = 100
DASHES = ("solid", "dash", "dot")
SIZE_NOTE = "each trade counts by the risk stage's multiplier over its mean on trades of train."
FIGURES_NOTE = "Figures of each run's own window; the last rows are of the common bars alone. By size: " + SIZE_NOTE
ODDS_NOTE = (
    "Daily R of both runs on the same days, resampled together in blocks; p: chance of so great a z where the first is "
    "no better. Not corrected for how many runs were tried: the best of many looks better than it is."
)


def write_comparison(path: Path, result: Mapping[str, Any], runs: Sequence[JudgedRun], common: Common) -> None:
    """Write the page; the same runs give the same bytes. `ConfigError` where plotly is not installed."""
    write_page(path, document("Comparison of runs", comparison_parts(result, runs, common, path)))


def comparison_parts(
    result: Mapping[str, Any], runs: Sequence[JudgedRun], common: Common, page: Path = Path("report.html")
) -> list[Html]:
    """The parts of the page, the answer first; `page` is where it will lie, for links to the runs' own reports."""
    names = list(result["runs"])
    figures = table(("", *names), figure_rows(result))
    pairs = table(("", *PAIR_TITLES), pair_rows(result))
    models = table(("", *names), model_rows(result))
    best = section("The best of many", *(element("p", sentence) for sentence in best_sentences(result)))
    equity = section("Equity", equity_overlay(runs, common), note="% since the first common close, marked to market.")
    alone = [row for row in only_rows(result) if len(runs) <= FEW or row[1] != "0"]
    only = section("Trades that only one took", table(("", "trades", "R by size", "win rate"), alone))
    if len(runs) <= FEW:
        parts = [
            _masthead(result, page),
            section("Figures", figures, note=FIGURES_NOTE),
            section("Which is better", pairs, note=ODDS_NOTE),
            best,
            equity,
            only,
        ]
        for name, rows in configuration_rows(result).items():
            what = element("div", table(("key", SHORT, name), rows), cls="keys") if rows else element("p", "The same.")
            parts.append(section(f"Configuration, {SHORT} against {name}", what))
        parts.append(section("Models", models))
    else:
        parts = [
            _masthead(result, page),
            section("Runs", table(RUN_TITLES, run_rows(result, page), numeric_from=2), note=RUNS_NOTE),
            equity,
            section("Which is better", odds_square(result), note=f"{SQUARE_NOTE} {ODDS_NOTE}"),
            best,
            section("Settings that differ", settings_table(result)),
            only,
            folded("All figures", element("p", FIGURES_NOTE, cls="note"), figures),
            folded(f"All {counted(len(result['pairs']), 'pair')}", pairs),
            folded("Models", models),
            folded("Where the runs lie", element("ul", *run_lines(result, page), cls="lines")),
        ]
    for name, frame in only_one_took(runs, common).items():
        if len(frame):
            shown = min(TRADE_ROWS, len(frame))
            title = f"The first {shown} of {counted(len(frame), 'trade')} that only {name} took"
            parts.append(folded(title, _trades(frame.head(TRADE_ROWS))))
    return parts


def equity_overlay(runs: Sequence[JudgedRun], common: Common) -> Html:
    """Growth of every run over the common bars in one picture; runs that grew alike share a line."""
    lines: dict[bytes, tuple[list[str], Ints, Floats]] = {}
    for run in runs:
        time_ms, grown = growth_pct(run, common)
        lines.setdefault(grown.tobytes(), ([], time_ms, grown))[0].append(run.name)
    traces = []
    for place, (names, time_ms, grown) in enumerate(lines.values()):
        drawn = drawn_points(grown)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": " ".join(names),
                "x": time_ms[drawn].astype(float),
                "y": grown[drawn],
                "line": {
                    "color": COLOURS[place % len(COLOURS)],
                    "width": 1.6,
                    "dash": DASHES[place // len(COLOURS) % len(DASHES)],
                },
                "hovertemplate": "%{y:.2f} %",
            }
        )
    layout = {
        "xaxis": {"type": "date", "hoverformat": "%Y-%m-%d %H:%M"},
        "yaxis": {"ticksuffix": " %"},
        "hovermode": "x unified",
    }
    return chart("equity", traces, layout, height_px=380, label="equity of the runs over the common bars")


def _masthead(result: Mapping[str, Any], page: Path) -> Html:
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
        element("ul", *run_lines(result, page), cls="lines note") if len(result["runs"]) <= FEW else "",
        left_out(result),
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
