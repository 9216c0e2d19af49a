"""The core on a plain bracket strategy with precomputed predictions, one thread, beside its uncompiled body."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.timing import best_seconds
from novosky.execution.codes import NO_VOTE, OPENED
from novosky.execution.loop import run_bars
from novosky.execution.records import TRADE_DTYPE, BarArrays, Contract, Intents, Rules, new_state, plain_intents
from novosky.market.indicators import atr, ema

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.plain import plain

BARS, PLAIN_BARS = 1_000_000, 20_000
CONTRACT = Contract(0.01, 0.01, 0.01, 1e9, 0.01, 0.0, 0.0)
NO_LIMITS = Rules(10_000, 0.01, False, 0, 100.0, 100.0, 100.0, limits_on_balance=False)
LIMITS = NO_LIMITS._replace(max_consecutive_losses=5, daily_loss_pct=5.0, weekly_loss_pct=10.0, total_loss_pct=90.0)


def run() -> list[tuple[str, str]]:
    market, small = Table(BARS), Table(PLAIN_BARS)
    fast = best_seconds(lambda: market.trade(run_bars, NO_LIMITS)) / BARS
    limits = best_seconds(lambda: market.trade(run_bars, LIMITS)) / BARS
    trades = market.trade(run_bars, NO_LIMITS)
    slow = best_seconds(lambda: small.trade(plain(run_bars), NO_LIMITS), runs=2) / PLAIN_BARS
    return [
        ("plain brackets, compiled", f"{1e-6 / fast:.1f} million bars/s ({trades / BARS:.2%} of bars open a trade)"),
        ("with all limits of a profile", f"{1e-6 / limits:.1f} million bars/s"),
        ("plain brackets, the same body uncompiled", f"{1 / slow:,.0f} bars/s"),
        ("ratio", f"{slow / fast:,.0f}"),
    ]


class Table:
    """A market with room for its results, allocated once: fresh memory would cost more than the loop."""

    def __init__(self, n: int) -> None:
        self.bars, self.intents = _market(n)
        self.trades = np.zeros(int((self.intents.verdict == OPENED).sum()) + 1, TRADE_DTYPE)
        self.equity, self.verdicts = np.zeros(n), np.zeros(n, np.int16)

    def trade(self, loop: Callable[..., None], rules: Rules) -> int:
        state = new_state(1e6)
        stop = len(self.equity)
        loop(state, self.bars, 0, stop, self.intents, CONTRACT, rules, self.trades, self.equity, self.verdicts)
        return int(state[0].trades)


def _market(n: int) -> tuple[BarArrays, Intents]:
    """An EMA(12/48) cross on a random walk."""
    random = np.random.Generator(np.random.PCG64(1))
    close = 40_000 * np.exp(np.cumsum(random.normal(0, 0.0025, n)))
    open_ = np.concatenate(([close[0]], close[:-1]))
    high = np.maximum(open_, close) * (1 + random.exponential(0.0008, n))
    low = np.minimum(open_, close) * (1 - random.exponential(0.0008, n))
    day = np.arange(n, dtype=np.int64) // 96
    bars = BarArrays(open_, high, low, close, np.zeros(n), atr(high, low, close, 14), day, day // 7)
    above = ema(close, 12) > ema(close, 48)
    crossed = np.concatenate(([False], above[1:] != above[:-1]))
    crossed[:100] = False
    side = np.where(crossed, np.where(above, 1, -1), 0).astype(np.int8)
    verdict = np.where(crossed, OPENED, NO_VOTE).astype(np.int16)
    return bars, plain_intents(side, verdict, np.zeros(n), 2.0, 3.0)
