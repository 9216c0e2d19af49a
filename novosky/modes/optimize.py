"""`mode=optimize`: analyze, tune, retrain, judge on `gate`, keep or revert; N times."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.evaluation.gate import COMMIT
from novosky.modes.blocks import data_block, fingerprints_block, warnings_of, windows_block
from novosky.modes.optimize_screen import show_iteration, show_loop
from novosky.modes.optimize_tracked import track_iteration
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import Report, progress, say
from novosky.modes.tracked import add_failures, tracker_of
from novosky.modes.volatile import volatile_block
from novosky.optimize.loop import Iteration, Loop
from novosky.optimize.places import Places
from novosky.search.study import optuna_module


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    if not (config.optimize.retrain_only or config.optimize.analyze_only):
        optuna_module()
    tracker = tracker_of(config, run_dir)
    places = Places.of(config)
    with Lock(places.lock) as lock:
        if lock.told:
            say(f"! {lock.told}")
        prepared = prepare(config)
        loop = Loop(config, prepared, lock, _progress)
        done: list[Iteration] = []
        failures: list[str] = []
        for _ in range(1 if config.optimize.analyze_only else config.optimize.iterations):
            done.append(loop.iterate())
            show_iteration(done[-1])
            failures += track_iteration(tracker, loop, done[-1], _block(done[-1]))
    result = _result(config, prepared, done)
    result["volatile"] = volatile_block(started, iterations=[one.seconds for one in done])
    write_json(run_dir / "result.json", result)
    add_failures(result, failures, run_dir)
    if config.report.html:
        from novosky.report.optimize_page import write_loop

        write_loop(run_dir / "report.html", result)
    show_loop(result, places, run_dir)
    return ModeResult(DONE if _stands(done) else ANSWER_IS_NO)


def _stands(done: list[Iteration]) -> bool:
    """Whether there is a working set after all: one was there, or one was kept."""
    last = done[-1]
    return last.entry is None or last.incumbent is not None or last.entry["decision"] == COMMIT


def _progress(title: str) -> AbstractContextManager[Report]:
    return progress(title)


def _result(config: Config, prepared: Prepared, done: list[Iteration]) -> dict[str, Any]:
    entries = [one.entry for one in done if one.entry is not None]
    kept = sum(entry["decision"] == COMMIT for entry in entries)
    warnings = warnings_of(config, prepared, None)
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "optimize",
        "summary": _summary(entries, kept),
        "iterations": [_block(one) for one in done],
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "fingerprints": fingerprints_block(config),
        "warnings": list(dict.fromkeys([*warnings, *(words for one in done for words in one.said)])),
    }


def _summary(entries: list[dict[str, Any]], kept: int) -> str:
    if not entries:
        return "Looked only: nothing was searched, nothing was changed."
    plural = "s" if len(entries) > 1 else ""
    found = f"{kept} of {len(entries)} iteration{plural} kept its candidate"
    last = entries[-1]
    return f"{found}; the last: {last['decision']}, {last['reason']}."


def _block(one: Iteration) -> dict[str, Any]:
    """An iteration: its line of the log without times, and what the analysis of the standing set said."""
    entry = None if one.entry is None else {name: value for name, value in one.entry.items() if name != "times"}
    return {"number": one.number, "entry": entry, "features": _ranked(one.analysis)}


def _ranked(analysis: dict[str, Any] | None) -> dict[str, dict[str, float]] | None:
    """Share of the total mean |SHAP| by stage and feature."""
    if analysis is None:
        return None
    return {
        stage: {name: row["share"] for name, row in block["features"].items()}
        for stage, block in analysis["stages"].items()
    }
