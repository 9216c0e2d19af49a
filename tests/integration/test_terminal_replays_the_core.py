"""Bars traded through the simulated terminal end in the deals of the core's own loop, price by price."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from novosky.execution import codes
from novosky.execution.series import Intents
from novosky.execution.simulate import simulate
from novosky.execution.terms import Contract, Rules
from novosky.market.bars import Bars
from novosky.market.finer import finer_inside
from novosky.trading.terminal.simulated.replay import Replay
from novosky.trading.terminal.simulated.server import SimulatedServer
from support.terminal_box import ACCOUNT, MINUTE_MS, MONDAY_MS, SYMBOL, TERMS, candle_arrays
from support.terminal_trader import Trader

TIGHT = Contract(
    tick_size=0.01,
    tick_value=0.01,
    volume_min=0.01,
    volume_max=100.0,
    volume_step=0.01,
    commission_per_lot=0.7,
    stops_distance=0.05,
    margin_per_price=0.05,
    stop_out_pct=50.0,
    swap_long_per_price=-0.0004,
    swap_short_fixed=0.013,
)
FREE = TIGHT._replace(margin_per_price=0.0, stop_out_pct=0.0)


def minutes_of_a_market(seed: int, n_bars: int) -> tuple[Bars, Bars]:
    """M15 bars and the M1 bars inside them, a random walk on ticks of 0.01 with gaps now and then."""
    rng = np.random.default_rng(seed)
    n = n_bars * 15
    moves = np.rint(rng.normal(0.0, 12.0, n) + (rng.random(n) < 0.02) * rng.normal(0.0, 120.0, n))
    close = 100_000 + np.cumsum(moves)
    open_ = np.concatenate(([100_000.0], close[:-1])) + np.rint(rng.normal(0.0, 3.0, n))
    high = np.maximum(open_, close) + rng.integers(0, 15, n)
    low = np.minimum(open_, close) - rng.integers(0, 15, n)
    time = MONDAY_MS + np.arange(n, dtype=np.int64) * MINUTE_MS
    nothing = np.zeros(n)
    finer = Bars(SYMBOL, 1, 0.01, time, open_ / 100, high / 100, low / 100, close / 100, nothing + 9, nothing, nothing)
    cut = np.arange(n_bars) * 15
    bars = Bars(
        SYMBOL,
        15,
        0.01,
        time[cut],
        finer.open[cut],
        np.maximum.reduceat(finer.high, cut),
        np.minimum.reduceat(finer.low, cut),
        finer.close[cut + 14],
        np.full(n_bars, 100.0),
        np.full(n_bars, 20.0),
        np.zeros(n_bars),
    )
    return bars, finer


def random_intents(seed: int, n: int) -> Intents:
    rng = np.random.default_rng([seed, 1])
    return Intents(
        side=rng.choice(np.array([-1, 1], np.int8), n),
        verdict=np.where(rng.random(n) < 0.3, codes.OPENED, codes.NO_VOTE).astype(np.int16),
        confidence=np.full(n, 0.7),
        sl_atr=rng.uniform(0.05, 0.4, n),
        tp_atr=rng.uniform(0.05, 0.6, n),
        risk_multiplier=rng.uniform(0.3, 1.2, n),
        wish=np.full(n, codes.NO_WISH, np.int8),
    )


@pytest.mark.parametrize("delay_ms", [0, 20_000])
@pytest.mark.parametrize("reading", [codes.PESSIMISTIC, codes.OPTIMISTIC, codes.FINER_BARS])
@pytest.mark.parametrize("contract", [FREE, TIGHT], ids=["free", "tight"])
def test_the_terminals_deals_are_the_cores(contract: Contract, reading: int, delay_ms: int) -> None:
    n, seed = 600, 5 + reading
    bars, finer = minutes_of_a_market(seed, n)
    rng = np.random.default_rng([seed, 2])
    arrays = candle_arrays(bars, nights={i: 3 if i % 7 else 1 for i in range(96, n, 96)})._replace(
        spread=rng.uniform(0.05, 0.6, n), slippage=rng.uniform(0.0, 0.1, n)
    )
    intents = random_intents(seed, n)
    rules = Rules(max_hold_bars=24, risk_pct=2.0, reading=reading, max_positions=4)
    inner = finer if reading == codes.FINER_BARS else None
    expected = simulate(
        arrays, intents, contract, rules, 1000.0, 0, n, finer_inside(bars, finer, 0.01) if inner else None
    )
    replay = Replay(bars, arrays, inner, reading=reading)
    server = SimulatedServer(replay, replace(TERMS, contract=contract), replace(ACCOUNT, balance=1000.0), MONDAY_MS)
    deals = Trader(server, intents, rules, delay_ms).trade(0, n)

    def core(name: str) -> list[float]:
        return [float(value) for value in expected.deals[name]]

    names = ("bar", "price", "volume_lots", "profit", "commission", "swap")
    rows = sorted(zip(*(core(name) for name in names), strict=True))
    starts = bars.time_ms // 1000
    told = sorted(
        (
            float(np.searchsorted(starts, deal.time, side="right") - 1),
            deal.price,
            deal.volume,
            deal.profit,
            0.0 - deal.commission,
            deal.swap,
        )
        for deal in deals
    )
    assert len(expected.trades) > 100
    assert [row[:2] for row in told] == [row[:2] for row in rows]
    np.testing.assert_allclose(np.array(told), np.array(rows), rtol=0, atol=1e-9)
    assert float(server.account.book.balance) == float(expected.book[0]["balance"])
    reasons = {int(row["exit_reason"]) for row in expected.trades}
    assert {codes.STOP, codes.TARGET, codes.TIME} <= reasons
    if contract is TIGHT:
        assert codes.STOP_OUT in reasons or codes.MARGIN in set(expected.verdicts.tolist())
