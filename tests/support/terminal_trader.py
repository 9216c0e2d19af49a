"""The core's opening rules at a terminal: what a bot without management does at each bar's open, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novosky.execution.brackets import bracket_levels, entry_price, levels_allowed, tick_within
from novosky.execution.codes import OPENED
from novosky.execution.series import Intents
from novosky.execution.sizing import sized
from novosky.execution.terms import Rules, as_record
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.constants import POSITION_TYPE_BUY
from novosky.trading.terminal.records import Deal
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.terminal_box import SYMBOL, market_order


@dataclass
class Trader:
    """Acts at the open of every bar with what the close before it decided."""

    server: SimulatedServer
    intents: Intents
    rules: Rules
    delay_ms: int = 0  # after the open, within the time that it lasts

    def __post_init__(self) -> None:
        self.terminal = SimulatedTerminal(self.server)
        assert self.terminal.initialize()
        self.contract = as_record(self.server.symbol.contract)
        self.entry_bar: dict[int, int] = {}

    def trade(self, start: int, stop: int) -> tuple[Deal, ...]:
        """Bars `start <= i < stop`; what is open at the end is closed there. The deals, the deposit left out."""
        replay = self.server.market.replay
        for i in range(start, stop):
            self.server.advance_to(int(replay.bars.time_ms[i]) + self.delay_ms)
            self.leave(lambda ticket, i=i: i - self.entry_bar[ticket] >= self.rules.max_hold_bars)  # type: ignore[misc]
            if i > start and self.wanted:
                self.enter(i)
            self.server.advance_to(int(replay.bars.time_ms[i]) + replay.bars.timeframe_ms - 1)
            self.wanted = self.intents.verdict[i] == OPENED and len(self.positions()) < self.rules.max_positions
        self.leave(lambda _: True)
        deals = self.terminal.history_deals_get(0, 2**31)
        assert deals is not None
        return deals[1:]

    def positions(self) -> tuple[Any, ...]:
        positions = self.terminal.positions_get(symbol=SYMBOL)
        assert positions is not None
        return positions

    def leave(self, due: Any) -> None:
        for row in self.positions():
            if due(row.ticket):
                side = -1 if row.type == POSITION_TYPE_BUY else 1
                sent = self.terminal.order_send(market_order(side, row.volume, position=row.ticket))
                assert sent is not None
                assert sent.retcode == retcodes.DONE

    def enter(self, i: int) -> None:
        """The core's `open_pending`, asked of the terminal."""
        tick, account, contract = self.terminal.symbol_info_tick(SYMBOL), self.terminal.account_info(), self.contract
        assert tick is not None
        assert account is not None
        side, atr = int(self.intents.side[i - 1]), float(self.server.market.replay.arrays.atr[i - 1])
        spread = float(self.server.market.replay.arrays.spread[i])
        quote = entry_price(side, tick.bid, spread)
        distances = atr * float(self.intents.sl_atr[i - 1]), atr * float(self.intents.tp_atr[i - 1])
        stop, target = bracket_levels(side, quote, *distances, contract.tick_size)
        if not levels_allowed(side, tick.bid, spread, stop, target, contract.stops_distance):
            return
        multiplier = float(self.intents.risk_multiplier[i - 1])
        distance = abs(quote - stop)
        verdict, volume, allowed = sized(account.equity, multiplier, distance, quote, contract, as_record(self.rules))
        if verdict != OPENED:
            return
        if allowed < distance:
            stop = tick_within(quote, side, allowed, contract.tick_size)
        sent = self.terminal.order_send(market_order(side, volume, sl=stop, tp=target))
        assert sent is not None
        assert sent.retcode in (retcodes.DONE, retcodes.NO_MONEY, retcodes.INVALID_STOPS)
        if sent.retcode == retcodes.DONE:
            self.entry_bar[sent.order] = i
