"""The week's bars: a newer snapshot where the source can give one, else those that are at hand."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from novosky.backtest.prepare import Prepared
from novosky.config.instants import instant_ms
from novosky.config.schema import Config
from novosky.config.schema.market import FILE_SOURCES, GENERATED_SOURCES
from novosky.market.bars import utc_text
from novosky.market.snapshot_files import META_FILE
from novosky.market.timeframes import timeframe_minutes

ASKED = ("ccxt", "terminal")
DAY_MS = 86_400_000


def can_be_newer(config: Config) -> str:
    """Empty where a newer snapshot may be had, else why none can."""
    source = config.data.source
    if source in GENERATED_SOURCES:
        return f"nothing newer: data={source} is generated, always the same bars"
    if source in FILE_SOURCES and config.data.path is None:
        return f"nothing newer: the snapshot {config.data.snapshot} is frozen; give data.path to read its file again"
    return ""


def newest(config: Config, until: str | None = None) -> Config:
    """The configuration that reads the newest bars: up to `until`, by default the last bar that has closed."""
    if can_be_newer(config):
        return config
    data = replace(config.data, snapshot=None)
    if data.source in ASKED:
        data = replace(data, until=until or last_close(config))
    return replace(config, data=data)


def at_hand(config: Config) -> Config | None:
    """The configuration that reads the newest snapshot that is here, without asking anybody; None where none is."""
    if config.data.source not in ASKED:
        return _named(config)
    pattern = f"{config.data.source}-{config.data.symbol}-{config.data.timeframe}-*/{META_FILE}"
    since = instant_ms("data.since", str(config.data.since))
    found = []
    for file in Path(config.paths.data).glob(pattern):
        settings = json.loads(file.read_bytes())["settings"]
        if settings["since"] == utc_text(since):
            found.append((str(settings["until"]), settings))
    if not found:
        return None
    until = datetime.strptime(max(found, key=lambda one: one[0])[0], "%Y-%m-%d %H:%M UTC").isoformat()
    return replace(config, data=replace(config.data, snapshot=None, until=until))


def _named(config: Config) -> Config:
    """By the snapshot that is named, where it is here: its file may have gone on since."""
    data = config.data
    if data.source not in FILE_SOURCES or data.path is None or data.snapshot is None:
        return config
    is_here = (Path(config.paths.data) / data.snapshot / META_FILE).is_file()
    return replace(config, data=replace(data, path=None) if is_here else replace(data, snapshot=None))


def last_close(config: Config, now_ms: int | None = None) -> str:
    """When the last bar that is over closed, UTC, ISO."""
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    step_ms = timeframe_minutes(config.data.timeframe) * 60_000
    return datetime.fromtimestamp(now_ms // step_ms * step_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M")


def age_days(config: Config, prepared: Prepared) -> float | None:
    """Of the newest bar; generated bars have none."""
    if config.data.source in GENERATED_SOURCES:
        return None
    last_ms = int(prepared.bars.time_ms[-1]) + prepared.bars.timeframe_ms
    return (time.time_ns() // 1_000_000 - last_ms) / DAY_MS
