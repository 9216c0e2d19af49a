"""The core and the models on the replay's bars, begun from any book that the bot wrote down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from novosky.backtest.inputs import contract_of, rules_of
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import Traded, segments_of
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.execution.codes import DEAL_NAMES, EXIT_NAMES, FINER_BARS, NO_WISH, VERDICT_NAMES
from novosky.execution.equity_state import RECENT_TRADES
from novosky.execution.loop import at_close, happen, set_bar, set_finer
from novosky.execution.records import BAR_DTYPE
from novosky.execution.series import Intent
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.loop import consult
from novosky.trading.bot.book import LiveBook
from novosky.trading.bot.shadow import Deal
from novosky.trading.guards.losses import moved_money


class Stepped(NamedTuple):
    """What one bar did, and what its close led to."""

    deals: tuple[Deal, ...]
    exits: Mapping[int, str]  # the core's reason by the deals' ticket, of what closed
    costs: tuple[float, float, float]  # profit, commission, swap of the deals, money
    refused: str  # what became of the intent that was pending: `opened` also where none was
    verdict: str
    wish: int


@dataclass
class CoreStep:
    """One ledger's market and models; `book` is where it stands."""

    prepared: Prepared
    traded: Traded
    book: LiveBook

    @classmethod
    def of(cls, config: Config, prepared: Prepared, bundle: Bundle, traded: Traded, window: Window) -> CoreStep:
        """The same terms as the backtest's."""
        contract = contract_of(config.broker, config.account, config.execution)
        rules = rules_of(config.execution, config.profile, config.account)
        models = segments_of(config, bundle, window)[0].models
        return cls(prepared, traded, LiveBook(contract, rules, models, len(prepared.features.names)))

    def step(self, i: int, moved: float = 0.0) -> Stepped:
        """Bar `i` of the market, and what the chain decided at its close; `moved` money came in before that."""
        live, book = self.book, self.book.book
        known = {int(book.positions[k].ticket) for k in range(int(book.open))}
        live.number += 1
        bar = np.zeros(1, BAR_DTYPE)[0]
        set_bar(bar, self.traded.arrays, i)
        bar.number = live.number
        if int(live.rules.reading) == FINER_BARS:
            set_finer(bar, self.prepared.finer, i)
        refused = happen(book, bar, live.contract, live.rules)
        rows, closed = book.booked[: int(book.n_booked)], book.closed[: int(book.n_closed)]
        deals = tuple(_deal(row, known) for row in rows)
        exits = {_ticket(row, known): EXIT_NAMES[int(row.exit_reason)] for row in closed}
        costs = float(rows["profit"].sum()), float(rows["commission"].sum()), float(rows["swap"].sum())
        live.recent = [*live.recent, *(float(row.r) for row in closed)][-RECENT_TRADES:]
        moved_money(book, moved)
        book.balance += moved
        verdict = at_close(book, bar, self.intent(i), live.contract, live.rules)
        live.scratch.r_history[: len(live.recent)] = live.recent
        wish = consult(book, bar, self.prepared.x[i], len(live.recent), live.models, live.rules, live.scratch)
        return Stepped(deals, exits, costs, VERDICT_NAMES[int(refused)], VERDICT_NAMES[int(verdict)], int(wish))

    def intent(self, i: int) -> Intent:
        """The chain's answer at the close of bar `i`."""
        found = Intent(*(column[i] for column in self.traded.intents))
        return Intent(
            int(found.side), int(found.verdict), float(found.confidence), float(found.sl_atr), float(found.tp_atr),
            1.0, NO_WISH,
        )  # fmt: skip


def _deal(row: Any, known: set[int]) -> Deal:
    price, volume = float(row.price), float(row.volume_lots)
    return Deal(DEAL_NAMES[row.kind], _ticket(row, known), int(row.side), volume, price)


def _ticket(row: Any, known: set[int]) -> int:
    """As the parity watch has it: 0 is what the core opened itself."""
    return int(row.ticket) if int(row.ticket) in known else 0
