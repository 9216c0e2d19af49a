"""A made-up run to draw: a seeded random walk, traded by coin flips through the real core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.judge import Judged, Market, judge
from novosky.backtest.result import judged_block, skill_sentence
from novosky.config.compose import compose_config
from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.reliability import reliability
from novosky.evaluation.windows import Window, Windows, describe
from novosky.execution.codes import LOW_CONFIDENCE, NO_VOTE, OPENED
from novosky.execution.records import BarArrays, Contract, Rules, plain_intents
from novosky.market.bars import Bars, utc_text
from novosky.market.indicators import atr
from novosky.report.data import ReportData

CONF = Path(__file__).resolve().parents[2] / "conf"
CONTRACT = Contract(0.01, 0.01, 0.01, 100.0, 0.01, 6.0, 0.0)
RULES = Rules(32, 0.5, False, 0, 100.0, 100.0, 100.0, False)
BALANCE = 10_000.0
VOTERS = ("random_forest", "xgboost", "lightgbm")


def random_bars(n: int, seed: int = 3) -> Bars:
    """A random walk of `n` M15 bars around 40,000."""
    random = np.random.Generator(np.random.PCG64(seed))
    close = np.round(40_000.0 * np.exp(np.cumsum(random.normal(0.0, 0.0015, n))), 2)
    open_ = np.concatenate(([40_000.0], close[:-1]))
    reach = np.round(np.abs(random.normal(0.0, 30.0, (2, n))), 2)
    return Bars(
        symbol="BTCUSD",
        timeframe_minutes=15,
        point=0.01,
        time_ms=1_704_067_200_000 + 900_000 * np.arange(n, dtype=np.int64),
        open=open_,
        high=np.maximum(open_, close) + reach[0],
        low=np.minimum(open_, close) - reach[1],
        close=close,
        tick_volume=np.full(n, 100.0),
        spread_points=np.full(n, 800.0),
        real_volume=np.zeros(n),
    )


def sample(n: int = 8_000, trade_share: float = 0.06, seed: int = 3, edge: float = 0.0) -> ReportData:
    """A judged `sweep` window; `edge` is the chance that a coin flip looks one bar ahead."""
    bars = random_bars(n, seed)
    random = np.random.Generator(np.random.PCG64(seed + 1))
    side = random.choice(np.array([-1, 1], np.int8), n)
    ahead = np.sign(np.append(np.diff(bars.close, 8), np.ones(8))).astype(np.int8)
    side = np.where((random.random(n) < edge) & (ahead != 0), ahead, side)
    luck = random.random(n)
    verdict = np.where(luck < trade_share, OPENED, np.where(luck < 0.5, LOW_CONFIDENCE, NO_VOTE)).astype(np.int16)
    arrays = BarArrays(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        np.full(n, 8.0),
        atr(bars.high, bars.low, bars.close, 14),
        bars.time_ms // 86_400_000,
        bars.time_ms // (7 * 86_400_000),
    )
    intents = plain_intents(side, verdict, np.round(0.4 + 0.2 * random.random(n), 3), 1.5, 2.5)
    scoring = ScoreConfig(bootstrap_samples=200)
    windows = _windows(n)
    judged = judge(Market(bars.time_ms, arrays, 365), intents, CONTRACT, RULES, BALANCE, windows["sweep"], scoring, 7)
    return ReportData(
        result=_result(bars, windows, judged),
        bars=bars,
        window=windows["sweep"],
        trades=judged.simulation.trades,
        equity=judged.simulation.equity,
        start_balance=BALANCE,
        reliability=_reliability(random),
        price_bars=600,
        digits=2,
    )


def _windows(n: int) -> Windows:
    edges = [0, int(0.60 * n), int(0.75 * n), int(0.9 * n), n]
    return {
        name: Window(name, edges[k] + 24 * (k > 0), edges[k + 1] - 36 * (k < 3))
        for k, name in enumerate(("train", "sweep", "gate", "holdout"))
    }


def _reliability(random: np.random.Generator) -> dict[str, Any]:
    curves: dict[str, Any] = {}
    for voter in VOTERS:
        curves[voter] = {}
        for name, centre in (("SELL", 0.3), ("HOLD", 0.38), ("BUY", 0.32)):
            p = np.clip(random.normal(centre, 0.06, 3_000), 0.02, 0.95)
            curves[voter][name] = reliability(p, random.random(3_000) < 0.5 * p + 0.5 * centre)
    return curves


def _result(bars: Bars, windows: Windows, judged: Judged) -> dict[str, Any]:
    described = {row["name"]: row for row in describe(windows, bars.time_ms)}
    return {
        "schema_version": 1,
        "mode": "backtest",
        "summary": skill_sentence(judged, 0.95),
        "data": {
            "snapshot": "btcusd-m15-2f81c0",
            "source": "synthetic",
            "symbol": bars.symbol,
            "timeframe": "M15",
            "bars_hash": "9c1d" * 16,
            "bars": len(bars),
            "from": utc_text(int(bars.time_ms[0])),
            "to": utc_text(int(bars.time_ms[-1])),
        },
        "window": {**described["sweep"], "days": described["sweep"]["bars"] / 96.0},
        "windows": list(described.values()),
        "judged": judged_block(judged, compose_config(CONF, ["mode=backtest", f"account.balance={BALANCE}"])),
        "models": {
            "signal": {
                "manifest_hash": "ab12" * 16,
                "train_end": described["train"]["to"],
                "no_skill_found": True,
                "voters": [
                    {
                        "name": name,
                        "kept": False,
                        "log_loss": 1.0731 + 0.004 * k,
                        "base_rate_log_loss": 1.0752,
                        "difference": -0.0021 + 0.004 * k,
                        "difference_bounds": [-0.0052 + 0.004 * k, 0.0011 + 0.004 * k],
                        "direction_difference": -0.0007 + 0.001 * k,
                        "direction_bounds": [-0.0015 + 0.001 * k, 0.0002 + 0.001 * k],
                        "brier": 0.6471 + 0.001 * k,
                        "accuracy": 0.4123 - 0.01 * k,
                    }
                    for k, name in enumerate(VOTERS)
                ],
            }
        },
        "voters_on_window": {
            name: {"log_loss": 1.0811 + 0.003 * k, "base_rate_log_loss": 1.0794, "brier": 0.6512 + 0.001 * k}
            for k, name in enumerate(VOTERS)
        },
        "settings": {
            "broker": "vt_markets",
            "profile": "balanced",
            "prediction": "quantile",
            "account": {"balance": BALANCE, "currency": "USD", "cent": False, "position_mode": "hedging"},
        },
        "fingerprints": {"data": "0a1b2c3d4e5f", "features": "5e6f70819203", "models": "ab12ab12ab12"},
        "warnings": ["feature news_minutes_to_next is constant in train"],
        "volatile": {
            "started": "2026-01-05 10:00 UTC",
            "seconds": 41.7,
            "looks": 12,
            "machine": {"cores": 2, "python": "3.11.9"},
        },
    }
