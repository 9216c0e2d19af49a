"""A loop on the screen: a line when an iteration ends, a table when all have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.modes.figure_text import or_none
from novosky.modes.screen import near, say, show_columns
from novosky.optimize.loop import Iteration
from novosky.optimize.places import Places


def show_iteration(one: Iteration) -> None:
    """The decision with its reason, as soon as it is known."""
    for words in one.said:
        say(f"! {words}")
    if one.entry is None:
        score = None if one.incumbent is None else one.incumbent.result.score
        say(f"iteration {one.number}: looked only; reference score of what stands: {or_none(score, '.2f')}")
        return
    entry = one.entry
    say(f"iteration {one.number}: {entry['decision']}: {entry['reason']}")
    changed = " ".join(f"{name}={value}" for name, value in entry["params"].items())
    say(f"  settings tried: {changed or 'those that stand'}")
    if entry["dropped_features"]:
        say(f"  without the features {', '.join(entry['dropped_features'])}")
    steps = ", ".join(f"{step} {seconds:.0f}" for step, seconds in one.seconds.items())
    say(f"  seconds: {steps}")


def show_loop(result: dict[str, Any], places: Places, run_dir: Path) -> None:
    """All iterations, and where their traces lie."""
    entries = [one["entry"] for one in result["iterations"] if one["entry"] is not None]
    if entries:
        show_columns(
            ("iteration", "decision", "score", "was", "trades", "z old", "z flat", "try"),
            [_row(entry) for entry in entries],
        )
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(result["summary"])
    if entries:
        say(f"log: {near(places.log.absolute())}; settings that stand: experiment=current")
    say(f"result: {near(run_dir)}")


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    old, flat, share = entry["versus_old"], entry["versus_flat"], entry["share"]
    judged = entry["candidate"]
    return (
        str(entry["iteration"]),
        entry["decision"],
        or_none(entry["final_score"], ".2f"),
        or_none(entry["baseline_score"], ".2f"),
        "none" if judged is None else str(judged["trades"]),
        "none" if old is None else f"{old['z']:+.2f}",
        "none" if flat is None else f"{flat['z']:+.2f}",
        "none" if share is None else str(share["number"]),
    )
