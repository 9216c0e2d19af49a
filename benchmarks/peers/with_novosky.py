"""The strategy through this project's core."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.strategy import STOP_ATR, TARGET_ATR, TICK, Case
from benchmarks.peers.trades import PeerTrade
from novosky.execution.codes import EXIT_NAMES, IGNORE, NO_VOTE, OPENED, REVERSE
from novosky.execution.series import BarArrays, Intents, plain_bars, plain_intents
from novosky.execution.simulate import simulate
from novosky.execution.terms import Contract, Rules

BALANCE = 1e9
LOTS = 1.0  # always the largest volume: no library's size depends on its balance
CONTRACT = Contract(tick_size=TICK, tick_value=TICK, volume_min=LOTS, volume_max=LOTS, volume_step=LOTS)
RULES = Rules(max_hold_bars=1_000_000_000, risk_pct=1.0)


def novosky_trades(case: Case) -> list[PeerTrade]:
    bars, intents = as_bars(case), as_intents(case)
    rules = RULES._replace(on_opposite=REVERSE if case.reverse else IGNORE)
    trades = simulate(bars, intents, CONTRACT, rules, BALANCE, 0, len(case.close)).trades
    columns = ("entry_bar", "exit_bar", "side", "entry_price", "exit_price", "exit_reason")
    return [
        PeerTrade(*row[:-1], EXIT_NAMES[row[-1]])
        for row in zip(*(trades[name].tolist() for name in columns), strict=True)
    ]


def as_bars(case: Case) -> BarArrays:
    day = np.arange(len(case.close), dtype=np.int64) // 96
    nothing = np.zeros(len(case.close))
    return plain_bars(case.open, case.high, case.low, case.close, nothing, case.atr, day, day // 7)


def as_intents(case: Case) -> Intents:
    verdict = np.where(case.side == 0, NO_VOTE, OPENED).astype(np.int16)
    return plain_intents(case.side, verdict, np.zeros(len(verdict)), STOP_ATR, TARGET_ATR)
