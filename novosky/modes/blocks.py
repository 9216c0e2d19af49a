"""Blocks that several modes' `result.json` share."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from novosky.backtest.prepare import Prepared
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.evaluation.windows import describe
from novosky.market.bars import utc_text
from novosky.market.finer import covered, finer_hash
from novosky.models.bundle.bundle import Bundle
from novosky.modes.model_blocks import skill_warnings


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
        "finer_hash": finer_hash(prepared.finer),
        "bars_with_finer": int(covered(prepared.finer).sum()),
    }


def windows_block(prepared: Prepared) -> list[dict[str, Any]]:
    return [dict(window) for window in describe(prepared.windows, prepared.bars.time_ms)]


def settings_block(config: Config) -> dict[str, Any]:
    """The settings a reader asks for first; the whole configuration lies beside the result."""
    return {
        "account": asdict(config.account),
        "broker": config.broker.name,
        "profile": f"{config.profile.number} {config.profile.name}",
        "risk_pct": config.profile.risk_pct,
        "prediction": asdict(config.prediction),
        "execution": asdict(config.execution),
        "news": config.news.source,
        "features": config.features.name,
        "seed": config.seed,
    }


def warnings_of(config: Config, prepared: Prepared, bundle: Bundle | None) -> list[str]:
    """What must be read beside every figure of the run."""
    train = prepared.windows["train"]
    constant = prepared.features.constant_names(prepared.features.warmup_bars, train.stop)
    found = []
    if config.data.source in GENERATED_SOURCES:
        found.append(f"{config.data.source} market: generated bars, not a result on any real market")
    if constant:
        found.append(f"constant in training, so nothing could be learned from them: {', '.join(constant)}")
    return found if bundle is None else found + skill_warnings(config, bundle)


def fingerprints_block(config: Config) -> dict[str, str]:
    found = fingerprint(config)
    return {**found.parts, "whole": found.whole}
