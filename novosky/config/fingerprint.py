"""The typed configuration as text, and its hash part by part, so that two runs can say where they differ."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from novosky.config.schema import Config

SAME_RESULT = (
    "mode",
    "window",
    "models",
    "revision",
    "compare_stages",
    "compare_costs",
    "threads",
    "device",
    "train",
    "audit",
    "analyze",
    "paths",
    "gate",
    "report",
    "reproduce",
    "compare",
    "search",
    "tune",
    "sweep",
    "optimize",
    "promote",
    "weekly",
    "remote",
    "tracker",
    "terminal",
    "trade",
    "notify",
    "doctor",
    "monitor",
    "onboard",
    "sync",
    "dashboard",
    "agent",
)
"""Keys that say what to do, where and how fast; they leave every number as it is."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """sha256 in hex: of each part, and of all parts together."""

    parts: dict[str, str]
    whole: str


def config_json(config: Config) -> str:
    """The whole typed config as sorted JSON, for the run's folder."""
    return json.dumps(dataclasses.asdict(config), sort_keys=True, indent=2) + "\n"


def fingerprint(config: Config) -> Fingerprint:
    """Hash every part that can change a result; the stages under `stage` are parts of their own.

    The path of a file is left out, and so is the name of a snapshot: two machines keep it in different places, and its
    content has its own hash in the snapshot.
    """
    tree = {name: part for name, part in dataclasses.asdict(config).items() if name not in SAME_RESULT}
    if config.windows.kind != "walk_forward":
        tree["windows"]["chosen_until"] = None  # says what settings come from; only a walk-forward is judged by it
    tree |= {f"stage.{name}": part for name, part in tree.pop("stage").items()}
    for file_source, name in (
        ("data", "path"),
        ("data", "snapshot"),
        ("data", "finer_path"),
        ("news", "path"),
    ):
        tree[file_source].pop(name)
    for name in ("page_bars", "timeout_s", "retries"):  # how bars are fetched, not which
        tree["data"].pop(name)
    for name in ("url", "timeout_s", "refresh_hours", "fetch_only"):
        tree["news"].pop(name)
    if config.news.source == "forexfactory":  # a file of events, too: who learned from one may trade with the other
        tree["news"]["source"] = "csv"
    if config.data.source != "ccxt":
        for name in ("exchange", "market", "since", "until", "api_url"):
            tree["data"].pop(name)
    parts = {name: _sha256(part) for name, part in sorted(tree.items())}
    return Fingerprint(parts, _sha256(parts))


def differing_parts(a: Fingerprint, b: Fingerprint) -> list[str]:
    """Names of the parts that differ, or that only one of the two has."""
    return sorted(name for name in a.parts.keys() | b.parts.keys() if a.parts.get(name) != b.parts.get(name))


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
