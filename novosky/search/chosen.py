"""The chosen setting as an experiment file, which says what chose it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared
from novosky.config.experiment_file import experiment_text
from novosky.market.bars import utc_text
from novosky.search.setting import value_of
from novosky.search.sweep import Sweep, Tried

FILE = "chosen.yaml"


def chosen_text(sweep: Sweep, chosen: Tried, keys: list[str], prepared: Prepared) -> str:
    """Of the swept `keys` their chosen values, also where they are the current ones, in the form of conf/experiment."""
    bars, window = prepared.bars, sweep.window
    last_ms = int(bars.time_ms[window.stop - 1])
    changes: dict[str, Any] = {key: value_of(chosen.config, key) for key in keys}
    changes["windows.chosen_until"] = utc_text(last_ms)[:10]
    comments = [
        f"Chosen by mode=sweep as the best of {len(sweep.tried)} settings (reference score {chosen.score:.4f})",
        f"on the window {window.name}, {utc_text(int(bars.time_ms[window.start]))} to {utc_text(last_ms)}:",
        "these bars have been seen by these settings, and say nothing more about them.",
        f"model set {chosen.look.models[:12]}, configuration {chosen.look.configuration[:12]}",
        "Copy it to conf/experiment/<name>.yaml, then: run.py mode=... experiment=<name>",
    ]
    return experiment_text(comments, changes)


def write_chosen(run_dir: Path, text: str) -> Path:
    path = run_dir / FILE
    path.write_text(text, encoding="utf-8")
    return path
