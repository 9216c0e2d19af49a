"""From configuration to what training and judging both start from: bars, events, features, windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from novosky.backtest.inputs import finer_bars
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.errors import DataError
from novosky.evaluation.windows import Windows, cut_windows
from novosky.execution.series import FinerBars
from novosky.features.arrays import FeatureSettings
from novosky.features.build import FeatureMatrix, build_features
from novosky.market.bars import Bars, Ints
from novosky.market.snapshot import Market, open_market
from novosky.market.trading_days import days_per_year
from novosky.market.underlying import underlying_of
from novosky.models.classes import Inputs


@dataclass(frozen=True, slots=True)
class Prepared:
    """The market that a run works on; `event_ms` are the events that count, None without a calendar."""

    market: Market
    event_ms: Ints | None
    features: FeatureMatrix
    x: Inputs  # the features as the models take them, (n_bars, features) float32; NaN before the warm-up is over
    windows: Windows
    finer: FinerBars  # none unless execution.intrabar=finer_bars
    days_per_year: int  # by which daily figures are annualised

    @property
    def bars(self) -> Bars:
        return self.market.bars


def prepare(config: Config) -> Prepared:
    """Open the market's snapshot, compute the features, cut the windows."""
    market = open_market(config.data, config.news, Path(config.paths.data))
    event_ms = None
    if market.calendar is not None:
        event_ms = market.calendar.select(config.news.currencies, config.news.min_impact)
    settings = FeatureSettings(config.news.near_minutes, config.news.risk_window_minutes)
    features = build_features(market.bars, event_ms, config.features.names, settings)
    if features.warmup_bars >= len(market.bars):
        raise DataError(
            f"the features need {features.warmup_bars} bars of warm-up, found {len(market.bars)} bars; give more bars"
        )
    x = np.ascontiguousarray(features.values, dtype=np.float32)
    windows = cut_windows(market.bars.time_ms, config.windows)
    days = config.data.days_per_year or days_per_year(market.bars.time_ms)
    return Prepared(market, event_ms, features, x, windows, finer_bars(config, market.bars), days)


def underlying(config: Config) -> str:
    """What the looks ledger counts by: the market, whatever source, broker or timeframe; a generated one is its own."""
    if config.data.source in GENERATED_SOURCES:
        return f"{config.data.source} market, seed {config.data.seed}"
    return underlying_of(config.data.symbol)
