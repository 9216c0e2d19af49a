"""Keys that contradict each other, and the exact line that answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError

Compose = Callable[..., Config]
NEWS_NAMES = "is_news_near, news_minutes_away, news_count_today, is_news_risk_window"
DATES = ("windows=dates", "windows.sweep_start=2025-01-01", "windows.gate_start=2025-04-01")

TABLE: list[tuple[tuple[str, ...], str]] = [
    (("data=parquet",), "data.path: required with data.source=parquet, but not given; add data.path=<file>"),
    (
        ("data.path=bars.parquet",),
        "data.path=bars.parquet: only a file source has one, and data.source is synthetic; "
        "choose data=parquet, data=csv or data=mt5_export",
    ),
    (
        ("data=csv", "data.path=x.csv", "data.seed=3"),
        "data.seed=3: only a generated market has it, and data.source is csv; leave it away, or choose data=synthetic",
    ),
    (
        ("data.bars=null",),
        "data.bars: required with data.source=synthetic, but not given; add data.bars=...",
    ),
    (
        ("data=random_walk", "data.oracle_sharpe=3"),
        "data.oracle_sharpe=3.0: a random walk has no edge; choose data=planted",
    ),
    (("data.start=yesterday",), "data.start=yesterday: expected an ISO date such as 2024-01-31"),
    (("news=csv",), "news.path: required with news.source=csv, but not given; add news.path=<file>"),
    (
        ("news.path=events.csv",),
        "news.path=events.csv: only news=csv has one, and news.source is synthetic; add news=csv",
    ),
    (
        ("data=planted", "news=synthetic"),
        "news.source=synthetic: that calendar is made with data=synthetic, and data.source is planted; "
        "choose news=none, or news=csv with news.path=<file>",
    ),
    (
        ("news.currencies=[]",),
        "news.currencies=[]: expected at least one currency, such as [USD]; or choose news=none",
    ),
    (
        ("news=none", "features=core59"),
        f"features=core59: {NEWS_NAMES} need a calendar, and news.source is none; "
        "choose features=core59_no_news, or news=csv with news.path=<file>",
    ),
    (
        ("news=none", "execution.news_block_minutes=30"),
        "execution.news_block_minutes=30: needs a calendar, and news.source is none; "
        "set it to 0, or choose news=csv with news.path=<file>",
    ),
    (("features.names=[]",), "features.names=[]: expected at least one feature; choose features=core59"),
    (("features.names=[a,b,a]",), "features.names: each feature once, but found twice: a"),
    (("windows.train=0.5",), "windows: train + sweep + gate + holdout must be 1, found 0.9"),
    (
        ("windows.sweep_start=2025-01-01",),
        "windows.sweep_start=2025-01-01: dates cut time only with windows=dates; add it",
    ),
    (
        DATES,
        "windows.holdout_start: required with windows=dates, but not given; add windows.holdout_start=YYYY-MM-DD",
    ),
    (
        (*DATES, "windows.holdout_start=2025-03-01"),
        "windows: the cuts must follow each other in time, "
        "found sweep_start=2025-01-01, gate_start=2025-04-01, holdout_start=2025-03-01",
    ),
    (
        (*DATES, "windows.holdout_start=2025-13-01"),
        "windows.holdout_start=2025-13-01: expected an ISO date such as 2024-01-31",
    ),
    (
        ("labels.horizon_bars=32", "windows.purge_bars=16"),
        "labels.horizon_bars=32: may not outlive windows.purge_bars=16, else it would reach over a cut; "
        "set it lower, or set windows.purge_bars=32 and train again",
    ),
    (
        ("execution.max_hold_bars=17",),
        "execution.max_hold_bars=17: may not outlive windows.purge_bars=16, else it would reach over a cut; "
        "set it lower, or set windows.purge_bars=17 and train again",
    ),
    (
        tuple(f"stage.signal.{voter}.enabled=false" for voter in ("forest", "xgboost", "lightgbm")),
        "stage.signal: at least one voter must be enabled; set stage.signal.lightgbm.enabled=true",
    ),
    (
        ("account.currency=USC",),
        "account.cent=false: does not fit account.currency=USC; choose account=cent (USC) or account=default (USD)",
    ),
    (
        ("account.currency=EUR",),
        "account.currency=EUR: broker generic states its money in USD, whose worth is not known; "
        "add account.conversion_rate=<EUR per USD>",
    ),
    (
        ("broker=ftmo", "account=cent", "account.conversion_rate=90"),
        "account.conversion_rate=90: one USD is 100 USC; leave it away",
    ),
    (
        ("account.conversion_rate=0.9",),
        "account.conversion_rate=0.9: one USD is 1 USD; leave it away",
    ),
    (
        ("profile=1", "account.balance=499"),
        "account.balance=499 USD: profile steady_income needs at least 500 USD; "
        "raise the balance or choose a bolder profile",
    ),
    (
        ("profile=1", "broker=exness", "account.balance=49999"),
        "account.balance=49999 USC: profile steady_income needs at least 50000 USC; "
        "raise the balance or choose a bolder profile",
    ),
    (
        ("profile.risk_pct=3.0",),
        "profile.risk_pct=3: outside profile balanced's 1 .. 2.5; choose a profile that allows it",
    ),
    (
        ("profile.sl_atr_bounds=[2,1]",),
        "profile.sl_atr_bounds=[2.0, 1.0]: expected [low, high] with 0 < low <= high",
    ),
    (
        ("profile.tp_atr_bounds=[2]",),
        "profile.tp_atr_bounds=[2.0]: expected [low, high] with 0 < low <= high",
    ),
    (
        ("profile.confidence_quantile_bounds=[0.5,1.0]",),
        "profile.confidence_quantile_bounds=[0.5, 1.0]: expected high < 1",
    ),
    (
        ("profile.daily_loss_pct=13",),
        "profile: daily_loss_pct <= weekly_loss_pct <= total_loss_pct expected, found 13, 12, 30",
    ),
]


@pytest.mark.parametrize(("overrides", "line"), TABLE, ids=[" ".join(overrides) for overrides, _ in TABLE])
def test_contradiction_says(compose: Compose, overrides: tuple[str, ...], line: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        compose(*overrides)
    assert str(refusal.value) == line


@pytest.mark.parametrize(
    "overrides",
    [
        ("data=parquet", "data.path=x", "data.symbol=BTCUSDT"),
        ("broker=exness",),
        ("account.balance=500", "profile=1"),
        ("labels.horizon_bars=32",),
        (*DATES, "windows.holdout_start=2025-07-01"),
        ("account.currency=EUR", "broker.currency=EUR"),
        ("account.currency=EUR", "account.conversion_rate=0.9"),
        ("broker=ftmo", "account=cent"),
        ("broker=ftmo", "account=cent", "account.conversion_rate=100"),
        ("broker=exness", "account=default"),
        ("news=none", "features.names=[rsi_14]"),
    ],
)
def test_near_misses_pass(compose: Compose, overrides: tuple[str, ...]) -> None:
    compose(*overrides)


def test_bracket_and_purge_follow_the_labels(compose: Compose) -> None:
    config = compose("labels.sl_atr=2.0", "labels.tp_atr=3.0", "labels.horizon_bars=24")
    assert (config.execution.sl_atr, config.execution.tp_atr) == (2.0, 3.0)
    assert config.execution.max_hold_bars == config.windows.purge_bars == 24


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["stage.sltp.stops_atr=[1.5]"], "expected at least two levels above 0, rising"),
        (["stage.sltp.targets_atr=[2.0,1.0]"], "expected at least two levels above 0, rising"),
        (["stage.sltp.stops_atr=[2.0,3.0]"], "expected a grid around the label's own 1.5 (labels.sl_atr)"),
        (["labels.tp_atr=5"], "expected a grid around the label's own 5 (labels.tp_atr)"),
        (["windows.blocks=9"], "windows.blocks=9: the enabled stages need 10 forward blocks"),
        (["windows.blocks=8", "stage.risk.enabled=false"], "the enabled stages need 9 forward blocks"),
    ],
)
def test_stages_that_cannot_learn_are_refused(compose: Compose, overrides: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        compose(*overrides)
    assert said in str(refusal.value)


def test_fewer_stages_need_fewer_blocks(compose: Compose) -> None:
    compose("windows.blocks=8", "stage.sltp.enabled=false", "stage.risk.enabled=false")
    compose("windows.blocks=8", "stage.position.enabled=false")


@pytest.mark.parametrize("other", ["window=gate", "models=elsewhere", "load_order=original", "windows=walk_forward"])
def test_a_loop_decides_on_gate_alone(compose: Compose, other: str) -> None:
    assert compose("mode=optimize").mode == "optimize"
    with pytest.raises(ConfigError, match="a loop "):
        compose("mode=optimize", other)
