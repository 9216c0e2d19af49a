"""`mode=train`: the stages in order, into the working set."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result import SCHEMA_VERSION, write_json
from novosky.backtest.training import train_signal_stage
from novosky.config.schema import Config
from novosky.models.signal import SignalModel
from novosky.modes.blocks import (
    data_block,
    fingerprints_block,
    signal_block,
    volatile_block,
    warnings_of,
    windows_block,
)
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import progress, say, show_table


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    prepared = prepare(config)
    model, manifest_hash = train(config, prepared)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "train",
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "models": {"signal": signal_block(model, manifest_hash)},
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, model),
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    show_training(result, config)
    return ModeResult()


def train(config: Config, prepared: Prepared) -> tuple[SignalModel, str]:
    """Train the signal stage behind a progress bar."""
    with progress("training signal") as report:
        return train_signal_stage(config, prepared, report)


def show_training(result: dict[str, Any], config: Config) -> None:
    """Each voter against the base rate, and where the models lie."""
    signal = result["models"]["signal"]
    rows = [
        ("bars", f"{result['data']['bars']} of {result['data']['symbol']} {result['data']['timeframe']}"),
        ("rows learned", f"{signal['rows']}, up to {signal['train_end']}"),
    ]
    for voter in signal["voters"]:
        low, high = voter["difference_bounds"]
        down, up = voter["direction_bounds"]
        fate = "votes" if voter["kept"] else "no skill" if signal["no_skill_found"] else "dropped"
        rows.append(
            (
                voter["name"],
                f"log-loss {voter['log_loss']:.4f}, base rate {voter['base_rate_log_loss']:.4f}, difference "
                f"{voter['difference']:+.4f} ({low:+.4f} .. {high:+.4f}); BUY against SELL "
                f"{voter['direction_difference']:+.4f} ({down:+.4f} .. {up:+.4f}): {fate}",
            )
        )
    show_table("signal stage, out of fold", rows)
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"working set: {config.paths.train}")
