"""A small market to audit, with the features that a test asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from novosky.audit.effort import Effort
from novosky.audit.subject import Subject
from novosky.backtest.prepare import prepare
from novosky.config.schema import Config

HONEST = ("rsi_14", "bb_width", "price_vs_ema20", "h1_trend", "session_hour_sin")
SMALL_EFFORT = Effort(
    stretches=2,
    stretch_bars=500,
    points=60,
    chain_points=12,
    label_points=20,
    cold_starts=4,
    shuffled_blocks=2,
    stream_bars=1500,
    stepped_bars=400,
)


def audited(compose: Callable[..., Config], folder: Path, names: Sequence[str], *overrides: str) -> Subject:
    """6,000 generated bars with a calendar, and the features `names`."""
    config = compose("data.bars=6000", "windows.embargo_bars=24", f"paths.data={folder}", *overrides)
    config = replace(config, features=replace(config.features, name="own", names=list(names)))
    return Subject(config, prepare(config), None, SMALL_EFFORT)
