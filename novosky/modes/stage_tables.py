"""The stages on the screen: what each learned from, what it knows out of fold, what it adds to a judged window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from novosky.modes.figure_text import bounds_text, or_none
from novosky.modes.screen import say, show_columns, show_table
from novosky.report.stages import CLASSES

Block = Mapping[str, Any]


def show_stages(models: Mapping[str, Block], seconds: Mapping[str, float]) -> None:
    """A short table a stage, 80 columns."""
    for name, block in models.items():
        took = f", {seconds[name]:.0f} s" if name in seconds else ""
        rows = [("rows learned", f"{block['rows']}, up to {block['train_end']}{took}")]
        if "classes" in block:
            rows.append(("by weight", _classes(name, block)))
        if "mean_multiplier" in block:
            rows.append(("mean size", f"{block['mean_multiplier']:.2f} of the profile's risk, out of fold"))
        rows.append(("out of fold", "no skill found" if block["no_skill_found"] else "better than its naive baseline"))
        show_table(f"{name} stage", rows)
        if "voters" in block:
            _show_voters(name, block)
        if block.get("skill"):
            _show_gains(block["skill"])
        say("")


def show_in_turn(rows: Sequence[Block]) -> None:
    """The window with each later stage switched off; nothing to choose by."""
    header = ("stages in turn", "trades", "R a trade", "bounds", "return %", "fall %", "score")
    show_columns(
        header,
        [
            (
                row["stages"],
                str(row["trades"]),
                or_none(row["expectancy_r"], "+.3f"),
                bounds_text(row["expectancy_r_interval"], "+.3f"),
                f"{row['return_pct']:+.2f}",
                f"{row['max_drawdown_pct']:.2f}",
                f"{row['reference_score']:.2f}",
            )
            for row in rows
        ],
    )
    say(
        f"! {len(rows)} rows are {len(rows)} looks at these bars: whoever takes the best of them has searched\n"
        "  bounds: interval of the R; fall: greatest of equity; score: at the reference risk"
    )


def _show_voters(name: str, block: Block) -> None:
    """Log-loss, and its difference to the base rate's with the upper bound that must lie below 0."""
    first, _, last = CLASSES[name]
    header = ("voter", "log-loss", "base rate", "difference", "at most", f"{first}:{last}", "at most", "vote")
    show_columns(
        header,
        [
            (
                voter["name"],
                f"{voter['log_loss']:.4f}",
                f"{voter['base_rate_log_loss']:.4f}",
                f"{voter['difference']:+.4f}",
                f"{voter['difference_bounds'][1]:+.4f}",
                f"{voter['direction_difference']:+.4f}",
                f"{voter['direction_bounds'][1]:+.4f}",
                "votes" if voter["kept"] else "no skill" if block["no_skill_found"] else "dropped",
            )
            for voter in block["voters"]
        ],
    )


def _show_gains(skill: Mapping[str, Block]) -> None:
    header = ("R a trade against", "own", "plain", "gain", "bounds", "trades")
    show_columns(
        header,
        [
            (
                what.replace("_", " "),
                f"{gain['r']:+.4f}",
                f"{gain['plain_r']:+.4f}",
                f"{gain['difference']:+.4f}",
                f"{gain['low']:+.4f} .. {gain['high']:+.4f}",
                str(gain["rows"]),
            )
            for what, gain in sorted(skill.items())
        ],
    )


def _classes(name: str, block: Block) -> str:
    counts, shares = block["classes"], block["class_shares"]
    return ", ".join(f"{kind} {counts[kind]} rows {100 * shares[kind]:.0f} %" for kind in CLASSES[name])
