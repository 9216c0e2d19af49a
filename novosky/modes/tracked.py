"""Runs handed to the tracker: what it could not do is told in the result and on the screen, and stops nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from novosky.backtest.result_file import write_json
from novosky.config.schema import Config
from novosky.models.bundle.bundle import Bundle
from novosky.modes.multirun import is_multirun
from novosky.modes.screen import say
from novosky.tracking.port import Make, Tracked, Tracker
from novosky.tracking.records import backtest_record, models_of
from novosky.tracking.wandb_run import open_tracker


def tracker_of(config: Config, run_dir: Path) -> Tracker:
    """The tracker of this run; iterations of a loop are one group, and so are the jobs of a multirun."""
    group = None
    if config.mode in ("optimize", "weekly"):
        group = f"{config.optimize.name}-{run_dir.name}"
    elif HydraConfig.initialized() and is_multirun():
        group = run_dir.parent.name
    return open_tracker(config.tracker, run_dir, group)


def hand_over(tracker: Tracker, make: Make) -> list[str]:
    """Record a run; what went wrong, said and handed back."""
    failures = tracker.record(make)
    for failure in failures:
        say(f"! {failure}")
    return failures


def add_failures(result: dict[str, Any], failures: list[str], run_dir: Path) -> None:
    """Into the result's volatile part: another time the same run may be tracked well."""
    if failures:
        result["volatile"]["tracker"] = failures
        write_json(run_dir / "result.json", result)


def track_backtest(config: Config, result: dict[str, Any], run_dir: Path, bundle: Bundle | None) -> None:
    """A judged run from its folder; with `mode=run` the set that it has trained, too."""

    def make() -> Tracked:
        trained = None if bundle is None or config.mode != "run" else models_of(bundle, Path(config.paths.train))
        return backtest_record(config, result, run_dir, trained)

    add_failures(result, hand_over(tracker_of(config, run_dir), make), run_dir)
