"""From the core's deals to MetaTrader's: orders and deals of the history."""

from __future__ import annotations

from typing import Any

from novosky.execution.codes import DEAL_ADD, DEAL_CLOSE, DEAL_OPEN, MOVED_STOP, STOP, STOP_OUT, TARGET
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.records import Deal, Order, TradeRequest
from novosky.trading.terminal.simulated.account import Account, Holder
from novosky.trading.terminal.simulated.history import History

REASONS = {
    STOP: mt5.DEAL_REASON_SL,
    MOVED_STOP: mt5.DEAL_REASON_SL,
    TARGET: mt5.DEAL_REASON_TP,
    STOP_OUT: mt5.DEAL_REASON_SO,
}
WORDS = {mt5.DEAL_REASON_SL: "sl", mt5.DEAL_REASON_TP: "tp", mt5.DEAL_REASON_SO: "so"}


class Booking:
    """Takes the deals that the core has booked since it was last asked."""

    def __init__(self, account: Account, history: History) -> None:
        self.account, self.history = account, history

    def deposit(self, balance: float, server_ms: int) -> None:
        """The account's first deal, as every history has it."""
        self.history.deals.append(
            Deal(
                ticket=self.history.next_deal(),
                order=0,
                time=server_ms // 1000,
                type=mt5.DEAL_TYPE_BALANCE,
                entry=mt5.DEAL_ENTRY_IN,
                magic=0,
                position_id=0,
                volume=0.0,
                price=0.0,
                commission=0.0,
                swap=0.0,
                profit=balance,
                symbol="",
                comment="Deposit",
                time_msc=server_ms,
            )
        )

    def triggered(self, server_ms: int) -> None:
        """Book what levels and the stop-out closed: each by an order of the server's own."""
        book, closed = self.account.book, 0
        for row in book.booked[: book.n_booked]:
            if row.kind != DEAL_CLOSE:
                continue
            trade = book.closed[closed]
            closed += 1
            holder = self.account.holders.pop(int(row.ticket))
            reason = REASONS[int(trade.exit_reason)]
            level = {mt5.DEAL_REASON_SL: trade.stop, mt5.DEAL_REASON_TP: trade.target}.get(reason, row.price)
            comment = f"[{WORDS[reason]} {float(level):.{self.account.symbol.digits}f}]"
            order = self.history.next_order()
            self._write_order(order, -int(row.side), row, holder, reason, comment, server_ms)
            self._write_deal(order, row, mt5.DEAL_ENTRY_OUT, holder, reason, comment, server_ms)
        book.n_booked = book.n_closed = 0

    def requested(self, request: TradeRequest, order: int, server_ms: int) -> tuple[int, float, float]:
        """Book what a request did under its order: (deal, volume, price)."""
        book, account = self.account.book, self.account
        rows = list(book.booked[: book.n_booked])
        holder = account.holders[int(rows[-1].ticket)]
        reversed_ = len(rows) == 2
        if reversed_:
            old = account.holders.pop(int(rows[0].ticket))
            holder.identifier = old.identifier  # a reversal changes the ticket, not the identifier
        elif rows[0].kind == DEAL_CLOSE:
            del account.holders[int(rows[0].ticket)]
        entry = mt5.DEAL_ENTRY_IN if rows[0].kind in (DEAL_OPEN, DEAL_ADD) else mt5.DEAL_ENTRY_OUT
        if reversed_:
            entry = mt5.DEAL_ENTRY_INOUT
            rows[1].volume_lots += rows[0].volume_lots
            rows[1].commission += rows[0].commission
            rows[1].profit, rows[1].swap = rows[0].profit, rows[0].swap
        row = rows[-1]
        reason, comment = mt5.DEAL_REASON_EXPERT, request.comment
        sender = Holder(holder.ticket, holder.identifier, request.magic, comment, server_ms, server_ms)
        self._write_order(order, mt5.side_of(request.type), row, sender, reason, comment, server_ms, request)
        deal = self._write_deal(order, row, entry, sender, reason, comment, server_ms)
        volume, price = float(row.volume_lots), float(row.price)
        book.n_booked = book.n_closed = 0
        return deal, volume, price

    def _write_order(
        self,
        ticket: int,
        side: int,
        row: Any,
        holder: Holder,
        reason: int,
        comment: str,
        server_ms: int,
        request: TradeRequest | None = None,
    ) -> None:
        self.history.orders.append(
            Order(
                ticket=ticket,
                time_setup=server_ms // 1000,
                type=mt5.type_of(side),
                state=mt5.ORDER_STATE_FILLED,
                magic=holder.magic,
                volume_initial=float(row.volume_lots),
                volume_current=0.0,
                price_open=float(row.price),
                sl=request.sl if request is not None else 0.0,
                tp=request.tp if request is not None else 0.0,
                symbol=self.account.symbol.name,
                comment=comment,
                position_id=holder.identifier,
                reason=reason,
                time_done=server_ms // 1000,
                time_setup_msc=server_ms,
                time_done_msc=server_ms,
                type_filling=request.type_filling if request is not None else mt5.ORDER_FILLING_FOK,
                price_current=float(row.price),
            )
        )

    def _write_deal(
        self, order: int, row: Any, entry: int, holder: Holder, reason: int, comment: str, server_ms: int
    ) -> int:
        opens = row.kind in (DEAL_OPEN, DEAL_ADD)
        ticket = self.history.next_deal()
        self.history.deals.append(
            Deal(
                ticket=ticket,
                order=order,
                time=server_ms // 1000,
                type=mt5.type_of(int(row.side) if opens else -int(row.side)),
                entry=entry,
                magic=holder.magic,
                position_id=holder.identifier,
                volume=round(float(row.volume_lots), 8),
                price=float(row.price),
                commission=0.0 - float(row.commission),
                swap=float(row.swap),
                profit=float(row.profit),
                symbol=self.account.symbol.name,
                comment=comment,
                reason=reason,
                time_msc=server_ms,
            )
        )
        return ticket
