"""The trained stages on the screen: what each learned from, and what it knows out of fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.modes.screen import show_table

Block = Mapping[str, Any]


def show_stages(models: Mapping[str, Block], seconds: Mapping[str, float]) -> None:
    """A short table a stage."""
    for name, block in models.items():
        took = f", {seconds[name]:.0f} s" if name in seconds else ""
        rows = [("rows learned", f"{block['rows']}, up to {block['train_end']}{took}")]
        if "classes" in block:
            rows.append(("classes", _classes(block)))
        rows += [(voter["name"], _voter(voter, block)) for voter in block.get("voters", ())]
        rows += [(what.replace("_", " "), _gain(gain)) for what, gain in block.get("skill", {}).items()]
        if "mean_multiplier" in block:
            rows.append(("mean multiplier", f"{block['mean_multiplier']:.2f} of the profile's risk, out of fold"))
        show_table(f"{name} stage, out of fold", rows)


def _classes(block: Block) -> str:
    shares = block["class_shares"]
    return ", ".join(f"{name} {count} ({shares[name]:.0%} of the weight)" for name, count in block["classes"].items())


def _voter(voter: Block, block: Block) -> str:
    low, high = voter["difference_bounds"]
    down, up = voter["direction_bounds"]
    fate = "votes" if voter["kept"] else "no skill" if block["no_skill_found"] else "dropped"
    first, _, last = block["classes"]
    return (
        f"log-loss {voter['log_loss']:.4f}, base rate {voter['base_rate_log_loss']:.4f}, difference "
        f"{voter['difference']:+.4f} ({low:+.4f} .. {high:+.4f}); {last} against {first} "
        f"{voter['direction_difference']:+.4f} ({down:+.4f} .. {up:+.4f}): {fate}"
    )


def _gain(gain: Block) -> str:
    return (
        f"{gain['r']:+.4f} R a trade against {gain['plain_r']:+.4f}: {gain['difference']:+.4f} "
        f"({gain['low']:+.4f} .. {gain['high']:+.4f}), {gain['rows']} trades"
    )
