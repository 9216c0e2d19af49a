"""An analysis on the screen: the strongest inputs of each stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from novosky.modes.screen import near, say, show_columns
from novosky.report.analysis_figures import TITLES, cluster_lines, output_lines, stage_line, top_rows


def show_analysis(
    summary: Mapping[str, Any], result: Mapping[str, Any], shifted: Mapping[str, Sequence[str]], run_dir: Path
) -> None:
    """A table a stage, then what is redundant and what has drifted."""
    for name, stage in summary["stages"].items():
        say(stage_line(name, stage))
        show_columns(TITLES, top_rows(stage, summary["top"]))
        for line in output_lines(stage):
            say(line)
        say("")
    for line in cluster_lines(summary):
        say(line)
    for where, names in shifted.items():
        say(f"shifted between train and {where}, the most first: {', '.join(names)}")
    for warning in result["warnings"]:
        say(f"! {warning}")
    say("nothing was dropped; no look was recorded")
    say(f"result: {near(run_dir)} ({result['volatile']['seconds']:.0f} s)")
