"""The causes of a result, then and now: its settings, its bars, its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from novosky.backtest.difference import ABSENT, Difference, first_value
from novosky.backtest.recorded import RecordedRun
from novosky.config.fingerprint import fingerprint
from novosky.config.recorded import composed_values, flat
from novosky.config.schema import Config
from novosky.config.walk import leaves
from novosky.market.bar_digests import first_differing_bar
from novosky.market.bars import Bars
from novosky.models.bundle.manifest import FILE, file_hashes, manifest_hash

SHORT_NAMES = {
    "broker": "broker.name",
    "risk_pct": "profile.risk_pct",
    "news": "news.source",
    "features": "features.name",
}
WHAT_TO_DO = ("mode", "window", "compare_stages", "compare_costs", "train.stage")  # in no fingerprint


def changed_setting(run: RecordedRun) -> Difference | None:
    """The first key of `config.json` that is not what gave `result.json`.

    A part of the configuration is known by its fingerprint. The key is found where the folder holds its value a second
    time: in the copy that the command line leaves, or in the result's settings; else the part alone is named.
    """
    then, now = run.result["fingerprints"], fingerprint(run.config).parts
    grown = {part_of(name) for name in run.new_keys}
    changed = [name for name in now if then.get(name, now[name]) != now[name] and name not in grown]
    recorded = composed_values(run.folder) | _told(run.result)
    for name, _, value in leaves(run.config):
        suspect = name in WHAT_TO_DO or part_of(name) in changed
        if suspect and name in recorded and recorded[name] != value:
            return Difference("setting", name, recorded[name], value)
    for name in changed:
        return Difference("setting", name, f"fingerprint {then[name][:12]}", f"fingerprint {now[name][:12]}")
    return None


def part_of(key: str) -> str:
    """The part of the configuration that a dotted key belongs to, as the fingerprint cuts it."""
    names = key.split(".")
    return ".".join(names[:2]) if names[0] == "stage" else names[0]


def changed_bars(run: RecordedRun, bars: Bars) -> Difference | None:
    """The first bar that is not what it was."""
    then, now = run.result["data"]["bars_hash"], bars.content_hash()
    if then == now:
        return None
    digests = run.bar_digests()
    found = None if digests is None else first_differing_bar(digests, bars)
    if found is None:
        return Difference("data", "bars", f"hash {then[:12]}", f"hash {now[:12]}")
    return Difference("data", *found)


def changed_data(then: Mapping[str, Any], now: Mapping[str, Any]) -> Difference | None:
    """Whatever else the blocks `data` of two results say; a snapshot's name tells file formats apart, not bars."""
    before, here = ({key: value for key, value in block.items() if key != "snapshot"} for block in (then, now))
    found = first_value(before, here, "data")
    return None if found is None else Difference("data", *found)


def changed_model(run: RecordedRun, models: Path, stages: Sequence[str]) -> Difference | None:
    """The first of the `stages`, and of it the first file, in the folder `models` that is not what the run recorded."""
    manifests = run.manifests()
    for name, then in run.manifest_hashes().items():
        if name.split("/")[-1] in stages:
            found = _changed_stage(manifests.get(name), then, models / name, name)
            if found is not None:
                return found
    return None


def _changed_stage(manifest: dict[str, Any] | None, then: str, folder: Path, stage: str) -> Difference | None:
    if not (folder / FILE).is_file():
        return Difference("model", f"{stage}/{FILE}", then, ABSENT)
    if manifest is not None:
        found = first_value(manifest["files"], file_hashes(folder))
        if found is not None:
            return Difference("model", f"{stage}/{found[0]}", *found[1:])
    if (now := manifest_hash(folder)) != then:
        return Difference("model", f"{stage}/{FILE}", then, now)
    return None


def _told(result: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that the result itself tells, by dotted key of the configuration."""
    told = {SHORT_NAMES.get(name, name): value for name, value in flat(result.get("settings", {}))}
    told["mode"] = result["mode"]
    if "window" in result:
        told["window"] = result["window"]["name"]
        told |= {f"compare_{name}": f"{name}_in_turn" in result for name in ("stages", "costs")}
    return told


def differing_keys(a: Config, b: Config) -> dict[str, list[tuple[str, Any, Any]]]:
    """Part of the configuration -> its keys that differ, with both values; parts without a difference are left out."""
    parts = set(fingerprint(a).parts)
    found: dict[str, list[tuple[str, Any, Any]]] = {}
    left, right = (dict(flat(asdict(config))) for config in (a, b))
    for name in sorted(left.keys() | right.keys()):
        if part_of(name) in parts | {"window", "models"} and left.get(name) != right.get(name):
            found.setdefault(part_of(name), []).append((name, left.get(name), right.get(name)))
    return found
