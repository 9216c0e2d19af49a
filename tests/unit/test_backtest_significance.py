"""What a result says about luck: the account's days by hand, and the ledger behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from novosky.backtest.significance import Course, significance_block
from novosky.backtest.standing import ENOUGH_LOOKS, standing_block
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.evaluation.budget import alpha_of
from novosky.evaluation.looks import Look, record_look
from novosky.evaluation.sharpe_tests import deflated_sharpe, expected_best_sharpe, probabilistic_sharpe
from novosky.execution.records import TRADE_DTYPE

DAY_MS = 86_400_000
CONF = Path(__file__).resolve().parents[2] / "conf"


@pytest.fixture(scope="module")
def config() -> Config:
    return compose_config(CONF, ["mode=backtest", "score.bootstrap_samples=400"])


def course(r: np.ndarray, per_day: int = 2, balance: float = 1000.0) -> Course:
    """Four bars a day; `per_day` trades close in the first bars of each day, each at 1 % of the balance."""
    days = len(r) // per_day
    time_ms = np.arange(4 * days, dtype=np.int64) * (DAY_MS // 4)
    trades = np.zeros(len(r), TRADE_DTYPE)
    trades["r"], trades["risk_multiplier"] = r, 1.0
    trades["exit_bar"] = np.repeat(4 * np.arange(days), per_day)
    equity = balance * np.cumprod(1.0 + 0.01 * r)[per_day - 1 :: per_day]
    return Course(time_ms, np.repeat(equity, 4), balance, trades, time_ms[trades["exit_bar"]], 365)


def test_the_account_of_a_coin_with_an_edge(config: Config) -> None:
    won = np.random.Generator(np.random.PCG64(1)).random(600) < 0.55
    account = course(np.where(won, 1.0, -1.0))
    daily = account.daily_returns()
    assert len(daily) == 300
    assert account.exit_days().tolist() == np.repeat(np.arange(300), 2).tolist()
    found = significance_block(account, config)
    annual = daily.mean() / daily.std(ddof=1) * np.sqrt(365)
    low, high = found["sharpe_annual_interval"]
    assert low < annual < high
    shape = account.shape()
    assert shape is not None
    assert found["probabilistic_sharpe"] == pytest.approx(probabilistic_sharpe(shape))
    assert found["days"] == 300
    at_least, at_most = found["max_drawdown_pct_interval"]
    assert 0.0 < at_least < at_most < 100.0
    json.dumps(found, allow_nan=False)


def test_loss_limits_follow_the_profile(config: Config) -> None:
    """One loss of 1 R a day: at 3 % risk a daily limit of 2.5 % is reached on the first day, one of 3.5 % never."""
    account = course(np.full(40, -1.0), per_day=1)

    def reached(daily_pct: float, risk_pct: float) -> float:
        profile = replace(config.profile, daily_loss_pct=daily_pct, weekly_loss_pct=100.0, risk_pct=risk_pct)
        found = significance_block(account, replace(config, profile=profile))["loss_limits"]
        return float(found["daily_reached"])

    assert reached(2.5, 3.0) == 1.0
    assert reached(3.5, 3.0) == 0.0


def test_an_account_without_trades_has_no_figures(config: Config) -> None:
    found = significance_block(course(np.empty(0)), config)
    assert found == {
        "interval": 0.95,
        "days": 0,
        "sharpe_annual_interval": None,
        "max_drawdown_pct_interval": None,
        "probabilistic_sharpe": None,
        "min_track_record_days": None,
        "loss_limits": None,
    }


def test_a_losing_account_never_becomes_certain(config: Config) -> None:
    found = significance_block(course(np.tile([-1.0, 0.5, -0.9, 0.4], 50)), config)
    assert found["probabilistic_sharpe"] < 0.5
    assert found["min_track_record_days"] is None


def at_ledger(config: Config, ledger: Path) -> Config:
    return replace(config, paths=replace(config.paths, looks=str(ledger)))


def test_more_looks_ask_for_more(config: Config, tmp_path: Path) -> None:
    """Below five known ratios the days give the spread, from five on the looks do."""
    ledger = tmp_path / "looks.jsonl"
    here = at_ledger(config, ledger)
    account = course(np.random.Generator(np.random.PCG64(2)).normal(0.05, 1.0, 600))
    shape = account.shape()
    assert shape is not None
    look = Look("BTCUSD", "sweep", 0, 100, "c0", "m", "backtest", 1.0, shape.sharpe)
    record_look(ledger, look, 0)
    alone = standing_block(here, look, account)
    assert alone["looks"] == 1
    assert alone["deflated"]["probability"] == pytest.approx(probabilistic_sharpe(shape))
    assert alone["budget"] == {
        "try": 1,
        "alpha": pytest.approx(alpha_of(1, config.gate.alpha)),
        "spent": False,
        "fresh_after": "1970-01-01 00:00 UTC",
    }
    ratios = [shape.sharpe]
    for k in range(1, ENOUGH_LOOKS):
        before = standing_block(here, look, account)["deflated"]
        assert before["spread_from"] == "days"
        assert before["probability"] == pytest.approx(deflated_sharpe(shape, k, 1.0 / (shape.days - 1)))
        ratios.append(0.02 * k)
        record_look(ledger, look._replace(configuration=f"c{k}", sharpe=ratios[-1]), 0)
    after = standing_block(here, look, account)
    variance = float(np.var(ratios, ddof=1))
    assert after["deflated"]["spread_from"] == "looks"
    assert after["deflated"]["probability"] == pytest.approx(deflated_sharpe(shape, ENOUGH_LOOKS, variance))
    assert after["deflated"]["best_by_luck_sharpe_annual"] == pytest.approx(
        expected_best_sharpe(ENOUGH_LOOKS, variance) * np.sqrt(365)
    )
    assert after["budget"]["try"] == ENOUGH_LOOKS


def test_the_budget_of_bars_is_spent(config: Config, tmp_path: Path) -> None:
    ledger = tmp_path / "looks.jsonl"
    look = Look("BTCUSD", "sweep", 0, DAY_MS - 1, "c0", "m", "backtest", 1.0)
    for k in range(30):
        record_look(ledger, look._replace(configuration=f"c{k}"), 0)
    found = standing_block(at_ledger(config, ledger), look, course(np.empty(0)))
    assert found["deflated"] is None
    assert found["budget"]["spent"] is True
    assert found["budget"]["fresh_after"] == "1970-01-02 00:00 UTC"
