"""Price differences as money, and money as it is booked."""

from __future__ import annotations

import math

from novosky.execution.compiled import compiled
from novosky.execution.records import Contract


@compiled
def to_cents(money: float) -> float:
    """Money rounded to 0.01, halves away from zero, as a terminal books it."""
    cents = math.floor(abs(money) * 100.0 + 0.5 + 1e-7) / 100.0
    return cents if money >= 0.0 else -cents


@compiled
def price_difference_money(price_from: float, price_to: float, volume: float, contract: Contract) -> float:
    """Money that `volume` lots make when the price goes from one to the other, before rounding."""
    return (price_to - price_from) / contract.tick_size * contract.tick_value * volume
