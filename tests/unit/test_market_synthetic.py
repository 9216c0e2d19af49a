"""Generated markets: what is in them, and that nothing else is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from novosky.errors import ConfigError, DataError
from novosky.market.bars import Bars, Floats
from novosky.market.indicators import atr, ema
from novosky.market.planted import drift_strength, oracle_returns, planted_weight, session_weight
from novosky.market.synthetic import Generated, generate
from novosky.market.timeframes import timeframe_minutes
from novosky.market.volatility import clock_factor
from support.market_files import generated, same_bars

MANY = 300_000  # about eight and a half years of M15
YEARS = MANY / 35_040


@pytest.fixture(scope="module")
def walk() -> Generated:
    return generate(generated("random_walk", bars=MANY))


@pytest.fixture(scope="module")
def planted() -> Generated:
    return generate(generated("planted", bars=MANY, oracle_sharpe=8.0))


@pytest.fixture(scope="module")
def textured() -> Generated:
    return generate(generated("synthetic", bars=MANY))


def t_value(sample: Floats) -> float:
    return float(np.mean(sample) / np.std(sample) * math.sqrt(len(sample)))


def relative_change(bars: Bars, ahead: int) -> Floats:
    """Price change over the next `ahead` bars, as a share of the price, without overlap."""
    return np.asarray(bars.open[ahead::ahead] / bars.open[:-ahead:ahead] - 1.0)


@pytest.mark.parametrize("ahead", [1, 16, 96])
def test_random_walk_has_no_mean_change(walk: Generated, ahead: int) -> None:
    # Weighted by the volatility that is known at the time, so that a few wild bars do not drown the rest.
    sigma = walk.sigma[:-ahead:ahead]
    assert abs(t_value(relative_change(walk.bars, ahead) / sigma)) < 3.5
    assert not walk.drift.any()
    assert not any(value for name, value in walk.facts().items() if name.startswith("oracle"))


def test_random_walk_has_no_memory_of_direction(walk: Generated) -> None:
    change = relative_change(walk.bars, 1) / walk.sigma[:-1]
    trend = np.sign(walk.bars.close - ema(walk.bars.close, 50))[60:-1]
    for lag in (1, 2, 4, 96):
        assert abs(t_value(change[lag:] * change[:-lag])) < 3.5
    assert abs(t_value(change[61:] * trend[:-1])) < 3.5


def bracket_results(bars: Bars, stop_atr: float, target_atr: float, side: int, pessimistic: bool) -> Floats:
    """Profit in ATR of entries every 40 bars at the open, each held to its stop or target, no costs."""
    size = atr(bars.high, bars.low, bars.close, 14).tolist()
    opens, highs, lows = bars.open.tolist(), bars.high.tolist(), bars.low.tolist()
    results = []
    for entry in range(20, len(bars) - 2000, 40):
        stop = opens[entry] - side * stop_atr * size[entry - 1]
        target = opens[entry] + side * target_atr * size[entry - 1]
        for i in range(entry, len(bars)):
            worst, best = (lows[i], highs[i]) if side > 0 else (highs[i], lows[i])
            stopped, hit = side * (worst - stop) <= 0, side * (best - target) >= 0
            if stopped or hit:
                results.append(-stop_atr if stopped and (pessimistic or not hit) else target_atr)
                break
    return np.array(results)


@pytest.mark.parametrize(("stop_atr", "target_atr"), [(1.5, 1.5), (0.75, 4.0), (4.0, 0.75)])
@pytest.mark.parametrize("side", [1, -1])
def test_no_bracket_earns_on_the_random_walk(walk: Generated, stop_atr: float, target_atr: float, side: int) -> None:
    worst = bracket_results(walk.bars, stop_atr, target_atr, side, pessimistic=True)
    best = bracket_results(walk.bars, stop_atr, target_atr, side, pessimistic=False)
    assert len(worst) > 7000
    assert t_value(worst) < 3.5
    assert t_value(best) > -3.5
    assert np.mean(best) - np.mean(worst) < 0.05


def test_high_and_low_are_those_of_a_continuous_path(walk: Generated) -> None:
    # E[high - open] = E[open - low] = sigma * sqrt(2 / pi) for a driftless Brownian motion over a bar.
    bars = walk.bars
    for reach in (np.log(bars.high / bars.open), -np.log(bars.low / bars.open)):
        assert np.mean(reach / walk.sigma) == pytest.approx(math.sqrt(2 / math.pi), rel=0.01)


def test_volatility_clusters_and_has_fat_tails(walk: Generated) -> None:
    change = np.diff(np.log(walk.bars.close))
    kurtosis = np.mean((change - change.mean()) ** 4) / np.var(change) ** 2
    assert 6 < kurtosis < 25
    assert np.corrcoef(np.abs(change[1:]), np.abs(change[:-1]))[0, 1] > 0.1
    assert np.std(change) * math.sqrt(35_040) == pytest.approx(0.55, rel=0.15)
    assert np.corrcoef(np.log(walk.bars.tick_volume), np.log(walk.sigma))[0, 1] > 0.8


def test_opens_are_the_closes_before_and_prices_are_whole_points(walk: Generated) -> None:
    bars = walk.bars
    assert np.array_equal(bars.open[1:], bars.close[:-1])
    assert bars.open[0] == 80_000.0
    assert np.array_equal(np.round(bars.close, 2), bars.close)
    assert np.all(bars.low <= np.minimum(bars.open, bars.close))
    assert np.all(bars.high >= np.maximum(bars.open, bars.close))


def test_drift_is_known_from_bars_alone(planted: Generated) -> None:
    strength = drift_strength(8.0, 15)
    np.testing.assert_allclose(planted.drift, strength * planted.sigma * planted_weight(planted.bars), rtol=1e-12)


def test_weight_by_hand() -> None:
    bars = generate(generated("planted", bars=1000)).bars  # from Monday 2024-01-01, New York at UTC-5
    average = ema(bars.close, 200)
    for t in (211, 250, 411, 777, 900):
        hour, weekday = bars.time_ms[t] // 3_600_000 % 24, (bars.time_ms[t] // 86_400_000 + 3) % 7
        weight = 1.0 if weekday < 5 and 13 <= hour < 22 else -45 / 123
        above = 1 if bars.close[t - 1] > average[t - 1] else -1
        assert planted_weight(bars)[t] == pytest.approx(weight * above)
    assert not planted_weight(bars)[:200].any()


def test_neither_session_nor_trend_predicts_alone_but_both_do(planted: Generated) -> None:
    bars = planted.bars
    change = (np.log(bars.close / bars.open) / planted.sigma)[210:]
    trend = np.sign(bars.close - ema(bars.close, 200))[209:-1]
    weight = session_weight(bars.time_ms, 15)[210:]
    assert abs(weight[: 672 * 50].mean()) < 1e-12
    assert abs(t_value(change * trend)) < 3.5
    assert abs(t_value(change * weight)) < 3.5
    for hour in range(24):
        assert abs(t_value(change[bars.time_ms[210:] // 3_600_000 % 24 == hour])) < 4
    # 0.0707 sigma a bar while New York is open, 80,000 bars: a t value of 20.
    assert t_value((change * trend)[weight > 0]) > 15
    assert t_value((change * trend)[weight < 0]) < -8


def test_sixteen_bars_carry_the_edge_but_not_the_marginals(planted: Generated) -> None:
    bars, ahead = planted.bars, 16
    begin = np.arange(210, len(bars) - ahead, ahead)
    change = np.log(bars.open[begin + ahead] / bars.open[begin]) / planted.sigma[begin]
    trend = np.sign(bars.close - ema(bars.close, 200))[begin - 1]
    weight = session_weight(bars.time_ms, 15)[begin]
    assert abs(t_value(change * trend)) < 3.5
    assert abs(t_value(change * weight)) < 3.5
    assert t_value(change * trend * weight) > 4


@pytest.mark.parametrize("oracle_sharpe", [3.0, 8.0])
def test_oracle_earns_its_sharpe_ratio(oracle_sharpe: float) -> None:
    made = generate(generated("planted", bars=MANY, oracle_sharpe=oracle_sharpe, seed=11))
    facts = made.facts()
    assert facts["oracle_sharpe_expected"] == pytest.approx(oracle_sharpe, rel=0.002)
    assert abs(facts["oracle_sharpe_realised"] - oracle_sharpe) < 3.5 / math.sqrt(YEARS)
    assert facts["share_of_bars_with_drift"] == pytest.approx(1.0, abs=0.001)
    profit = oracle_returns(np.log(made.bars.close / made.bars.open), made.sigma, made.drift)
    assert facts["oracle_sharpe_realised"] == np.mean(profit) / np.std(profit) * math.sqrt(35_040)


@pytest.mark.parametrize("minutes", [1, 15, 60])
def test_drift_strength(minutes: int) -> None:
    share = 45 / 168  # nine hours on five days
    mean_square = share + (1 - share) * (share / (1 - share)) ** 2
    assert drift_strength(5.0, minutes) == pytest.approx(5.0 / math.sqrt(mean_square * 525_600 / minutes))
    assert drift_strength(0.0, minutes) == 0.0


def test_synthetic_market_has_a_daily_pattern_events_and_a_spread_that_breathes(textured: Generated) -> None:
    bars = textured.bars
    hour = bars.time_ms // 3_600_000 % 24
    assert np.median(textured.sigma[hour == 14]) > 1.5 * np.median(textured.sigma[hour == 4])
    events = np.searchsorted(bars.time_ms, textured.calendar.select(["USD"], "high"))
    events = events[(events > 8) & (events < len(bars) - 8)]
    sigma = textured.sigma / clock_factor(bars.time_ms)
    usual = np.median(sigma[events - 4])
    assert np.median(sigma[events]) == pytest.approx(usual * math.exp(1.2), rel=0.2)
    assert np.median(sigma[events + 2]) == pytest.approx(usual * math.exp(0.6), rel=0.2)
    spread = bars.spread_points * 0.01 / bars.open
    assert np.median(spread[events]) > 1.3 * np.median(spread[events - 4])
    assert 0.00018 < np.median(spread) < 0.00026
    assert abs(t_value(np.diff(np.log(bars.close))[60:] / textured.sigma[61:])) < 3.5


@pytest.mark.parametrize("timeframe", ["M1", "M5", "M30", "H1", "H4"])
def test_any_timeframe_has_the_same_annual_volatility(timeframe: str) -> None:
    minutes = timeframe_minutes(timeframe)
    made = generate(generated("random_walk", timeframe=timeframe, bars=max(20_000, 400_000 // minutes)))
    assert np.all(np.diff(made.bars.time_ms) == minutes * 60_000)
    annual = np.sqrt(np.mean(made.sigma**2) * 525_600 / minutes)
    assert annual == pytest.approx(0.55, rel=0.25)


def test_same_seed_same_bars_and_a_longer_market_begins_like_a_shorter_one() -> None:
    long = generate(generated(bars=70_000))
    short = generate(generated(bars=66_000))
    assert same_bars(generate(generated(bars=66_000)).bars, short.bars)
    assert np.array_equal(long.sigma[:66_000], short.sigma)
    assert np.array_equal(long.bars.close[:66_000], short.bars.close)
    assert not np.array_equal(generate(generated(bars=2000, seed=4)).bars.close, short.bars.close[:2000])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bars": None}, r"data=synthetic is generated and needs data.bars"),
        ({"bars": None, "oracle_sharpe": None}, r"needs data.bars, data.oracle_sharpe"),
        ({"start": "January"}, r"data.start=January: expected an ISO date"),
        ({"start": "2024-01-01T00:07"}, r"data.start=2024-01-01T00:07 is not the open of a M15 bar"),
        ({"timeframe": "D1"}, r"data.oracle_sharpe=3 needs bars within the day"),
    ],
)
def test_settings_that_make_no_market_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        generate(generated(**changes))


def test_a_market_that_runs_down_to_nothing_is_refused() -> None:
    with pytest.raises(DataError, match=r"the generated market ran down to .* fewer data.bars, another data.seed"):
        generate(generated("random_walk", timeframe="D1", bars=20_000, point=10.0))
