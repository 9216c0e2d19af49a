"""The same trades at another size: against an obvious replay by dictionaries, and against the core trading again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.evaluation.replay import _replay, replay
from novosky.execution.codes import DEAL_ADD, DEAL_CLOSE, DEAL_OPEN, DEAL_PARTIAL, NO_VOTE, OPENED, WISH_ADD
from novosky.execution.records import DEAL_DTYPE, TRADE_DTYPE
from novosky.execution.series import BarArrays, plain_bars, plain_intents
from novosky.execution.simulate import Simulation, simulate
from novosky.execution.terms import Contract, Rules
from support.plain import plain

ONE_UNIT = Contract(0.01, 0.01, 0.01, 100.0, 0.01)  # a price difference of 1.00 is 1.00 of money per lot
CENTS = Contract(0.01, 0.02, 0.01, 100.0, 0.01, commission_per_lot=0.7, commission_pct=0.01)


@dataclass
class Held:
    lots: float
    cost: float  # sum of lots x price
    side: int
    scale: float


def slow_replay(trades, deals, weights, risk_pct, bars, contract, start, stop):
    """One bar, one deal, one position at a time; no arrays, no core."""
    value = contract.tick_value / contract.tick_size
    fee = lambda lots, price: lots * (contract.commission_per_lot + contract.commission_pct / 100 * price * value)  # noqa: E731
    by_ticket = {int(trade["ticket"]): (k, trade) for k, trade in enumerate(trades)}
    net, equity, balance, held = [0.0] * len(trades), [], 1.0, {}
    for i in range(start, stop):
        for deal in deals[deals["bar"] == i]:
            ticket = int(deal["ticket"])
            k, _ = by_ticket[ticket]
            if ticket not in held:
                stake = deal["risk_money"] + 2 * fee(deal["volume_lots"], deal["price"])
                held[ticket] = Held(0.0, 0.0, int(deal["side"]), risk_pct / 100 * weights[k] * max(balance, 0) / stake)
            one = held[ticket]
            lots = deal["volume_lots"] * one.scale
            money = deal["swap"] * one.scale - fee(lots, deal["price"])
            if deal["kind"] in (DEAL_OPEN, DEAL_ADD):
                one.lots, one.cost = one.lots + lots, one.cost + lots * deal["price"]
            else:
                average = one.cost / one.lots
                money += (deal["price"] - average) * one.side * value * lots
                one.lots, one.cost = one.lots - lots, one.cost - lots * average
            if deal["kind"] == DEAL_CLOSE:
                del held[ticket]
            net[k] += money
            balance += money
        shown = balance
        for one in held.values():
            bid = bars.close[i] if one.side > 0 else bars.close[i] + bars.spread[i]
            shown += (one.lots * bid - one.cost) * one.side * value
        equity.append(shown)
    return np.array(net), np.array(equity)


def market(seed: int, n: int = 160, spread: float = 0.5) -> BarArrays:
    random = np.random.Generator(np.random.PCG64(seed))
    close = np.round(100.0 + np.cumsum(random.normal(0.0, 0.6, n)), 2)
    open_ = np.concatenate(([100.0], close[:-1]))
    reach = np.round(np.abs(random.normal(0.0, 0.5, (2, n))), 2)
    zeros = np.zeros(n, np.int64)
    high, low = np.maximum(open_, close) + reach[0], np.minimum(open_, close) - reach[1]
    return plain_bars(open_, high, low, close, np.full(n, spread), np.full(n, 2.0), zeros, zeros)


def coin_flips(seed: int, n: int, share: float = 0.2):
    random = np.random.Generator(np.random.PCG64(seed + 1000))
    side = random.choice(np.array([-1, 1], np.int8), n)
    verdict = np.where(random.random(n) < share, OPENED, NO_VOTE).astype(np.int16)
    return plain_intents(side, verdict, np.full(n, 0.5), 1.0, 2.0)


def run_of(
    seed: int, contract: Contract, rules: Rules, balance: float = 10_000.0, **more
) -> tuple[BarArrays, Simulation]:
    bars = market(seed)
    n = len(bars.close)
    intents = coin_flips(seed, n)._replace(**more)
    return bars, simulate(bars, intents, contract, rules, balance, 5, n)


DEAL_COLUMNS = ("bar", "ticket", "kind", "side", "volume_lots", "price", "swap", "risk_money")


def by_hand(deals: list[tuple], tickets: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Deals of `DEAL_COLUMNS`, and their trades in the order of their exits."""
    made, done = np.zeros(len(deals), DEAL_DTYPE), np.zeros(len(tickets), TRADE_DTYPE)
    for row, deal in zip(made, deals, strict=True):
        for name, value in zip(DEAL_COLUMNS, deal, strict=True):
            row[name] = value
    done["ticket"] = tickets
    return done.view(np.recarray), made.view(np.recarray)


def flat_bars(closes: list[float], spread: float = 0.0) -> BarArrays:
    close = np.array(closes)
    zeros = np.zeros(len(close), np.int64)
    return plain_bars(close, close, close, close, np.full(len(close), spread), close, zeros, zeros)


def test_a_position_with_an_addition_and_a_partial_close_by_hand() -> None:
    """2 lots at 100 that risk 20, then 2 more at 110; the opening is scaled to 1 %: s = 0.01 / 20.

    Lots 0.001 + 0.001 at an average of 105; half leaves at 115 (+0.01), swap -4 x s, the rest at 95 (-0.01).
    """
    trades, deals = by_hand(
        [
            (0, 7, DEAL_OPEN, 1, 2.0, 100.0, 0.0, 20.0),
            (1, 7, DEAL_ADD, 1, 2.0, 110.0, 0.0, 20.0),
            (2, 7, DEAL_PARTIAL, 1, 2.0, 115.0, -4.0, 0.0),
            (3, 7, DEAL_CLOSE, 1, 2.0, 95.0, 0.0, 0.0),
        ],
        [7],
    )
    again = replay(trades, deals, np.ones(1), 1.0, flat_bars([104.0, 112.0, 113.0, 96.0]), ONE_UNIT, 0, 4)
    assert again.equity == pytest.approx([1.004, 1.014, 1.008 + 0.008, 0.998])
    assert again.net == pytest.approx([-0.002])


def test_two_positions_at_once_are_marked_on_their_own_closing_sides() -> None:
    """A BUY at weight 2 and a SELL at weight 1, each 1 lot that risks 10; the second is sized on the same balance."""
    trades, deals = by_hand(
        [
            (0, 1, DEAL_OPEN, 1, 1.0, 101.0, 0.0, 10.0),
            (0, 2, DEAL_OPEN, -1, 1.0, 100.0, 0.0, 10.0),
            (1, 2, DEAL_CLOSE, -1, 1.0, 91.0, 0.0, 0.0),
            (2, 1, DEAL_CLOSE, 1, 1.0, 91.0, 0.0, 0.0),
        ],
        [2, 1],
    )
    again = replay(trades, deals, np.array([1.0, 2.0]), 1.0, flat_bars([95.0, 90.0, 91.0], 1.0), ONE_UNIT, 0, 3)
    assert again.net == pytest.approx([0.009, -0.02])
    assert again.equity == pytest.approx([1.0 - 0.012 + 0.004, 1.009 - 0.022, 0.989])


def test_no_trades_leave_the_balance_where_it_is() -> None:
    trades, deals = by_hand([], [])
    again = replay(trades, deals, np.ones(0), 1.0, flat_bars([1.0, 2.0, 3.0]), ONE_UNIT, 1, 3)
    assert (again.net.tolist(), again.equity.tolist()) == ([], [1.0, 1.0])


BUSY = st.fixed_dictionaries(
    {
        "max_hold_bars": st.integers(2, 40),
        "risk_pct": st.sampled_from([0.3, 1.0, 4.0]),
        "netting": st.booleans(),
        "max_positions": st.integers(1, 4),
        "max_adds": st.integers(0, 3),
        "partial_r": st.sampled_from([0.0, 0.4]),
        "trail_atr": st.sampled_from([0.0, 0.8]),
        "breakeven_r": st.sampled_from([0.0, 0.5]),
    }
)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), busy=BUSY, adding=st.floats(0.0, 0.5))
def test_any_run_replays_as_the_slow_replay_says(seed: int, busy: dict[str, Any], adding: float) -> None:
    rules = Rules(**busy | ({"max_positions": 1} if busy["netting"] else {}))
    random = np.random.Generator(np.random.PCG64(seed + 7))
    wish = np.where(random.random(160) < adding, WISH_ADD, 1).astype(np.int8)
    multiplier = random.uniform(0.1, 1.25, 160)
    contract = CENTS._replace(swap_long_fixed=-0.3, swap_short_fixed=0.1)
    bars = market(seed)._replace(nights=(np.arange(160) % 24 == 0).astype(np.int8))
    intents = coin_flips(seed, 160)._replace(wish=wish, risk_multiplier=multiplier)
    done = simulate(bars, intents, contract, rules, 10_000.0, 5, 160)
    weights = np.ascontiguousarray(done.trades["risk_multiplier"]) / 0.6
    arguments = (done.trades, done.deals, weights, 1.0, bars, contract, 5, 160)
    fast, slow = replay(*arguments), slow_replay(*arguments)
    np.testing.assert_allclose(fast.net, slow[0], rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(fast.equity, slow[1], rtol=1e-9, atol=1e-13)
    assert fast.equity[-1] == pytest.approx(1.0 + fast.net.sum())


@pytest.mark.parametrize("seed", range(8))
def test_plain_trades_are_those_of_trading_again_with_a_large_balance(seed: int) -> None:
    """One position at a time, no limits: a million, no volume steps, 1 % of risk; only cents differ."""
    rules = Rules(max_hold_bars=20, risk_pct=0.35)
    bars, done = run_of(seed, CENTS, rules, balance=300.0)
    assert len(done.trades) > 8
    again = replay(done.trades, done.deals, np.ones(len(done.trades)), 1.0, bars, CENTS, 5, len(bars.close))
    fine = CENTS._replace(volume_min=1e-9, volume_step=1e-9, volume_max=1e12)
    _, large = run_of(seed, fine, rules._replace(risk_pct=1.0), balance=1e6)
    assert large.trades["entry_bar"].tolist() == done.trades["entry_bar"].tolist()
    np.testing.assert_allclose(again.net * 1e6, large.trades["net"], atol=0.5)
    np.testing.assert_allclose(again.equity * 1e6, large.equity, rtol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_additions_keep_their_proportion_close_to_trading_again(seed: int) -> None:
    """Additions are sized by the equity of their time, so a bolder run's are a little larger than the replay's."""
    rules = Rules(max_hold_bars=30, risk_pct=0.8, netting=True, max_adds=2)
    wish = np.where(np.arange(160) % 3 == 0, WISH_ADD, 1).astype(np.int8)
    bars, done = run_of(seed, ONE_UNIT._replace(volume_max=1e12), rules, balance=1e6, wish=wish)
    assert done.trades["adds"].sum() > 5
    fine = ONE_UNIT._replace(volume_min=1e-9, volume_step=1e-9, volume_max=1e12)
    again = replay(done.trades, done.deals, np.ones(len(done.trades)), 1.0, bars, ONE_UNIT, 5, len(bars.close))
    _, large = run_of(seed, fine, rules._replace(risk_pct=1.0), balance=1e6, wish=wish)
    assert large.trades["entry_bar"].tolist() == done.trades["entry_bar"].tolist()
    np.testing.assert_allclose(again.equity, large.equity / 1e6, atol=2e-3)


def test_compiled_and_plain_are_the_same_bits() -> None:
    bars, done = run_of(3, CENTS, Rules(max_hold_bars=20, risk_pct=1.0, max_positions=3))
    n = len(done.trades)
    order = np.argsort(done.trades["ticket"])
    row = order[np.searchsorted(done.trades["ticket"], done.deals["ticket"], sorter=order)]
    found = []
    for kernel in (_replay, plain(_replay)):
        net, equity = np.zeros(n), np.zeros(155)
        kernel(done.deals, row, np.full(n, 0.01), bars, CENTS, 5, 160, net, equity)
        found.append((net.tobytes(), equity.tobytes()))
    assert found[0] == found[1]
