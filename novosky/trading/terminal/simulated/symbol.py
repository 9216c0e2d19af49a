"""The symbol as the simulated broker tells it."""

from __future__ import annotations

from novosky.trading.terminal import constants as mt5
from novosky.trading.terminal import records
from novosky.trading.terminal.simulated.server import SimulatedServer


def symbol_info_of(server: SimulatedServer, selected: bool) -> records.SymbolInfo:
    """What symbol_info answers; `selected`: shown in Market Watch."""
    symbol, market = server.symbol, server.market
    contract, quoted = symbol.contract, market.quoted
    return records.SymbolInfo(
        name=symbol.name,
        digits=symbol.digits,
        point=symbol.point,
        spread=round(market.spread / symbol.point) if quoted else 0,
        trade_mode=symbol.trade_mode,
        trade_exemode=symbol.execution,
        trade_calc_mode=symbol.calc_mode,
        trade_stops_level=round(contract.stops_distance / symbol.point),
        trade_freeze_level=round(contract.freeze_distance / symbol.point),
        filling_mode=symbol.filling_mode,
        order_mode=mt5.SYMBOL_ORDER_MARKET | mt5.SYMBOL_ORDER_SL | mt5.SYMBOL_ORDER_TP,
        trade_contract_size=symbol.contract_size,
        trade_tick_size=contract.tick_size,
        trade_tick_value=contract.tick_value,
        volume_min=contract.volume_min,
        volume_max=contract.volume_max,
        volume_step=contract.volume_step,
        volume_limit=symbol.volume_limit,
        bid=market.bid if quoted else 0.0,
        ask=market.ask if quoted else 0.0,
        time=server.server_tick_ms // 1000 if quoted else 0,
        select=selected,
        visible=selected,
        swap_mode=symbol.swap_mode,
        swap_rollover3days=symbol.swap_rollover3days,
        swap_long=symbol.swap_long,
        swap_short=symbol.swap_short,
        margin_hedged=contract.margin_hedged_rate * symbol.contract_size,
        currency_base=symbol.currency_base,
        currency_profit=symbol.currency_profit,
        currency_margin=symbol.currency_margin,
        description=symbol.name,
    )
