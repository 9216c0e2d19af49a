"""From configuration and bars to the core: each setting to its rule, what bars pay, and nothing from a later bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from novosky.backtest.decisions import decide_bars
from novosky.backtest.inputs import bar_arrays, finer_bars, rules_of
from novosky.config.schema import Config
from novosky.errors import DataError
from novosky.execution.codes import FINER_BARS, OPENED, VERDICT_NAMES
from novosky.execution.series import BarArrays
from novosky.execution.terms import Rules
from novosky.market.bars import Bars
from novosky.market.finer import covered
from novosky.market.trading_days import in_week_end, swap_nights
from novosky.models.decision.vote import Votes
from support.market_files import write_parquet

Compose = Callable[..., Config]

RULES: list[tuple[str, str, object]] = [
    ("execution.max_hold_bars=9", "max_hold_bars", 9),
    ("profile.risk_pct=2", "risk_pct", 2.0),
    ("execution.intrabar=optimistic", "reading", 1),
    ("account.position_mode=netting", "netting", True),
    ("execution.max_positions=3", "max_positions", 3),
    ("execution.on_opposite=close", "on_opposite", 1),
    ("execution.on_opposite=reverse", "on_opposite", 2),
    ("execution.max_risk_per_trade_pct=4", "max_risk_per_trade_pct", 4.0),
    ("execution.stop_cap=cap", "cap_stops", True),
    ("execution.breakeven_r=1", "breakeven_r", 1.0),
    ("execution.trail_atr=2", "trail_atr", 2.0),
    ("execution.partial_r=1", "partial_r", 1.0),
    ("execution.equity_filter_drawdown_r=3", "equity_filter_drawdown_r", 3.0),
    ("execution.max_consecutive_losses=4", "max_consecutive_losses", 4),
    ("profile.daily_loss_pct=4", "daily_loss_pct", 4.0),
    ("profile.weekly_loss_pct=9", "weekly_loss_pct", 9.0),
    ("profile.total_loss_pct=25", "total_loss_pct", 25.0),
    ("profile.loss_base=balance", "limits_on_balance", True),
    ("profile.loss_pct_of=start_balance", "limits_of_start", True),
]
PAIRS = {
    "partial_fraction": ("execution.partial_r=1", "execution.partial_fraction=0.25"),
    "equity_filter_trades": ("execution.equity_filter_drawdown_r=3", "execution.equity_filter_trades=5"),
    "losses_reset_weekly": ("execution.max_consecutive_losses=4", "execution.consecutive_losses_reset=week"),
    "max_adds": ("execution.max_adds=2", "execution.max_positions=3"),
    "breakeven_offset": ("execution.breakeven_r=1", "execution.breakeven_offset=0.5"),
    "trail_start_r": ("execution.trail_atr=2", "execution.trail_start_r=1"),
}


def rules(config: Config) -> Rules:
    return rules_of(config.execution, config.profile, config.account)


@pytest.mark.parametrize(("override", "field", "value"), RULES)
def test_a_setting_reaches_its_rule_alone(compose: Compose, override: str, field: str, value: object) -> None:
    base = rules(compose())
    assert getattr(base, field) != value
    assert rules(compose(override)) == base._replace(**{field: value})


def test_every_rule_has_its_setting(compose: Compose) -> None:
    base = rules(compose())
    for field, overrides in PAIRS.items():
        assert getattr(rules(compose(*overrides)), field) != getattr(base, field)
    assert {field for _, field, _ in RULES} | set(PAIRS) == set(Rules._fields)


def market(n_bars: int = 1200, start: str = "2024-03-01", minutes: int = 15) -> Bars:
    """A random market with spreads of 0 to 30.00 in points of 0.01."""
    random = np.random.Generator(np.random.PCG64(5))
    close = 50_000 + np.cumsum(random.normal(0, 50, n_bars)).round(2)
    open_ = np.concatenate(([50_000.0], close[:-1]))
    high = np.maximum(open_, close) + random.integers(0, 9000, n_bars) / 100
    low = np.minimum(open_, close) - random.integers(0, 9000, n_bars) / 100
    first = int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp() * 1000)
    time_ms = first + np.arange(n_bars, dtype=np.int64) * minutes * 60_000
    spread = random.integers(0, 3000, n_bars).astype(np.float64)
    volume = np.ones(n_bars)
    return Bars("BTCUSD", minutes, 0.01, time_ms, open_, high, low, close, volume, spread, volume)


PAYING = [
    ("execution.spread_mode=bars",),
    ("execution.spread_mode=fixed",),
    ("execution.spread_mode=session_volatility",),
    ("execution.slippage=volatility", "execution.slippage_atr=0.1"),
    ("execution.slippage=random", "execution.slippage_price=2"),
    ("broker=ic_markets", "execution.week_end_flat_minutes=60"),
]


@pytest.mark.parametrize("overrides", PAYING, ids=" ".join)
def test_another_future_changes_nothing_before_it(compose: Compose, overrides: tuple[str, ...]) -> None:
    bars, config, cut = market(), compose(*overrides), 700
    future = {
        name: np.concatenate((getattr(bars, name)[:cut], getattr(bars, name)[cut:] * 3.0))
        for name in ("open", "high", "low", "close", "spread_points")
    }
    as_it_was, otherwise = bar_arrays(bars, config), bar_arrays(replace(bars, **future), config)
    for name in BarArrays._fields:
        assert np.array_equal(getattr(as_it_was, name)[:cut], getattr(otherwise, name)[:cut], equal_nan=True), name
    cut_short = bar_arrays(bars.slice(0, cut), config)
    for name in BarArrays._fields:
        assert np.array_equal(getattr(as_it_was, name)[:cut], getattr(cut_short, name), equal_nan=True), name


@pytest.mark.parametrize("overrides", [PAYING[2], PAYING[3]], ids=" ".join)
def test_what_a_bar_pays_by_volatility_does_not_look_inside_it(compose: Compose, overrides: tuple[str, ...]) -> None:
    bars, config, last = market(), compose(*overrides), 1199
    wild = replace(bars, high=np.concatenate((bars.high[:last], bars.high[last:] + 5000.0)))
    for name in ("spread", "slippage"):
        assert np.array_equal(getattr(bar_arrays(bars, config), name), getattr(bar_arrays(wild, config), name))


def test_spread_modes(compose: Compose) -> None:
    bars = market()
    points = bars.spread_points * 0.01
    before = np.concatenate(([0.0], points[:-1]))
    own = bar_arrays(bars, compose("execution.spread_factor=2")).spread
    assert own == pytest.approx(2 * np.maximum(np.maximum(points, before), 15.0))
    fixed = bar_arrays(bars, compose("execution.spread_mode=fixed", "execution.spread_factor=2")).spread
    assert set(fixed) == {30.0}


def test_spread_by_session_and_volatility(compose: Compose) -> None:
    """A Friday: 03:00 UTC is Tokyo's afternoon, 09:00 London's morning, 14:00 London and New York, 22:00 nobody's."""
    overrides = ("execution.spread_mode=session_volatility", "execution.spread_session_factors=[1.2,1.0,1.1,1.5]")
    bars = market()
    calm = bar_arrays(bars, compose(*overrides, "execution.spread_volatility_power=0")).spread
    assert [calm[4 * hour] for hour in (3, 9, 14, 22)] == pytest.approx([18.0, 15.0, 16.5, 22.5])

    arrays = bar_arrays(bars, compose(*overrides, "execution.spread_volatility_power=1"))
    assert np.array_equal(arrays.spread[:513], calm[:513])  # the first ATR is bar 14's, its average bar 513's
    widened = []
    for i in range(514, len(bars)):
        usual = float(np.mean(arrays.atr[14:514]))
        for j in range(514, i):
            usual += (arrays.atr[j] - usual) * 2 / 501
        widened.append(calm[i] * max(1.0, arrays.atr[i - 1] / usual))
    assert arrays.spread[514:] == pytest.approx(widened)
    assert np.any(arrays.spread > calm)
    assert np.any(arrays.spread[514:] == calm[514:])


def test_slippage_modes(compose: Compose) -> None:
    bars = market()
    assert not np.any(bar_arrays(bars, compose()).slippage)
    fixed = bar_arrays(bars, compose("execution.slippage=fixed", "execution.slippage_price=2")).slippage
    assert set(fixed) == {2.0}
    by_atr = bar_arrays(bars, compose("execution.slippage=volatility", "execution.slippage_atr=0.1"))
    assert not np.any(by_atr.slippage[:15])
    assert by_atr.slippage[15:] == pytest.approx(0.1 * by_atr.atr[14:-1])
    drawn = ("execution.slippage=random", "execution.slippage_price=2")
    random = bar_arrays(bars, compose(*drawn)).slippage
    assert random.mean() == pytest.approx(2.0, rel=0.15)
    assert not np.array_equal(random, bar_arrays(bars, compose(*drawn, "execution.slippage_seed=8")).slippage)


def test_the_brokers_clock_tells_nights_and_week_ends(compose: Compose) -> None:
    bars = market()
    flat = ("execution.week_end_flat_minutes=60",)
    for overrides, clock, triple_day in (
        (("broker=ic_markets",), "new_york_plus_7", "friday"),
        (("broker=ic_markets", "broker.clock=eet", "broker.swap_triple_day=none"), "eet", "none"),
    ):
        arrays = bar_arrays(bars, compose(*overrides, *flat))
        assert np.array_equal(arrays.nights, swap_nights(bars.time_ms, clock, triple_day))
        assert np.array_equal(arrays.flat, in_week_end(bars.time_ms, clock, 60))
        assert arrays.nights.dtype == np.int8
        assert np.any(arrays.nights > 0)
        assert np.any(arrays.flat)


def test_neither_is_there_unless_asked_for(compose: Compose) -> None:
    for overrides in (("broker=ic_markets", "execution.swap=false"), ("broker=generic",)):
        arrays = bar_arrays(market(), compose(*overrides))
        assert arrays.nights.dtype == np.int8
        assert not np.any(arrays.nights)
        assert not np.any(arrays.flat)


def test_the_week_ends_gate_looks_at_the_close(compose: Compose) -> None:
    bars, config = market(4 * 96), compose("execution.week_end_flat_minutes=60")
    arrays, n = bar_arrays(bars, config), 4 * 96
    votes = Votes(np.ones(n, np.int8), np.ones(n), np.ones(n), np.full(n, OPENED, np.int16))
    brackets = np.ones((n, 2))
    for execution, expected in ((config.execution, arrays.flat), (compose().execution, np.zeros(n, np.bool_))):
        verdict = decide_bars(bars, arrays, None, votes, brackets, execution, config.broker.clock).verdict
        assert set(np.unique(verdict)) <= {OPENED, VERDICT_NAMES.index("week_end")}
        assert np.array_equal(verdict[:-1] != OPENED, expected[1:])


def minutes_inside(bars: Bars, minutes: int = 5) -> Bars:
    """Three bars in each of `bars`: open to high, high to low, low to close."""
    path = np.stack((bars.open, bars.high, bars.low, bars.close), axis=1)
    open_, close = path[:, :3].ravel(), path[:, 1:].ravel()
    time_ms = (bars.time_ms[:, None] + np.arange(3) * minutes * 60_000).ravel()
    ones = np.ones(len(open_))
    return Bars(
        "BTCUSD", minutes, 0.01, time_ms, open_, np.maximum(open_, close), np.minimum(open_, close), close, ones, ones,
        ones,
    )  # fmt: skip


def test_finer_bars_come_from_their_file(compose: Compose, tmp_path: Path) -> None:
    bars, file = market(96), tmp_path / "m5.parquet"
    write_parquet(minutes_inside(bars), file)
    base = ("data=parquet", "data.path=m15.parquet", f"data.finer_path={file}", "execution.intrabar=finer_bars")
    config = compose(*base, "data.finer_timeframe=M5")
    assert rules(config).reading == FINER_BARS
    found = finer_bars(config, bars)
    assert found.first.tolist() == list(range(0, 3 * 96 + 1, 3))
    assert np.array_equal(found.open[::3], bars.open)
    nothing = finer_bars(compose(), bars)
    assert (len(nothing.open), int(covered(nothing).sum()), len(nothing.first)) == (0, 0, 97)
    with pytest.raises(DataError) as refusal:
        finer_bars(compose(*base), bars)
    assert str(refusal.value) == (
        "data.finer_path: m5.parquet: expected bars of M1, found M5: set data.finer_timeframe=M5"
    )
    with pytest.raises(DataError, match=r"data\.finer_path=.*none\.parquet: expected a readable file"):
        finer_bars(compose(*base[:2], f"data.finer_path={tmp_path / 'none.parquet'}", base[3]), bars)
