"""What `result.json` says of each stage: where it comes from, what it learned from, and whether it knows anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.models.bundle.bundle import STAGES, Bundle, enabled_stages
from novosky.models.bundle.manifest import Manifest

NO_SKILL = {
    "signal": "no voter beat the base rate out of fold; trades show what that costs",
    "position": "no voter beat the base rate out of fold; leaving early is a guess",
    "sltp": "its brackets earned no more than the label's own, or than one bracket for all, out of fold",
    "risk": "its sizes earned no more than equal ones out of fold",
}


def models_block(bundle: Bundle) -> dict[str, Any]:
    """Every stage of the set, by name, in order."""
    return {name: _stage(facts, bundle.hashes[name]) for name, facts in bundle.facts.items()}


def _stage(facts: Manifest, manifest_hash: str) -> dict[str, Any]:
    block = {
        "manifest_hash": manifest_hash,
        "predecessors": facts["predecessors"],
        "train_end": facts["train"]["end_time"],
        "rows": facts["train"]["rows"],
        "no_skill_found": facts["no_skill_found"],
    }
    for name in ("classes", "class_shares"):
        if name in facts["train"]:
            block[name] = facts["train"][name]
    if "voters" in facts:
        block["calibration"] = facts["calibration"]
        block["voters"] = [_voter(voter) for voter in facts["voters"]]
    for name in ("skill", "mean_multiplier"):
        if name in facts:
            block[name] = facts[name]
    return block


def _voter(facts: Mapping[str, Any]) -> dict[str, Any]:
    """One voter's out-of-fold skill; the bounds are one-sided each.

    Direction is apart: to foresee that nothing will happen betters the log-loss of three classes, but earns nothing.
    """
    classes = facts["classes"]
    return {
        "name": facts["name"],
        "kept": facts["kept"],
        "reason": facts["reason"],
        "log_loss": classes["log_loss"],
        "base_rate_log_loss": classes["base_log_loss"],
        "difference": classes["difference"],
        "difference_bounds": [classes["low"], classes["high"]],
        "direction_difference": facts["direction"]["difference"],
        "direction_bounds": [facts["direction"]["low"], facts["direction"]["high"]],
        "brier": facts["brier"],
        "accuracy": facts["accuracy"],
    }


def skill_warnings(config: Config, bundle: Bundle) -> list[str]:
    """Which stages know nothing, which are off, and which are missing."""
    found = []
    for name, facts in bundle.facts.items():
        if facts["no_skill_found"]:
            found.append(f"{name} stage, no skill found: {NO_SKILL[name]}")
    if not bundle.signal.no_skill_found and not _knows_direction(bundle):
        found.append(
            "no voter tells BUY from SELL better than the base rate out of fold: what they know is how much will "
            "happen, not which way"
        )
    parts = fingerprint(config).parts
    other = [name for name, facts in bundle.facts.items() if facts["config"][f"stage.{name}"] != parts[f"stage.{name}"]]
    if other:
        found.append(
            f"stage.{', stage.'.join(other)}: set otherwise than in training; the models decide as they were trained"
        )
    own = (config.labels.sl_atr, config.labels.tp_atr)
    if bundle.sltp is not None and (config.execution.sl_atr, config.execution.tp_atr) != own:
        found.append(
            "execution.sl_atr and tp_atr decide nothing while the sltp stage does; set stage.sltp.enabled=false to "
            "trade them"
        )
    off = [name for name in STAGES if name not in enabled_stages(config.stage)]
    if off:
        found.append(f"switched off: the {' and '.join(off)} stage{'s' if len(off) > 1 else ''}")
    if "risk" in enabled_stages(config.stage) and bundle.risk is None:
        found.append("no risk model in the set: every trade has its full size")
    return found


def _knows_direction(bundle: Bundle) -> bool:
    return any(voter["kept"] and voter["direction"]["high"] < 0 for voter in bundle.signal.facts["voters"])
