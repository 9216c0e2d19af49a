"""An iteration of a loop, and the tuning in it, as the tracker takes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from novosky.backtest.trades_file import trades_frame
from novosky.config.schema import Config
from novosky.evaluation.gate import COMMIT
from novosky.modes.blocks import warnings_of
from novosky.modes.tracked import hand_over
from novosky.modes.tune import study_block
from novosky.optimize.loop import Iteration, Loop
from novosky.optimize.on_gate import OnGate
from novosky.tracking.port import Models, Tracked, Tracker
from novosky.tracking.records import iteration_record, models_of, tuning_record


def track_iteration(tracker: Tracker, loop: Loop, one: Iteration, block: dict[str, Any]) -> list[str]:
    """Record the tuning first, then what was decided; `block` is the iteration's in result.json. Failures in words."""
    if one.entry is None:
        return []
    warnings = [*warnings_of(loop.config, loop.prepared, None), *one.said]
    config = _config(loop, one)
    failures: list[str] = []
    if one.tuned:
        name = f"{one.entry['loop']} {one.number} tuning"
        studies = {study: study_block(tuned) for study, tuned in one.tuned.items()}
        failures += hand_over(tracker, lambda: tuning_record(config, name, studies, warnings))

    def make() -> Tracked:
        result = {**block, "warnings": warnings}
        return iteration_record(config, result, _trades(loop, one.candidate), _kept(loop, one))

    return failures + hand_over(tracker, make)


def _config(loop: Loop, one: Iteration) -> Config:
    """The candidate's, without the folder that it was made in."""
    return loop.config if one.candidate is None else replace(one.candidate.config, paths=loop.config.paths)


def _trades(loop: Loop, candidate: OnGate | None) -> pl.DataFrame | None:
    if candidate is None:
        return None
    bars, trades = loop.prepared.bars, candidate.evaluation.judged.simulation.trades
    return trades_frame(trades, bars.time_ms, bars.timeframe_ms, candidate.config.broker.digits)


def _kept(loop: Loop, one: Iteration) -> Models | None:
    """A kept set, as it lies where it trades from."""
    if one.entry is None or one.candidate is None or one.entry["decision"] != COMMIT:
        return None
    about = {name: one.entry[name] for name in ("loop", "iteration", "params", "fingerprints", "data_snapshot")}
    return models_of(one.candidate.bundle, Path(loop.config.paths.train), **about)
