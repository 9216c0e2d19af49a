"""The execution core on one thread: plain, with every rule at work, and beside other libraries on the same trades."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.execution_tables import Table, busy_table, plain_table
from benchmarks.peers.differences import BACKTESTING_RULES, VECTORBT_RULES, differences, same_trade
from benchmarks.peers.strategy import Case, ema_cross, random_walk
from benchmarks.peers.trades import PeerTrade
from benchmarks.peers.with_novosky import novosky_trades
from benchmarks.timing import best_seconds
from novosky.execution.loop import run_bars

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.plain import plain

Line = tuple[str, str]

SIZES = (10_000, 100_000, 1_000_000)
UNCOMPILED_BARS = 5_000
PLAIN = "plain brackets"
TABLES = {
    PLAIN: plain_table,
    "every rule": functools.partial(busy_table, bars_a_decision=48),
    "every rule, busy": functools.partial(busy_table, bars_a_decision=8),
}
COMPARED_BARS = 100_000  # as many as an interpreted library gets through in a second


def run() -> list[Line]:
    lines, per_bar = [], {}
    for name, make in TABLES.items():
        tables = [make(size) for size in SIZES]
        per_bar[name] = [_seconds_per_bar(table) for table in tables]
        fast = per_bar[name][-1]
        slow = _seconds_per_bar(make(UNCOMPILED_BARS), plain(run_bars), runs=3)
        lines += [
            (name, f"{1e-6 / fast:.1f} million bars/s"),
            (f"{name}: trades", _traffic(tables[-1])),
            (
                f"{name}: the same body uncompiled",
                f"{1 / slow:,.0f} bars/s; compiled is {slow / fast:,.0f} times as fast",
            ),
        ]
    for name, seconds in per_bar.items():
        each = (f"{size:,}: {took * 1e9:.1f}" for size, took in zip(SIZES, seconds, strict=True))
        lines.append((f"{name}: ns/bar by number of bars", ", ".join(each)))
    return lines + _peers(plain_table(SIZES[-1]))


def _seconds_per_bar(table: Table, loop: Callable[..., None] = run_bars, runs: int = 5) -> float:
    return best_seconds(lambda: table.trade(loop), runs) / len(table)


def _traffic(table: Table) -> str:
    """Trades per bar, additions among them, and how many positions are open on average."""
    trades = table.log.trades[: table.trade(run_bars)]
    held = int(np.sum(trades["exit_bar"] - trades["entry_bar"] + 1))
    rate, added = len(trades) / len(table), float(np.mean(trades["is_add"]))
    return f"{rate:.2%} of bars open a trade ({added:.0%} additions), {held / len(table):.2f} positions on a bar"


def _peers(ours: Table) -> list[Line]:
    """Speed of the plain strategy and equality of trades, for each library that is installed."""
    lines: list[Line] = []
    if importlib.util.find_spec("backtesting"):
        from benchmarks.peers import with_backtesting as other

        backtest = other.prepared(ema_cross(*random_walk(COMPARED_BARS)))
        speed = _beside(ours, lambda: other.run(backtest), COMPARED_BARS, runs=3)
        lines.append((f"backtesting.py {other.VERSION}, with its statistics", speed))
        lines += _equal_trades("backtesting.py", other.backtesting_trades, BACKTESTING_RULES)
    if importlib.util.find_spec("vectorbt"):
        from benchmarks.peers import with_vectorbt as vectorbt

        whole = vectorbt.Prepared(ema_cross(*random_walk(len(ours))))
        for engine in vectorbt.ENGINES:
            whole.run(engine)  # compiles
            speed = _beside(ours, lambda engine=engine: whole.run(engine), len(ours))
            lines.append((f"vectorbt {vectorbt.VERSION}, {engine}, orders alone", speed))
        lines += _equal_trades("vectorbt", vectorbt.vectorbt_trades, VECTORBT_RULES)
    return lines or [("other libraries", "not installed: uv sync --extra compare")]


def _beside(ours: Table, theirs: Callable[[], object], bars: int, runs: int = 7) -> str:
    """Both calls as a user makes them, in turns, each making its own results: their speed and the ratio."""
    took = [(best_seconds(theirs, 1) / bars, best_seconds(ours.simulate, 1) / len(ours)) for _ in range(runs)]
    their_best, our_best = (min(column) for column in zip(*took, strict=True))
    return f"{1 / their_best:,.0f} bars/s; this core {1 / our_best:,.0f}: {their_best / our_best:,.1f} times as fast"


def _equal_trades(library: str, trade: Callable[[Case], Sequence[PeerTrade]], rules: Sequence[str]) -> list[Line]:
    lines = []
    for words, reverse in (("opposite signals ignored", False), ("reversed", True)):
        case = ema_cross(*random_walk(COMPARED_BARS), reverse=reverse)
        ours, theirs = novosky_trades(case), trade(case)
        known = {(found.entry_bar, found.side): found for found in theirs}
        equal = sum(same_trade(own, known.get((own.entry_bar, own.side), own._replace(side=0))) for own in ours)
        causes = ", ".join(f"{cause} {count}" for cause, count in _sorted(differences(case, ours, theirs, rules)))
        what = f"{library}: equal trades, {words}"
        lines.append((what, f"{equal:,} of {len(ours):,} (theirs {len(theirs):,}){causes and '; ' + causes}"))
    return lines


def _sorted(causes: Counter[str]) -> list[tuple[str, int]]:
    return sorted(causes.items(), key=lambda item: (-item[1], item[0]))
