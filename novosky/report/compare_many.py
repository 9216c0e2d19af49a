"""Many runs on one page: a row a run, who beats whom as a square, and one table of all settings that differ."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.report.compare_figures import SHORT, Rows
from novosky.report.html import Html, element, join, table
from novosky.report.text import interval, number

CHANGES_SHOWN = 3
RUN_TITLES = (
    "",
    "differs from A in",
    "R a day",
    "trades",
    "R a trade",
    "interval",
    "return %",
    "drawdown %",
    "score",
    "looks then",
)
RUNS_NOTE = (
    "Best first by R a day on the common bars, by size. The other figures are of each run's own window. A letter leads "
    "to that run's report, where there is one."
)
SQUARE_NOTE = (
    "Probability that the run of the row is better than that of the column, on the days of the common bars; = earned "
    "the same on every day. Framed: 95 % or more, and p at most 0.05."
)


def ranked(result: Mapping[str, Any]) -> list[str]:
    """Letters, the highest mean of daily R first; equals in the order of the letters."""
    runs = result["runs"]
    return sorted(runs, key=lambda name: -runs[name]["on_common"]["mean_daily_r"])


def run_rows(result: Mapping[str, Any], page: Path) -> list[tuple[object, ...]]:
    """A row a run."""
    rows: list[tuple[object, ...]] = []
    for name in ranked(result):
        run = result["runs"][name]
        judged = run["judged"]
        rows.append(
            (
                linked(name, run["folder"], page),
                changes(result, name),
                number(run["on_common"]["mean_daily_r"], 4, sign=True),
                number(judged["trades"], 0),
                number(judged["expectancy_r"], 3, sign=True),
                interval(judged["expectancy_r_interval"], 3, sign=True),
                number(judged["return_pct"], 2, sign=True),
                number(judged["max_drawdown_pct"]),
                number(judged["reference_score"]),
                number(run["looks"], 0),
            )
        )
    return rows


def changes(result: Mapping[str, Any], name: str) -> str:
    """`sl_atr 2.0, profile.risk_pct 0.5`: a key's last part, or more of it where another ends alike."""
    if name == SHORT:
        return ""
    keys = [row for rows in result["configuration"][name].values() for row in rows]
    said = [f"{row['key'].rpartition('.')[2]} {row[name]}" for row in keys[:CHANGES_SHOWN]]
    more = f" and {len(keys) - CHANGES_SHOWN} more" if len(keys) > CHANGES_SHOWN else ""
    return (", ".join(said) + more) or "nothing"


def linked(name: str, folder: str, page: Path) -> Html:
    """The letter as a link from `page` to the run's report, where that is there."""
    report = Path(folder) / "report.html"
    if not report.is_file():
        return element("b", name)
    try:
        target = Path(os.path.relpath(report.resolve(), page.parent.resolve())).as_posix()
    except ValueError:  # another drive
        return element("b", name)
    return element("a", element("b", name), href=target)


def run_lines(result: Mapping[str, Any], page: Path) -> list[Html]:
    """`A outputs/runs/backtest/...`, one a line."""
    return [
        element("li", linked(name, run["folder"], page), " ", run["folder"]) for name, run in result["runs"].items()
    ]


def odds_square(result: Mapping[str, Any]) -> Html:
    """Probabilities row against column, as a heat map that is a table."""
    names = ranked(result)
    cells = {}
    for pair in result["pairs"]:
        a, b, odds = pair["a"], pair["b"], pair["probability_a_better"]
        cells[a, b] = _cell(odds, pair["p_a_better"], same=pair["equal_days"])
        cells[b, a] = _cell(1.0 - odds, pair["p_b_better"], same=pair["equal_days"])
    head = element("tr", element("th"), *(element("th", name) for name in names))
    body = [
        element("tr", element("th", row), *(cells.get((row, column), element("td", cls="self")) for column in names))
        for row in names
    ]
    return element("div", element("table", element("thead", head), element("tbody", *body), cls="square"), cls="scroll")


def _cell(odds: float, p: float, *, same: bool) -> Html:
    if same:
        return element("td", "=")
    tone = "good" if odds >= 0.5 else "bad"
    share = round(100 * abs(odds - 0.5))
    clear = " clear" if odds >= 0.95 and p <= 0.05 else ""
    style = f"background: color-mix(in srgb, var(--{tone}) {share}%, transparent)"
    return element("td", f"{100 * odds:.0f}", cls=f"odds{clear}", style=style)


def settings_rows(result: Mapping[str, Any]) -> Rows:
    """A row a key that differs anywhere, a column a run; where a run has the first one's value it is left empty."""
    names = list(result["runs"])
    found: dict[str, dict[str, str]] = {}
    for name, parts in result["configuration"].items():
        for row in (row for rows in parts.values() for row in rows):
            found.setdefault(row["key"], {SHORT: str(row[SHORT])})[name] = str(row[name])
    return [(key, *(values.get(name, "") for name in names)) for key, values in sorted(found.items())]


def settings_table(result: Mapping[str, Any]) -> Html:
    """All settings that differ, or a sentence."""
    rows = settings_rows(result)
    if not rows:
        return element("p", "All runs have the same configuration.")
    return table(("key", *result["runs"]), rows)


def left_out(result: Mapping[str, Any]) -> Html:
    """Folders that a pattern found and that have no result."""
    lines = result.get("left_out", [])
    if not lines:
        return Html("")
    return element("p", join(["Left out: ", "; ".join(lines)]), cls="note")
