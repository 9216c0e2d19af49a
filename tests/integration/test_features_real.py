"""Features on real bars: paths, future, cold start, redundancy, news."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from novosky.features.build import FeatureMatrix, build_features
from novosky.features.registry import all_features
from novosky.market.bars import Bars, Ints
from support.feature_bars import SETTINGS, read_real_bars, read_real_events, streamed

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
CORE = list(yaml.safe_load((ROOT / "conf/features/core59.yaml").read_text(encoding="utf-8"))["names"])
NO_NEWS = list(yaml.safe_load((ROOT / "conf/features/core59_no_news.yaml").read_text(encoding="utf-8"))["names"])

Case = tuple[Bars, Ints | None, list[str]]


@pytest.fixture(scope="module", params=["btcusd_m15_perp", "btcusd_m15_spot_2020h1", "btcusd_m15_mt5"])
def case(request: pytest.FixtureRequest, real_data: Path) -> Case:
    """Bars, event times and the list that fits: only the bars of 2020 overlap the calendar."""
    bars = read_real_bars(real_data, request.param)
    return (bars, read_real_events(real_data), CORE) if "2020" in request.param else (bars, None, NO_NEWS)


def test_stream_equals_batch_over_5000_bars(case: Case) -> None:
    bars, events, names = case
    part = bars.slice(1000, 6000)
    assert streamed(part, events, names).tobytes() == build_features(part, events, names, SETTINGS).values.tobytes()


def test_noise_after_each_of_300_points_changes_nothing_before(case: Case) -> None:
    bars, events, names = case
    part = bars.slice(2000, 6000)
    plain = build_features(part, events, names, SETTINGS).values
    rng = np.random.Generator(np.random.PCG64(1))
    arrays = ("open", "high", "low", "close", "tick_volume", "spread_points")
    for cut in rng.choice(np.arange(1, 4000), 300, replace=False):
        copies = {name: getattr(part, name).copy() for name in arrays}
        for values in copies.values():
            values[cut:] = rng.uniform(1.0, 1e5, len(values) - cut)
        noisy = build_features(replace(part, **copies), events, names, SETTINGS).values
        assert noisy[:cut].tobytes() == plain[:cut].tobytes(), cut


def test_a_cold_start_is_within_each_features_tolerance(case: Case) -> None:
    bars, events, names = case
    full = build_features(bars, events, names, SETTINGS).values
    features = [all_features()[name] for name in names]
    for start in range(700, len(bars) - 3000, 2531):
        cold = build_features(bars.slice(start, start + 3000), events, names, SETTINGS).values
        for k, feature in enumerate(features):
            first = feature.warmup(bars.timeframe_ms)
            off = np.abs(cold[first:, k] - full[start + first : start + 3000, k]).max()
            assert off <= feature.tolerance, f"{feature.name} from {start}: off by {off}"


@cache
def matrix(folder: Path, name: str) -> FeatureMatrix:
    events = read_real_events(folder) if "2020" in name else None
    return build_features(read_real_bars(folder, name), events, CORE if "2020" in name else NO_NEWS, SETTINGS)


@pytest.mark.parametrize("name", ["btcusd_m15_perp", "btcusd_m15_spot_2020h1", "btcusd_m15_mt5"])
def test_no_feature_is_constant_infinite_or_there_twice(name: str, real_data: Path) -> None:
    features = matrix(real_data, name)
    rows = features.values[features.warmup_bars :]
    assert np.isfinite(rows).all()
    assert features.constant_names(features.warmup_bars, len(features.values)) == ()
    alike = np.abs(np.corrcoef(rows.T)) - np.eye(len(features.names))
    assert alike.max() < 0.999
    first, second = np.unravel_index(alike.argmax(), alike.shape)
    assert {features.names[first], features.names[second]} == {"price_vs_ema20", "rsi_14"}


def test_news_features_vary_in_2020(real_data: Path) -> None:
    features = matrix(real_data, "btcusd_m15_spot_2020h1")
    rows = features.values[features.warmup_bars :]
    counts = {name: len(np.unique(rows[:, CORE.index(name)])) for name in CORE if "news" in name}
    assert counts["is_news_near"] == counts["is_news_risk_window"] == 2
    assert counts["news_count_today"] == 7
    assert counts["news_minutes_away"] > 500
    near = rows[:, CORE.index("is_news_near")].sum()
    risk = rows[:, CORE.index("is_news_risk_window")].sum()
    assert 0 < risk < near < 0.1 * len(rows)
