"""Candle tables: a few bars and intents in, trades and deals to the cent out, compiled and uncompiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.execution import codes
from novosky.execution.loop import close_at_end, run_bars
from novosky.execution.records import Log, new_book, new_log
from novosky.execution.series import BarArrays, FinerBars, Intents, plain_intents
from novosky.execution.terms import Contract, Rules, as_record
from support.plain import plain

Candle = tuple[float, float, float, float]

# One lot of 1 unit: a price difference of 1.00 is 1.00 of money per lot.
CONTRACT = Contract(tick_size=0.01, tick_value=0.01, volume_min=0.01, volume_max=100.0, volume_step=0.01)
RULES = Rules(max_hold_bars=100, risk_pct=1.0)

FLAT: Candle = (100.0, 101.0, 99.0, 100.0)
LOSS: Candle = (100.0, 101.0, 89.0, 100.0)  # a BUY opened here is stopped here, 10.00 below
WIN: Candle = (100.0, 121.0, 99.0, 100.0)  # a BUY opened here reaches its target here, 20.00 above

TOLERANCE = 1e-6


@dataclass
class Ledger:
    """What the core did: trades and deals as plain rows, equity, verdict names."""

    trades: list[dict[str, Any]]
    deals: list[dict[str, Any]]
    equity: list[float]
    verdicts: list[str]
    balance: float


def trade_table(
    candles: Sequence[Candle],
    sides: Mapping[int, int],
    *,
    atr: float | Sequence[float] = 10.0,
    spread: float | Sequence[float] = 0.0,
    slippage: float | Sequence[float] = 0.0,
    nights: Mapping[int, int] | None = None,
    flat: Sequence[int] = (),
    days: Sequence[int] | None = None,
    weeks: Sequence[int] | None = None,
    finer: Mapping[int, Sequence[Candle]] | None = None,
    refused: Mapping[int, int] | None = None,
    brackets: Mapping[int, tuple[float, float]] | None = None,
    multipliers: Mapping[int, float] | None = None,
    wishes: Mapping[int, int] | None = None,
    balance: float = 1000.0,
    contract: Contract = CONTRACT,
    rules: Rules = RULES,
) -> Ledger:
    """Run the table twice, insist that both agree to the last bit and that no cent is lost, and return the ledger.

    `candles` are (open, high, low, close) bid prices. `sides` and what is said of it map a bar to the intent of its
    close: `refused` (the verdict of the gates before the account), `brackets` (stop and target in ATR, 1 and 2 where
    not named), `multipliers` of the risk; `wishes` go to what is open at that close. `nights` and `finer` map a bar
    to its nights of swap and to the finer candles inside; the bars of `flat` open in the week's end.

    The compiled core gets the window in one call, the plain one bar by bar.
    """
    n = len(candles)
    prices = np.ascontiguousarray(np.array(candles, np.float64).T)
    day = np.array([0] * n if days is None else days, np.int64)
    bars = BarArrays(
        *prices,
        spread=_column(spread, n),
        slippage=_column(slippage, n),
        atr=_column(atr, n),
        day=day,
        week=(day + 3) // 7 if weeks is None else np.array(weeks, np.int64),
        nights=np.array([(nights or {}).get(i, 0) for i in range(n)], np.int8),
        flat=np.array([i in flat for i in range(n)]),
    )
    intents = _intents(n, sides, refused or {}, brackets or {}, multipliers or {}, wishes or {})
    inside = _finer_bars([(finer or {}).get(i, ()) for i in range(n)])
    fast, fast_log = _run(run_bars, close_at_end, [(0, n)], bars, inside, intents, contract, rules, balance)
    steps = [(i, i + 1) for i in range(n)]
    slow, slow_log = _run(plain(run_bars), plain(close_at_end), steps, bars, inside, intents, contract, rules, balance)
    assert fast == slow
    assert [rows.tobytes() for rows in fast_log] == [rows.tobytes() for rows in slow_log]
    assert_no_cent_is_lost(fast, balance)
    return fast


def verdicts(candles: Sequence[Candle], **setting: Any) -> list[str]:
    """What became of an intent to BUY at every close but the last."""
    sides = dict.fromkeys(range(len(candles) - 1), 1)
    return trade_table(candles, **({"sides": sides} | setting)).verdicts[:-1]


def assert_trades(ledger: Ledger, expected: Sequence[Mapping[str, Any]]) -> None:
    """Each expected trade names the columns it states (`exit`: the reason's name); money must agree to the cent."""
    _assert_rows("trades", ledger.trades, expected)


def assert_deals(ledger: Ledger, expected: Sequence[Mapping[str, Any]]) -> None:
    """Likewise for the deals (`kind` by its name)."""
    _assert_rows("deals", ledger.deals, expected)


def assert_refused(ledger: Ledger, name: str) -> None:
    """The first intent opened nothing, and is counted under `name`."""
    assert ledger.trades == [], f"expected no trades, found {ledger.trades}"
    assert ledger.deals == [], f"expected no deals, found {ledger.deals}"
    assert ledger.verdicts[0] == name, f"expected {name}, found {ledger.verdicts[0]}"


def assert_no_cent_is_lost(ledger: Ledger, start: float) -> None:
    """Balance, deals and trades tell the same money, in whole cents."""
    booked = _cents(start)
    for deal in ledger.deals:
        booked += _cents(deal["profit"]) - _cents(deal["commission"]) + _cents(deal["swap"])
        assert _cents(deal["balance_after"]) == booked, f"balance_after: expected {booked / 100}, found {deal}"
    assert _cents(ledger.balance) == booked, f"balance: expected {booked / 100}, found {ledger.balance}"
    for trade in ledger.trades:
        own = [deal for deal in ledger.deals if deal["ticket"] == trade["ticket"]]
        for column, name in (("gross", "profit"), ("commission", "commission"), ("swap", "swap")):
            total = sum(_cents(deal[name]) for deal in own)
            assert _cents(trade[column]) == total, f"{column}: deals say {total / 100}, found {trade}"
        net = _cents(trade["gross"]) - _cents(trade["commission"]) + _cents(trade["swap"])
        assert _cents(trade["net"]) == net, f"net: expected {net / 100}, found {trade}"


def _assert_rows(what: str, found: list[dict[str, Any]], expected: Sequence[Mapping[str, Any]]) -> None:
    assert len(found) == len(expected), f"expected {len(expected)} {what}, found {found}"
    for row, wanted in zip(found, expected, strict=True):
        for column, value in wanted.items():
            actual = row[column]
            same = abs(actual - value) < TOLERANCE if isinstance(value, float) else actual == value
            assert same, f"{column}: expected {value}, found {actual} in {row}"


def _cents(money: float) -> int:
    cents = round(money * 100.0)
    assert abs(money * 100.0 - cents) < 1e-4, f"expected whole cents, found {money}"
    return cents


def _column(value: float | Sequence[float], n: int) -> NDArray[np.float64]:
    return np.array(np.broadcast_to(value, n), np.float64)


def _intents(
    n: int,
    sides: Mapping[int, int],
    refused: Mapping[int, int],
    brackets: Mapping[int, tuple[float, float]],
    multipliers: Mapping[int, float],
    wishes: Mapping[int, int],
) -> Intents:
    side = np.zeros(n, np.int8)
    verdict = np.full(n, codes.NO_VOTE, np.int16)
    for i, wanted in sides.items():
        side[i] = wanted
        verdict[i] = refused.get(i, codes.OPENED)
    intents = plain_intents(side, verdict, np.full(n, 0.5), 1.0, 2.0)
    for i, (sl_atr, tp_atr) in brackets.items():
        intents.sl_atr[i], intents.tp_atr[i] = sl_atr, tp_atr
    for i, multiplier in multipliers.items():
        intents.risk_multiplier[i] = multiplier
    for i, wish in wishes.items():
        intents.wish[i] = wish
    return intents


def _finer_bars(inside: Sequence[Sequence[Candle]]) -> FinerBars:
    rows = np.array([row for part in inside for row in part], np.float64).reshape(-1, 4)
    open_, high, low, _ = np.ascontiguousarray(rows.T)
    return FinerBars(open_, high, low, np.cumsum([0] + [len(part) for part in inside], dtype=np.int64))


def _run(
    run: Callable[..., None],
    finish: Callable[..., None],
    steps: Sequence[tuple[int, int]],
    bars: BarArrays,
    finer: FinerBars,
    intents: Intents,
    contract: Contract,
    rules: Rules,
    balance: float,
) -> tuple[Ledger, Log]:
    n = len(bars.close)
    book, log = new_book(balance), new_log(n, rules)
    terms, settings = as_record(contract), as_record(rules)
    equity, verdicts = np.zeros(n), np.zeros(n, np.int16)
    for start, stop in steps:
        run(book, bars, finer, start, stop, intents, terms, settings, log, equity, verdicts)
    finish(book, bars, n - 1, terms, log, equity, verdicts)
    account = book[0]
    trades, deals = _rows(log.trades[: log.written[0]]), _rows(log.deals[: log.written[1]])
    for trade in trades:
        trade["exit"] = codes.EXIT_NAMES[trade["exit_reason"]]
    for deal in deals:
        deal["kind"] = codes.DEAL_NAMES[deal["kind"]]
    names = [codes.VERDICT_NAMES[code] for code in verdicts]
    return Ledger(trades, deals, equity.tolist(), names, float(account.balance)), log


def _rows(table: NDArray[Any]) -> list[dict[str, Any]]:
    return [dict(zip(table.dtype.names or (), row.item(), strict=True)) for row in table]
