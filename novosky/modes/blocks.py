"""Blocks that several modes' `result.json` share."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from novosky.backtest.prepare import Prepared
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.evaluation.windows import describe
from novosky.market.bars import utc_text
from novosky.models.signal import SignalModel


def data_block(config: Config, prepared: Prepared) -> dict[str, Any]:
    """Which bars."""
    bars = prepared.bars
    return {
        "snapshot": prepared.market.snapshot.name,
        "source": config.data.source,
        "symbol": bars.symbol,
        "timeframe": config.data.timeframe,
        "bars": len(bars),
        "from": utc_text(int(bars.time_ms[0])),
        "to": utc_text(int(bars.time_ms[-1])),
        "bars_hash": prepared.market.snapshot.bars_hash,
        "calendar_hash": prepared.market.snapshot.calendar_hash,
    }


def windows_block(prepared: Prepared) -> list[dict[str, Any]]:
    return [dict(window) for window in describe(prepared.windows, prepared.bars.time_ms)]


def settings_block(config: Config) -> dict[str, Any]:
    """The settings a reader asks for first; the whole configuration lies beside the result."""
    return {
        "account": asdict(config.account),
        "broker": config.broker.name,
        "spread": config.broker.spread,
        "commission_per_lot": config.broker.commission_per_lot,
        "profile": f"{config.profile.number} {config.profile.name}",
        "risk_pct": config.profile.risk_pct,
        "prediction": asdict(config.prediction),
        "execution": asdict(config.execution),
        "news": config.news.source,
        "features": config.features.name,
        "seed": config.seed,
    }


def signal_block(model: SignalModel, manifest_hash: str) -> dict[str, Any]:
    """What a reader must know of the model that decided."""
    return {
        "manifest_hash": manifest_hash,
        "train_end": model.facts["train"]["end_time"],
        "rows": model.facts["train"]["rows"],
        "classes": model.facts["train"]["classes"],
        "no_skill_found": model.no_skill_found,
        "calibration": model.facts["calibration"],
        "voters": [_voter(voter) for voter in model.facts["voters"]],
    }


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


def warnings_of(config: Config, prepared: Prepared, model: SignalModel | None) -> list[str]:
    """What must be read beside every figure of the run."""
    train = prepared.windows["train"]
    constant = prepared.features.constant_names(prepared.features.warmup_bars, train.stop)
    found = []
    if config.data.source in GENERATED_SOURCES:
        found.append(f"{config.data.source} market: generated bars, not a result on any real market")
    if constant:
        found.append(f"constant in training, so nothing could be learned from them: {', '.join(constant)}")
    if model is not None and model.no_skill_found:
        found.append("no skill found: no voter beat the base rate out of fold; trades show what that costs")
    elif model is not None and not _knows_direction(model):
        found.append(
            "no voter tells BUY from SELL better than the base rate out of fold: what they know is how much will "
            "happen, not which way"
        )
    return found


def _knows_direction(model: SignalModel) -> bool:
    return any(voter["kept"] and voter["direction"]["high"] < 0 for voter in model.facts["voters"])


def fingerprints_block(config: Config) -> dict[str, str]:
    found = fingerprint(config)
    return {**found.parts, "whole": found.whole}


def volatile_block(started: float, **more: Any) -> dict[str, Any]:
    """Times and machine facts: what may differ between two runs of the same thing."""
    machine: Mapping[str, Any] = {
        "system": platform.system(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    return {
        "started": utc_text(int(started * 1000)),
        "seconds": round(time.time() - started, 1),
        "machine": machine,
        **more,
    }
