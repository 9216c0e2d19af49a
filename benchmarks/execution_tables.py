"""The core on two markets: a plain bracket strategy, and one that keeps every rule of the core at work."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers.strategy import STOP_ATR, TARGET_ATR, ema_cross, random_walk
from novosky.execution.codes import NO_VOTE, OPENED, WISH_ADD, WISH_EXIT, WISH_HOLD
from novosky.execution.records import new_book, new_log
from novosky.execution.series import BarArrays, Intents, no_finer_bars, plain_bars, plain_intents
from novosky.execution.simulate import Simulation, simulate
from novosky.execution.terms import Contract, Rules, as_record

BARS_A_DAY, DAYS_A_WEEK = 96, 5
PLAIN_CONTRACT = Contract(0.01, 0.01, 0.01, 1e9, 0.01)
PLAIN_RULES = Rules(10_000, 0.01)
# Small risks on a large balance, and limits as small: the account outlives a million bars and its limits still trip.
BALANCE = 1e9
BUSY_CONTRACT = Contract(
    tick_size=0.01,
    tick_value=0.01,
    volume_min=0.01,
    volume_max=1e6,
    volume_step=0.01,
    commission_per_lot=1.0,
    commission_pct=0.001,
    stops_distance=5.0,
    freeze_distance=2.0,
    margin_per_price=1.0,
    margin_hedged_rate=0.5,
    stop_out_pct=50.0,
    swap_long_per_price=-0.0002,
    swap_short_per_price=-0.0001,
)
BUSY_RULES = Rules(
    max_hold_bars=24,
    risk_pct=0.001,
    max_positions=3,
    max_adds=2,
    max_risk_per_trade_pct=0.01,
    breakeven_r=1.0,
    breakeven_offset=5.0,
    trail_start_r=1.0,
    trail_atr=1.5,
    partial_r=0.8,
    equity_filter_trades=20,
    equity_filter_drawdown_r=12.0,
    max_consecutive_losses=8,
    daily_loss_pct=0.005,
    weekly_loss_pct=0.012,
)


class Table:
    """A market with room for its results, allocated once: fresh memory would cost more than the loop."""

    def __init__(self, bars: BarArrays, intents: Intents, contract: Contract, rules: Rules, balance: float) -> None:
        self.bars, self.intents = bars, intents
        self.contract, self.rules = as_record(contract), as_record(rules)
        self._terms = (contract, rules, balance)
        n = len(bars.close)
        self.finer = no_finer_bars(n)
        self.log = new_log(int((intents.verdict == OPENED).sum()), rules)
        self.equity, self.verdicts = np.zeros(n), np.zeros(n, np.int16)

    def __len__(self) -> int:
        return len(self.equity)

    def trade(self, loop: Callable[..., None]) -> int:
        """Trades closed."""
        book = new_book(self._terms[-1])
        self.log.written[:] = 0
        arguments = (self.intents, self.contract, self.rules, self.log, self.equity, self.verdicts)
        loop(book, self.bars, self.finer, 0, len(self), *arguments)
        return int(self.log.written[0])

    def simulate(self) -> Simulation:
        """The whole call that a backtest makes, which allocates its results."""
        return simulate(self.bars, self.intents, *self._terms, 0, len(self))


def plain_table(n: int) -> Table:
    """An EMA(12/48) cross on a random walk: one position, an ATR bracket, no costs."""
    case = ema_cross(*random_walk(n))
    day = np.arange(n, dtype=np.int64) // BARS_A_DAY
    bars = plain_bars(case.open, case.high, case.low, case.close, np.zeros(n), case.atr, day, day // 7)
    verdict = np.where(case.side != 0, OPENED, NO_VOTE).astype(np.int16)
    intents = plain_intents(case.side, verdict, np.zeros(n), STOP_ATR, TARGET_ATR)
    return Table(bars, intents, PLAIN_CONTRACT, PLAIN_RULES, 1e6)


def busy_table(n: int, bars_a_decision: int) -> Table:
    """Decisions at random bars, hedged, with additions and exits wished for, all costs and all limits."""
    case = ema_cross(*random_walk(n))
    random = np.random.Generator(np.random.PCG64(2))
    bar = np.arange(n, dtype=np.int64)
    day = bar // BARS_A_DAY
    spread = 0.0001 * case.close
    plain = plain_bars(case.open, case.high, case.low, case.close, spread, case.atr, day, day // DAYS_A_WEEK)
    midnight = (bar % BARS_A_DAY == 0) & (bar > 0)
    bars = plain._replace(
        slippage=random.exponential(0.02, n) * case.atr,
        nights=np.where(midnight, np.where(day % DAYS_A_WEEK == 3, 3, 1), 0).astype(np.int8),
        flat=bar % (BARS_A_DAY * DAYS_A_WEEK) >= BARS_A_DAY * DAYS_A_WEEK - 8,
    )
    asked = (random.random(n) < 1 / bars_a_decision) & (bar > 100)
    side = np.where(asked, random.choice([-1, 1], n), 0).astype(np.int8)
    wish = random.choice([WISH_EXIT, WISH_HOLD, WISH_ADD], n, p=[0.02, 0.93, 0.05]).astype(np.int8)
    intents = Intents(
        side,
        np.where(asked, OPENED, NO_VOTE).astype(np.int16),
        random.random(n),
        random.uniform(1.0, 2.5, n),
        random.uniform(1.5, 4.0, n),
        random.uniform(0.1, 1.25, n),
        wish,
    )
    return Table(bars, intents, BUSY_CONTRACT, BUSY_RULES, BALANCE)
