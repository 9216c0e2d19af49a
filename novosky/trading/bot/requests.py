"""Intents as requests to the trade server."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.trading.intent import LEAVING, LEVELS, Intent, order_comment, order_magic
from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal.constants import fillings_allowed
from novosky.trading.terminal.records import SymbolInfo, Tick, TradeRequest


@dataclass(frozen=True)
class Requests:
    """How this symbol takes orders."""

    digits: int
    filling: int
    deviation_points: int

    @classmethod
    def of(cls, symbol: SymbolInfo, deviation_points: int) -> Requests:
        """The first filling that the symbol allows: all or nothing before a part."""
        allowed = fillings_allowed(symbol.filling_mode, symbol.trade_exemode)
        return cls(symbol.digits, allowed[0], deviation_points)

    def of_intent(self, intent: Intent, tick: Tick) -> TradeRequest:
        """The request at the prices of `tick`."""
        magic, comment = order_magic(intent.magic, intent.hash), order_comment(intent.hash)
        stop, target = round(intent.stop, self.digits), round(intent.target, self.digits)
        if intent.action == LEVELS:
            return TradeRequest(
                mt5.TRADE_ACTION_SLTP, intent.symbol, sl=stop, tp=target, magic=magic, comment=comment,
                position=intent.position_ticket,
            )  # fmt: skip
        leaves = intent.action in LEAVING
        side = -intent.side if leaves else intent.side
        return TradeRequest(
            mt5.TRADE_ACTION_DEAL,
            intent.symbol,
            volume=round(intent.volume, 8),
            type=mt5.type_of(side),
            price=tick.ask if side > 0 else tick.bid,
            sl=0.0 if leaves else stop,
            tp=0.0 if leaves else target,
            deviation=self.deviation_points,
            type_filling=self.filling,
            magic=magic,
            comment=comment,
            position=intent.position_ticket if leaves else 0,
        )


def cancel(order_ticket: int) -> TradeRequest:
    """Take a working order back."""
    return TradeRequest(mt5.TRADE_ACTION_REMOVE, order=order_ticket)
