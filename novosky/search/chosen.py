"""The chosen setting as an experiment file, which says what chose it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from novosky.backtest.prepare import Prepared
from novosky.market.bars import utc_text
from novosky.search.setting import value_of
from novosky.search.sweep import Sweep, Tried

FILE = "chosen.yaml"


def chosen_text(sweep: Sweep, chosen: Tried, keys: list[str], prepared: Prepared) -> str:
    """Of the swept `keys` their chosen values, also where they are the current ones, in the form of conf/experiment."""
    bars, window = prepared.bars, sweep.window
    last_ms = int(bars.time_ms[window.stop - 1])
    tree: dict[str, dict[str, Any]] = {}
    for key in keys:
        section, name = key.split(".")
        tree.setdefault(section, {})[name] = value_of(chosen.config, key)
    tree["windows"] = {"chosen_until": utc_text(last_ms)[:10]}
    lines = [
        "# @package _global_",
        f"# Chosen by mode=sweep as the best of {len(sweep.tried)} settings (reference score {chosen.score:.4f})",
        f"# on the window {window.name}, {utc_text(int(bars.time_ms[window.start]))} to {utc_text(last_ms)}:",
        "# these bars have been seen by these settings, and say nothing more about them.",
        f"# model set {chosen.look.models[:12]}, configuration {chosen.look.configuration[:12]}",
        "# Copy it to conf/experiment/<name>.yaml, then: run.py mode=... experiment=<name>",
    ]
    settings: str = yaml.safe_dump(tree, sort_keys=True, default_flow_style=None)
    return "\n".join(lines) + "\n" + settings


def write_chosen(run_dir: Path, text: str) -> Path:
    path = run_dir / FILE
    path.write_text(text, encoding="utf-8")
    return path
