"""A comparison on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.backtest.comparison import FEW
from novosky.modes.screen import near, say, show_columns
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
from novosky.report.compare_many import RUN_TITLES, changes, ranked, run_rows


def show_comparison(result: dict[str, Any], run_dir: Path) -> None:
    """Summary, figures, who is better, and what differs."""
    say(result["summary"])
    common = result["common"]
    say(f"common bars: {common['from']} .. {common['to']}, {common['days']} days; no look was recorded")
    for name, run in result["runs"].items():
        say(f"{name}: {run['folder']}")
    for line in result.get("left_out", []):
        say(f"left out {line}")
    say("")
    if len(result["runs"]) > FEW:
        _show_many(result, run_dir)
        return
    show_columns(["", *result["runs"]], figure_rows(result))
    say("")
    show_columns(["pair", *PAIR_TITLES], pair_rows(result))
    say("")
    for sentence in best_sentences(result):
        say(sentence)
    say("")
    show_columns(["trades that one alone took", "trades", "R by size", "win rate"], only_rows(result))
    say("")
    show_columns(["models", *result["runs"]], model_rows(result))
    for name, rows in configuration_rows(result).items():
        say(f"\nconfiguration, {SHORT} against {name}" + ("" if rows else ": the same"))
        if rows:
            show_columns(["key", SHORT, name], rows)
    for warning in warning_lines(result):
        say(f"! {warning}")
    say(f"result: {near(run_dir)}")


def _show_many(result: dict[str, Any], run_dir: Path) -> None:
    """A row a run; pairs and settings are on the page and in the result."""
    page = run_dir / "report.html"
    rows = [
        (name, *map(str, row[2:6]), str(row[8]))
        for name, row in zip(ranked(result), run_rows(result, page), strict=True)
    ]
    show_columns(("", *RUN_TITLES[2:6], RUN_TITLES[8]), rows)
    say("")
    for name in result["configuration"]:
        say(f"{name} differs from {SHORT} in {changes(result, name)}")
    say("")
    for sentence in best_sentences(result):
        say(sentence)
    for warning in warning_lines(result):
        say(f"! {warning}")
    say(f"result: {near(run_dir)}")
