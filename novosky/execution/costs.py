"""What a trade pays besides being wrong."""

from __future__ import annotations

import math

import numpy as np

from novosky.execution.compiled import compiled
from novosky.execution.records import Contract, Floats


@compiled
def effective_spread(spread_points: Floats, point: float, floor: float, factor: float) -> Floats:
    """Spread paid at each bar, price units, shape (n_bars,).

    A MetaTrader bar holds its *minimum* spread, so a bar pays the largest of its own, the one before it and the
    broker's usual spread (`floor`), times `factor`; never a later bar's. A spread of 0 in the data means unknown.
    """
    paid = np.empty(len(spread_points))
    before = 0.0
    for i in range(len(spread_points)):
        own = spread_points[i] * point
        paid[i] = max(own, before, floor) * factor
        before = own
    return paid


@compiled
def to_cents(money: float) -> float:
    """Money rounded to 0.01, halves away from zero, as a terminal books it."""
    cents = math.floor(abs(money) * 100.0 + 0.5 + 1e-7) / 100.0
    return cents if money >= 0.0 else -cents


@compiled
def price_difference_money(price_from: float, price_to: float, volume: float, contract: Contract) -> float:
    """Money that `volume` lots make when the price goes from one to the other, before rounding."""
    return (price_to - price_from) / contract.tick_size * contract.tick_value * volume
