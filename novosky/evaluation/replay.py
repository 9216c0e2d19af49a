"""The same trades at another size: a run's deals again, each position scaled, without volume steps and limits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.brackets import exit_price
from novosky.execution.codes import DEAL_ADD, DEAL_CLOSE, DEAL_OPEN
from novosky.execution.compiled import compiled
from novosky.execution.costs import price_difference_money
from novosky.execution.records import Floats, Ints
from novosky.execution.series import BarArrays
from novosky.execution.sizing import commission_of
from novosky.execution.terms import Contract

START_BALANCE = 1.0  # money of a replay is counted in start balances


class Replayed(NamedTuple):
    """What the scaled trades brought, in start balances: `net` in the order of the trades, `equity` at each close."""

    net: Floats  # (n_trades,)
    equity: Floats  # (stop - start,)


def replay(
    trades: NDArray[Any],
    deals: NDArray[Any],
    weights: Floats,
    risk_pct: float,
    bars: BarArrays,
    contract: Contract,
    start: int,
    stop: int,
) -> Replayed:
    """Trade the deals of a finished window (bars `start <= i < stop`) again, each position at its own scale.

    A position is scaled so that what its opening risks (distance to the stop and both sides' commission, as the core
    sizes it) is `risk_pct` x its weight of the replayed balance at that time; `weights` (n_trades,). Additions and
    partial closes on it keep their proportion. Nothing is rounded. Equity is marked as the core marks it, but swap
    counts when it is booked.
    """
    order = np.argsort(trades["ticket"], kind="stable")
    row = order[np.searchsorted(trades["ticket"], deals["ticket"], sorter=order)]
    net, equity = np.zeros(len(trades)), np.empty(stop - start)
    _replay(deals, row, weights * (risk_pct / 100.0), bars, contract, start, stop, net, equity)
    return Replayed(net, equity)


@compiled
def _replay(
    deals: Any,
    row: Ints,
    risk: Floats,
    bars: BarArrays,
    contract: Contract,
    start: int,
    stop: int,
    net: Floats,
    equity: Floats,
) -> None:
    """`row`: the trade of each deal; `risk`: of each trade, as a share of the balance."""
    n = len(net)
    scale, volume, entry, side = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    held = np.empty(n, np.int64)
    n_held, done, balance = 0, 0, START_BALANCE
    for i in range(start, stop):
        while done < len(deals) and deals[done].bar <= i:
            deal, k = deals[done], row[done]
            if deal.kind == DEAL_OPEN:
                at_stake = deal.risk_money + 2.0 * commission_of(deal.volume_lots, deal.price, contract)
                scale[k] = risk[k] * max(balance, 0.0) / at_stake
                side[k] = deal.side
                held[n_held] = k
                n_held += 1
            lots = deal.volume_lots * scale[k]
            money = deal.swap * scale[k] - commission_of(lots, deal.price, contract)
            if deal.kind in (DEAL_OPEN, DEAL_ADD):
                total = volume[k] + lots
                if total > 0.0:
                    entry[k] = (entry[k] * volume[k] + deal.price * lots) / total
                volume[k] = total
            else:
                money += price_difference_money(entry[k], deal.price, lots, contract) * side[k]
                volume[k] -= lots
            if deal.kind == DEAL_CLOSE:
                n_held = _without(held, n_held, k)
            net[k] += money
            balance += money
            done += 1
        equity[i - start] = balance
        for j in range(n_held):
            k = held[j]
            closing = exit_price(side[k], bars.close[i], bars.spread[i])
            equity[i - start] += price_difference_money(entry[k], closing, volume[k], contract) * side[k]


@compiled
def _without(held: Ints, n_held: int, k: int) -> int:
    """Take `k` out of the first `n_held` and close the gap; how many are left."""
    kept = 0
    for j in range(n_held):
        if held[j] != k:
            held[kept] = held[j]
            kept += 1
    return kept
