"""What the simulated server remembers: orders and deals, numbered as they come."""

from __future__ import annotations

from novosky.trading.terminal.records import Deal, Order

FIRST_ORDER = 1_000_001
FIRST_DEAL = 5_000_001


class History:
    """Orders and deals in the order in which they happened."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.deals: list[Deal] = []
        self._order_number = FIRST_ORDER - 1
        self._deal_number = FIRST_DEAL - 1

    def next_order(self) -> int:
        self._order_number += 1
        return self._order_number

    def next_deal(self) -> int:
        self._deal_number += 1
        return self._deal_number

    def orders_of(
        self, date_from: int | None, date_to: int | None, ticket: int | None, position: int | None
    ) -> tuple[Order, ...]:
        if ticket is not None:
            return tuple(order for order in self.orders if order.ticket == ticket)
        if position is not None:
            return tuple(order for order in self.orders if order.position_id == position)
        return tuple(order for order in self.orders if _within(order.time_done, date_from, date_to))

    def deals_of(
        self, date_from: int | None, date_to: int | None, ticket: int | None, position: int | None
    ) -> tuple[Deal, ...]:
        if ticket is not None:
            return tuple(deal for deal in self.deals if deal.order == ticket)
        if position is not None:
            return tuple(deal for deal in self.deals if deal.position_id == position)
        return tuple(deal for deal in self.deals if _within(deal.time, date_from, date_to))


def _within(time: int, date_from: int | None, date_to: int | None) -> bool:
    return (date_from is None or date_from <= time) and (date_to is None or time <= date_to)
