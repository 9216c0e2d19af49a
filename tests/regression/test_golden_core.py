"""Golden runs: a generated market and a model-free strategy on it, frozen to the point and to the cent.

A change of these fingerprints is a change of what users' backtests say: it needs a line in the changelog.
"""

from __future__ import annotations

import hashlib

import numpy as np

from novosky.execution.codes import NO_VOTE, OPENED
from novosky.execution.series import plain_bars, plain_intents
from novosky.execution.simulate import Simulation, simulate
from novosky.execution.spreads import effective_spread
from novosky.execution.terms import Contract, Rules
from novosky.labels.barrier import barrier_labels
from novosky.market.bars import Bars
from novosky.market.indicators import atr, ema
from novosky.market.synthetic import generate
from novosky.market.trading_days import trading_days, trading_weeks
from support.market_files import generated

BARS_HASH = "7c5b8fc7f9580be7"
TRADES_HASH = "819bc9b7f533191d"
LABELS = [21, 2759, 787, 2433]  # unknown, SELL, HOLD, BUY


def market() -> Bars:
    return generate(generated("synthetic", bars=6000)).bars


def ema_cross(bars: Bars) -> Simulation:
    """Buy when EMA(12) crosses above EMA(48), sell when below; 2 ATR stop, 3 ATR target, at most a day."""
    above = ema(bars.close, 12) > ema(bars.close, 48)
    crossed = np.concatenate(([False], above[1:] != above[:-1]))
    crossed[:50] = False
    side = np.where(crossed, np.where(above, 1, -1), 0).astype(np.int8)
    verdict = np.where(crossed, OPENED, NO_VOTE).astype(np.int16)
    intents = plain_intents(side, verdict, np.zeros(len(bars)), 2.0, 3.0)
    day = trading_days(bars.time_ms, "new_york_plus_7")
    arrays = plain_bars(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        effective_spread(bars.spread_points, bars.point, 10.0, 1.0),
        atr(bars.high, bars.low, bars.close, 14),
        day,
        trading_weeks(day),
    )
    contract = Contract(0.01, 0.01, 0.01, 100.0, 0.01, commission_per_lot=2.0)
    rules = Rules(96, 1.0, max_consecutive_losses=4, daily_loss_pct=4.0, weekly_loss_pct=8.0, total_loss_pct=30.0)
    return simulate(arrays, intents, contract, rules, 10_000.0, 0, len(bars))


def test_the_generated_market_is_the_same_to_the_point() -> None:
    assert market().content_hash()[:16] == BARS_HASH


def test_the_trades_are_the_same_to_the_cent() -> None:
    run = ema_cross(market())
    rows = [
        (int(t["entry_bar"]), int(t["exit_bar"]), int(t["side"]), int(t["exit_reason"]), round(100 * float(t["net"])))
        for t in run.trades
    ]
    assert hashlib.sha256(repr(rows).encode()).hexdigest()[:16] == TRADES_HASH
    booked = [round(100 * float(d["profit"] - d["commission"] + d["swap"])) for d in run.deals]
    assert (
        round(100 * float(run.book[0].balance)) == 1_000_000 + sum(row[-1] for row in rows) == 1_000_000 + sum(booked)
    )


def test_the_labels_are_the_same() -> None:
    bars = market()
    labels = barrier_labels(
        bars.open,
        bars.high,
        bars.low,
        bars.open * 0.0002,
        atr(bars.high, bars.low, bars.close, 14),
        1.5,
        1.5,
        16,
        bars.point,
    )
    assert np.bincount(labels.y + 1).tolist() == LABELS
