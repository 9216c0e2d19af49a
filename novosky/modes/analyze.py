"""`mode=analyze`: what the models look at. It changes nothing and drops nothing."""

from __future__ import annotations

import time
from pathlib import Path

from novosky.audit.drift import psi_by_window, shifted_features
from novosky.audit.subject import trained_models
from novosky.backtest.analysis import analyze
from novosky.backtest.prepare import prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.errors import ModelCompatibilityError
from novosky.models.revision.promoted import models_root
from novosky.modes.analyze_screen import show_analysis
from novosky.modes.blocks import data_block, fingerprints_block, warnings_of, windows_block
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import progress
from novosky.modes.volatile import volatile_block


def run(config: Config, run_dir: Path) -> ModeResult:
    """Train alone is looked at, so that no look is recorded."""
    started = time.time()
    prepared = prepare(config)
    bundle = trained_models(config, prepared)
    if bundle is None:
        raise ModelCompatibilityError(
            f"mode=analyze: expected trained models in {models_root(config)}, found none; train them: run.py mode=train"
        )
    with progress("analyze") as report:
        done = analyze(config, prepared, bundle, report)
    drift = psi_by_window(prepared)
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "analyze",
        "analysis": "analysis.json",
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "models": bundle.name,
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, bundle) + list(done.warnings),
        "volatile": volatile_block(started, stage_seconds=done.seconds),
    }
    write_json(run_dir / "analysis.json", {**done.summary, "drift_psi": drift})
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.analysis_page import write_analysis

        write_analysis(run_dir / "report.html", done, drift, result, config.analyze.picture_rows)
    show_analysis(done.summary, result, shifted_features(drift, config.audit.drift_psi), run_dir)
    return ModeResult()
