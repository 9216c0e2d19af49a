"""Candle tables: a few bars and intents in, trades to the cent out, compiled and uncompiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.execution import codes
from novosky.execution.loop import close_at_end, run_bars
from novosky.execution.records import TRADE_DTYPE, BarArrays, Contract, Intents, Rules, new_state, plain_intents
from support.plain import plain

# One lot of 1 unit: a price difference of 1.00 is 1.00 of money per lot.
CONTRACT = Contract(
    tick_size=0.01,
    tick_value=0.01,
    volume_min=0.01,
    volume_max=100.0,
    volume_step=0.01,
    commission_per_lot=0.0,
    stops_distance=0.0,
)
RULES = Rules(
    max_hold_bars=100,
    risk_pct=1.0,
    optimistic=False,
    max_consecutive_losses=0,
    daily_loss_pct=100.0,
    weekly_loss_pct=100.0,
    total_loss_pct=100.0,
    limits_on_balance=False,
)


@dataclass
class Ledger:
    """What the core did: trades as plain tuples, equity, verdict names."""

    trades: list[dict[str, Any]]
    equity: list[float]
    verdicts: list[str]
    balance: float


def trade_table(
    candles: list[tuple[float, float, float, float]],
    sides: dict[int, int],
    *,
    atr: float = 10.0,
    spread: float = 0.0,
    balance: float = 1000.0,
    contract: Contract = CONTRACT,
    rules: Rules = RULES,
    days: list[int] | None = None,
    refused: dict[int, int] | None = None,
    brackets: dict[int, tuple[float, float]] | None = None,
    multipliers: dict[int, float] | None = None,
    leaves: Sequence[int] = (),
) -> Ledger:
    """Run the table twice, compiled and plain, insist that both agree to the last bit, and return the ledger.

    `candles` are (open, high, low, close) bid prices; `sides`, `brackets` (stop and target in ATR, 1 and 2 where not
    named) and `multipliers` map a bar to the intent of its close; `leaves` are closes that tell a position to leave.
    """
    n = len(candles)
    table = np.array(candles, dtype=np.float64)
    day = np.array(days or [0] * n, dtype=np.int64)
    bars = BarArrays(*np.ascontiguousarray(table.T), np.full(n, spread), np.full(n, atr), day, (day + 3) // 7)
    side = np.zeros(n, np.int8)
    verdict = np.full(n, codes.NO_VOTE, np.int16)
    for i, wanted in sides.items():
        side[i] = wanted
        verdict[i] = (refused or {}).get(i, codes.OPENED)
    intents = plain_intents(side, verdict, np.full(n, 0.5), 1.0, 2.0)
    for i, (sl_atr, tp_atr) in (brackets or {}).items():
        intents.sl_atr[i], intents.tp_atr[i] = sl_atr, tp_atr
    for i, multiplier in (multipliers or {}).items():
        intents.risk_multiplier[i] = multiplier
    intents.leave[list(leaves)] = 1
    fast = _run(run_bars, close_at_end, bars, intents, contract, rules, balance)
    slow = _run(plain(run_bars), plain(close_at_end), bars, intents, contract, rules, balance)
    assert fast == slow
    return fast


def _run(
    run: Any, finish: Any, bars: BarArrays, intents: Intents, contract: Contract, rules: Rules, balance: float
) -> Ledger:
    n = len(bars.close)
    state = new_state(balance)
    trades = np.zeros(n + 1, TRADE_DTYPE)
    equity, verdicts = np.zeros(n), np.zeros(n, np.int16)
    run(state, bars, 0, n, intents, contract, rules, trades, equity, verdicts)
    finish(state, bars, n - 1, contract, trades, equity, verdicts)
    return Ledger(
        trades=[dict(zip(TRADE_DTYPE.names or (), row.item(), strict=True)) for row in trades[: state[0].trades]],
        equity=equity.tolist(),
        verdicts=[codes.VERDICT_NAMES[code] for code in verdicts],
        balance=float(state[0].balance),
    )


def assert_trades(ledger: Ledger, expected: list[dict[str, Any]]) -> None:
    """Each expected trade names the columns it states; money and prices must agree to the cent."""
    assert len(ledger.trades) == len(expected), f"expected {len(expected)} trades, found {ledger.trades}"
    for found, wanted in zip(ledger.trades, expected, strict=True):
        for column, value in wanted.items():
            actual = codes.EXIT_NAMES[found["exit_reason"]] if column == "exit" else found[column]
            same = actual == value if isinstance(value, str | int) else abs(actual - value) < 0.005
            assert same, f"{column}: expected {value}, found {actual} in {found}"
