"""A comparison on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def show_comparison(result: dict[str, Any], run_dir: Path) -> None:
    """Summary, figures, who is better, and what differs."""
    say(result["summary"])
    common = result["common"]
    say(f"common bars: {common['from']} .. {common['to']}, {common['days']} days; no look was recorded")
    for name, run in result["runs"].items():
        say(f"{name}: {run['folder']}")
    say("")
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
