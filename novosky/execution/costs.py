"""Price differences as money, and money as it is booked."""

from __future__ import annotations

import math

from novosky.execution.compiled import compiled
from novosky.execution.terms import Contract

SAME_MONEY = 1e-6  # what sums of cents lose in binary


@compiled
def to_cents(money: float) -> float:
    """Money rounded to 0.01, halves away from zero, as a terminal books it."""
    lost = 1e-7 + 1e-10 * abs(money)  # what binary fractions may take from half a cent
    cents = math.floor(abs(money) * 100.0 + 0.5 + lost) / 100.0
    return cents if money >= 0.0 else -cents


@compiled
def price_difference_money(price_from: float, price_to: float, volume: float, contract: Contract) -> float:
    """Money that `volume` lots make when the price goes from one to the other, before rounding."""
    return (price_to - price_from) / contract.tick_size * contract.tick_value * volume
