"""Settings that were chosen by looking have seen the bars that chose them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from novosky.backtest.prepare import Prepared
from novosky.config.checks.market import iso_date
from novosky.config.schema import Config
from novosky.evaluation.windows import Window


def seen_by_settings(config: Config, prepared: Prepared, start: int) -> bool:
    """Whether a stretch that begins at bar `start` begins on or before the last day that chose the settings."""
    if config.windows.chosen_until is None:
        return False
    last = iso_date("windows.chosen_until", config.windows.chosen_until)
    after = datetime.combine(last + timedelta(days=1), time.min, UTC)
    return int(prepared.bars.time_ms[start]) < int(after.timestamp() * 1000)


def seen_warnings(config: Config, prepared: Prepared, window: Window) -> list[str]:
    """What must be said beside every figure of a window that chose its own settings."""
    if not seen_by_settings(config, prepared, window.start):
        return []
    return [
        f"settings have seen these bars (windows.chosen_until={config.windows.chosen_until}): they were chosen by what "
        f"they gave on bars of window {window.name}, so that its figures flatter them"
    ]
