"""The end of a week on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.modes.screen import near, say, show_columns


def show_week(result: dict[str, Any], run_dir: Path) -> None:
    """Phases with their times, what is amiss, the answer."""
    seconds = result["volatile"]["phases"]
    rows = [(row["name"], row["state"], f"{seconds.get(row['name'], 0.0):.1f}") for row in result["phases"]]
    show_columns(("phase", "state", "seconds"), rows)
    for check in result["checks"]:
        if check["verdict"] != "pass":
            mend = f"; {check['mend']}" if check["mend"] else ""
            say(f"{check['verdict']}  {check['name']}: {check['found']}{mend}")
    for warning in result["warnings"]:
        say(f"! {warning}")
    promotion = result["promotion"] or {}
    for command in promotion.get("left", []):
        say(f"to do     {command}")
    say(result["summary"])
    say(f"result: {near(run_dir)}")
