"""A sweep on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.modes.luck_screen import looks_row
from novosky.modes.screen import near, say, show_columns, show_table
from novosky.report.sweep_figures import deflated_row, narrow, ranked_rows, short_names


def show_sweep(result: dict[str, Any], shown: int, run_dir: Path) -> None:
    """Summary, the best settings and the current one, what picking them is worth."""
    say(result["summary"])
    say(result["overfitting_summary"])
    window, rows = result["window"], result["settings_tried"]
    say(f"window {window['name']}: {window['from']} .. {window['to']}, {window['bars']:,} bars")
    say("")
    letters = short_names(result)
    for letter, key in letters.items():
        say(f"{letter} = {key}")
    header = ("", *letters, "trades", "R", "return", "drawdown", "score")
    show_columns(header, [narrow(row) for row in ranked_rows(result, shown)])
    if len(rows) > shown:
        say(f"the best {shown} of {len(rows)} settings, and the current one (0); all of them in result.json")
    if result["forbidden"]:
        count = len(result["forbidden"])
        say(f"! {count} of {result['proposed']} proposed settings are forbidden: {result['forbidden'][0]['why']}")
    say("")
    show_table("what the choice is worth", [looks_row(result["volatile"]), *deflated_row(result)])
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"chosen: {near(run_dir / result['chosen']['file'])}")
    say(f"result: {near(run_dir)}")
