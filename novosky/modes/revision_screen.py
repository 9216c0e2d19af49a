"""Promotions and revisions on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.models.revision.places import RevisionPlaces
from novosky.modes.figure_text import or_none
from novosky.modes.screen import near, say, show_columns


def show_promotion(result: dict[str, Any], places: RevisionPlaces, run_dir: Path) -> None:
    """What speaks against it, what it was judged by, and what is left to do."""
    for reason in result["against"]:
        say(f"{reason['name']}: {reason['words']}")
    for warning in result["warnings"]:
        say(f"! {warning}")
    facts, tag = result["facts"], result["revision"]
    if facts is not None:
        gate = facts["gate"]
        looked = "a look of its own" if gate["opened_by_promote"] else "judged before, no new look"
        say(f"gate      {gate['trades']} trades, reference score {gate['score']:.2f} ({looked})")
        say(f"audit     {facts['audit']['verdict']} ({facts['audit']['level']})")
        say(f"skill     {facts['skill']}")
        for over in facts["passed_over"]:
            say(f"! passed over: {over['name']}: {over['words']}")
        say(f"record    {near(places.record(tag).absolute())}")
        say(f"card      {near((places.folder(tag) / 'card.md').absolute())}")
    say(result["summary"])
    for command in result["published"]["done"]:
        say(f"did       {command}")
    for command in result["published"]["left"]:
        say(f"to do     {command}")
    say(f"result: {near(run_dir / 'result.json')}")


def show_revisions(result: dict[str, Any], run_dir: Path) -> None:
    """The oldest first; `*` is the one that trades, `better` means shown to be better than flat on `gate`."""
    rows = [_row(row) for row in result["revisions"]]
    if rows:
        head = ("  revision", "made", "kept", "better", "score", "trades", "R", "looks", "here")
        show_columns(head, rows)
    else:
        say("No revision yet: run.py mode=promote makes the first one of a kept set.")
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"result: {near(run_dir / 'result.json')}")


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    tag = f"{'*' if row['is_current'] else ' '} {row['revision']}"
    if "gate" not in row:
        return (tag, *("?",) * 7, row["files"])
    gate, looks = row["gate"], row["looks"]["gate"]["distinct"]
    return (
        tag,
        row["made"][:10],
        "yes" if row["kept"] else "no",
        "yes" if row["promotable"] else "no",
        or_none(gate["score"], ".2f"),
        str(gate["trades"]),
        or_none(gate["expectancy_r"], "+.3f"),
        str(looks),
        row["files"],
    )
