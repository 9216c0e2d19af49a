"""A made-up run to draw: a seeded random walk, traded by coin flips through the real core."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.confidence_block import confidence_block
from novosky.backtest.costs_block import broker_block
from novosky.backtest.judge import Judged, Market, judge
from novosky.backtest.knowledge import VOTE, VoterOnWindow, knowledge_of, voter_block
from novosky.backtest.result import judged_block, skill_sentence
from novosky.backtest.result_file import SCHEMA_VERSION
from novosky.backtest.significance import course_of, reference_interval, significance_block
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.windows import Window, Windows, describe
from novosky.execution.codes import LOW_CONFIDENCE, NO_VOTE, OPENED, WISH_ADD, WISH_EXIT, WISH_HOLD
from novosky.execution.series import BarArrays, Intents
from novosky.execution.simulate import simulate
from novosky.execution.terms import Contract, Rules
from novosky.market.bars import Bars, utc_text
from novosky.market.indicators import atr
from novosky.report.data import ReportData

CONF = Path(__file__).resolve().parents[2] / "conf"
CONTRACT = Contract(0.01, 0.01, 0.01, 100.0, 0.01, commission_per_lot=6.0, swap_long_fixed=-7.0, swap_short_fixed=2.0)
RULES = Rules(max_hold_bars=32, risk_pct=0.5, max_positions=2, max_adds=1, trail_atr=1.2, partial_r=1.0)
BALANCE = 10_000.0
VOTERS = ("forest", "xgboost", "lightgbm")
CLASSES = {"signal": ("SELL", "HOLD", "BUY"), "position": ("EXIT", "HOLD", "ADD")}


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
    day = bars.time_ms // 86_400_000
    arrays = BarArrays(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        spread=np.full(n, 8.0),
        slippage=random.exponential(1.5, n),
        atr=atr(bars.high, bars.low, bars.close, 14),
        day=day,
        week=day // 7,
        nights=(np.arange(n) % 8 == 0).astype(np.int8),  # as many as a sample of short trades needs
        flat=np.zeros(n, np.bool_),
    )
    wish = random.choice(np.array([WISH_EXIT, WISH_HOLD, WISH_ADD], np.int8), n, p=(0.12, 0.83, 0.05))
    intents = Intents(
        side,
        verdict,
        np.round(0.4 + 0.2 * random.random(n), 3),
        random.uniform(1.1, 1.9, n),
        random.uniform(2.1, 2.9, n),
        random.uniform(0.1, 1.25, n),
        wish,
    )
    scoring = ScoreConfig(bootstrap_samples=200)
    config = compose_config(
        CONF, ["mode=backtest", f"account.balance={BALANCE}", "broker=ic_markets", "score.bootstrap_samples=200"]
    )
    windows = _windows(n)
    sweep, market = windows["sweep"], Market(bars.time_ms, arrays, 365)
    simulation = simulate(arrays, intents, CONTRACT, RULES, BALANCE, sweep.start, sweep.stop)
    judged = judge(market, intents, simulation, CONTRACT, BALANCE, sweep, scoring, 7, mean_multiplier=0.6)
    voters = _voters(config, random)
    return ReportData(
        result=_result(bars, windows, judged, config, voters),
        bars=bars,
        window=sweep,
        trades=judged.simulation.trades,
        equity=judged.simulation.equity,
        start_balance=BALANCE,
        reliability={name: voter.curves for name, voter in voters.items()},
        price_bars=600,
        digits=2,
    )


def _windows(n: int) -> Windows:
    edges = [0, int(0.60 * n), int(0.75 * n), int(0.9 * n), n]
    return {
        name: Window(name, edges[k] + 24 * (k > 0), edges[k + 1] - 36 * (k < 3))
        for k, name in enumerate(("train", "sweep", "gate", "holdout"))
    }


def _voters(config: Config, random: np.random.Generator) -> dict[str, VoterOnWindow]:
    """Judged on labels that some of the time follow what each says."""
    y = random.integers(0, 3, 3_000).astype(np.int8)
    voters = {}
    for name, share in ((VOTE, 0.1), *((voter, 0.03 * k) for k, voter in enumerate(VOTERS))):
        p = random.dirichlet((9.0, 11.0, 10.0), len(y))
        told = np.where(random.random(len(y)) < share, p.argmax(axis=1), y).astype(np.int8)
        voters[name] = knowledge_of(config, p, np.array([0.3, 0.38, 0.32]), told, np.arange(len(y)))
    return voters


def _vote(judged: Judged) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Probabilities of the window whose side has the confidence of the intent."""
    span = slice(judged.window.start, judged.window.stop)
    own, buys = judged.intents.confidence[span], judged.intents.side[span] > 0
    other = 0.6 * (1.0 - own)
    return np.stack((np.where(buys, other, own), 1.0 - own - other, np.where(buys, own, other)), axis=1)


def _result(
    bars: Bars, windows: Windows, judged: Judged, config: Config, voters: Mapping[str, VoterOnWindow]
) -> dict[str, Any]:
    course = course_of(judged, bars.time_ms, BALANCE, 365)
    described = {row["name"]: row for row in describe(windows, bars.time_ms)}
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "backtest",
        "summary": skill_sentence(judged.figures, 0.95, voters[VOTE]),
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
        "judged": judged_block(judged, config),
        "significance": {
            **significance_block(course, config),
            "reference_score_interval": reference_interval(course, judged, config),
        },
        "broker": broker_block(config),
        "position_wishes": {"exit": 41, "hold": 1_234, "add": 77},
        "models": _models(described["train"]["to"]),
        "stages_in_turn": [
            _turn("all stages", 0, judged.figures.trades),
            _turn("without position", 1, 301),
            _turn("without sltp", 2, 302),
            _turn("without risk", 3, 303),
            _turn("signal alone", 4, 304),
        ],
        "costs_in_turn": [
            _terms("all costs, ic_markets", 0, judged.figures.trades),
            _terms("no costs", 1, 401),
            _terms("spread only", 2, 402),
            _terms("broker vt_markets_cent", 3, 403),
        ],
        "voters_on_window": {name: voter_block(voter) for name, voter in voters.items()},
        "confidence_buckets": confidence_block(config, judged, _vote(judged)),
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
            "looks_unreadable": 0,
            "deflated": {"probability": 0.123, "best_by_luck_sharpe_annual": 2.34, "spread_from": "days"}
            if judged.figures.trades
            else None,
            "budget": {"try": 12, "alpha": 4.2e-5, "spent": False, "fresh_after": "2024-03-12 09:15 UTC"},
            "machine": {"cores": 2, "python": "3.11.9"},
        },
    }


def _models(train_end: str) -> dict[str, Any]:
    later = {"position": ("never_leave",), "sltp": ("label_bracket", "best_constant"), "risk": ("equal_sizes",)}
    models: dict[str, Any] = {}
    for k, stage in enumerate(("signal", *later)):
        models[stage] = {
            "manifest_hash": "ab12" * 16,
            "predecessors": {before: "ab12" * 16 for before in models},
            "train_end": train_end,
            "rows": 4_321 - 100 * k,
            "no_skill_found": stage in ("signal", "sltp"),
        }
        if stage in CLASSES:
            models[stage] |= _voting(stage, k)
        if stage in later:
            models[stage]["skill"] = {name: _gain(k, j) for j, name in enumerate(later[stage])}
    models["risk"]["mean_multiplier"] = 0.62
    return models


def _voting(stage: str, k: int) -> dict[str, Any]:
    first, middle, last = CLASSES[stage]
    return {
        "classes": {first: 2_001 + k, middle: 502 + k, last: 1_803 + k},
        "class_shares": {first: 0.451 + 0.01 * k, middle: 0.107, last: 0.442 - 0.01 * k},
        "calibration": "sigmoid",
        "voters": [_voter(name, 10 * k + v) for v, name in enumerate(VOTERS)],
    }


def _voter(name: str, k: int) -> dict[str, Any]:
    return {
        "name": name,
        "kept": False,
        "log_loss": 1.0731 + 0.004 * k,
        "base_rate_log_loss": 1.0752 + 0.0001 * k,
        "difference": -0.0021 + 0.004 * k,
        "difference_bounds": [-0.0052 + 0.004 * k, 0.0011 + 0.004 * k],
        "direction_difference": -0.0007 + 0.001 * k,
        "direction_bounds": [-0.0015 + 0.001 * k, 0.0002 + 0.001 * k],
        "brier": 0.6471 + 0.001 * k,
        "accuracy": 0.4123 - 0.01 * k,
    }


def _gain(k: int, j: int) -> dict[str, Any]:
    r, plain, low = 0.0117 * k + 0.0031 * j, -0.0123 - 0.01 * j, -0.0213 + 0.01 * k
    return {
        "rows": 610 + 10 * k + j,
        "r": r,
        "plain_r": plain,
        "difference": r - plain,
        "low": low,
        "high": 0.0911 + r,
        "found": low > 0,
    }


def _turn(stages: str, k: int, trades: int) -> dict[str, Any]:
    return {
        "stages": stages,
        "trades": trades,
        "expectancy_r": -0.041 + 0.002 * k,
        "expectancy_r_interval": [-0.161 - 0.003 * k, 0.071 + 0.004 * k],
        "return_pct": -7.31 + 1.13 * k,
        "max_drawdown_pct": 11.17 + 1.09 * k,
        "reference_score": 0.61 + 0.07 * k,
    }


def _terms(costs: str, k: int, trades: int) -> dict[str, Any]:
    paid = {"spread": 512.31 + 10 * k, "slippage": 61.17 + k, "commission": 203.41 + k, "swap": -31.27 - k}
    figures = {key: value for key, value in _turn("", 5 + k, trades).items() if key != "stages"}
    return {
        "costs": costs,
        **figures,
        "paid": {**paid, "total": 808.16 + 13 * k},
        "spread_median_price": 8.13 + k,
    }
