"""The plain strategy through other libraries: the same trades, and every difference has a name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from benchmarks.peers.differences import (
    BACKTESTING_RULES,
    LEVEL_PASSED,
    REVERSAL_DROPPED,
    UNEXPLAINED,
    VECTORBT_RULES,
    differences,
)
from benchmarks.peers.strategy import Case, ema_cross, random_walk
from benchmarks.peers.trades import PeerTrade
from benchmarks.peers.walk import (
    BRACKET_BEFORE_REVERSAL,
    CLOSED_AT_LAST_OPEN,
    ENTRY_BAR_NOT_WATCHED,
    STOP_BEFORE_GAPPED_TARGET,
    walk,
)
from benchmarks.peers.with_novosky import novosky_trades

BARS = 20_000
REAL_FILES = ("btcusd_m15_perp", "btcusd_m15_mt5", "btcusd_m1_mt5", "btcusd_m15_spot_2020h1")
each_way = pytest.mark.parametrize("reverse", [False, True], ids=["ignore", "reverse"])
ALL_RULES = BACKTESTING_RULES + VECTORBT_RULES


def walked(case: Case) -> list[PeerTrade]:
    """All trades by the walk that explains differences: plain Python, nothing of the core."""
    trades: list[PeerTrade] = []
    for i in range(len(case.close) - 1):
        side = int(case.side[i])
        free = not trades or trades[-1].exit_bar <= i or (case.reverse and trades[-1].side == -side)
        if side != 0 and free:
            trades.append(PeerTrade(i + 1, *_reordered(case, i + 1, side)))
    return trades


def _reordered(case: Case, entry_bar: int, side: int) -> tuple[int, int, float, float, str]:
    exit_bar, price, reason = walk(case, entry_bar, side)
    return exit_bar, side, float(case.open[entry_bar]), price, reason


def backtesting_differences(case: Case) -> Counter[str]:
    pytest.importorskip("backtesting")
    from benchmarks.peers.with_backtesting import backtesting_trades

    return differences(case, novosky_trades(case), backtesting_trades(case), BACKTESTING_RULES)


def vectorbt_differences(case: Case) -> Counter[str]:
    pytest.importorskip("vectorbt")
    from benchmarks.peers.with_vectorbt import vectorbt_trades

    return differences(case, novosky_trades(case), vectorbt_trades(case), VECTORBT_RULES)


def real_case(folder: Path, name: str, reverse: bool) -> Case:
    table = pl.read_parquet(folder / f"{name}.parquet", columns=["open", "high", "low", "close"])
    return ema_cross(*(table[column].cast(pl.Float64).to_numpy().copy() for column in table.columns), reverse=reverse)


@each_way
@pytest.mark.parametrize("gaps", [0.0, 0.02])
def test_the_core_trades_as_the_walk_does(reverse: bool, gaps: float) -> None:
    case = ema_cross(*random_walk(BARS, gaps=gaps), reverse=reverse)
    ours = novosky_trades(case)
    assert len(ours) > 300
    assert {trade.reason for trade in ours} >= {"stop", "target"} | ({"opposite_signal"} if reverse else set())
    assert differences(case, ours, walked(case), ()) == {}


@each_way
def test_backtesting_py_makes_the_same_trades(reverse: bool) -> None:
    found = backtesting_differences(ema_cross(*random_walk(BARS), reverse=reverse))
    assert found.total() == found[CLOSED_AT_LAST_OPEN] <= 1


@each_way
def test_backtesting_py_on_a_market_of_gaps(reverse: bool) -> None:
    found = backtesting_differences(ema_cross(*random_walk(BARS, gaps=0.02), reverse=reverse))
    assert found[UNEXPLAINED] == 0
    assert found[LEVEL_PASSED] > 0
    assert found[STOP_BEFORE_GAPPED_TARGET] > 0


def test_vectorbt_does_not_watch_the_bar_of_the_entry() -> None:
    found = vectorbt_differences(ema_cross(*random_walk(BARS)))
    assert found[UNEXPLAINED] == 0
    assert found[ENTRY_BAR_NOT_WATCHED] > 0


def test_vectorbt_lets_a_stop_win_over_a_reversal_at_the_same_bars_open() -> None:
    found = vectorbt_differences(ema_cross(*random_walk(BARS), reverse=True))
    assert found[UNEXPLAINED] == 0
    assert found[BRACKET_BEFORE_REVERSAL] > 10
    assert found[REVERSAL_DROPPED] > 10


@pytest.mark.real
@each_way
@pytest.mark.parametrize("name", REAL_FILES)
def test_backtesting_py_on_real_bars(real_data: Path, name: str, reverse: bool) -> None:
    found = backtesting_differences(real_case(real_data, name, reverse))
    assert found[UNEXPLAINED] == 0
    assert found.total() <= 2


@pytest.mark.real
@each_way
@pytest.mark.parametrize("name", REAL_FILES)
def test_vectorbt_on_real_bars(real_data: Path, name: str, reverse: bool) -> None:
    found = vectorbt_differences(real_case(real_data, name, reverse))
    assert found[UNEXPLAINED] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"exit_price": 1.0},
        {"entry_price": 1.0},
        {"exit_bar": 5_000},
        {"reason": "window_end"},
        {"side": 0},
        {"entry_bar": 4_000},
    ],
)
def test_a_changed_trade_is_not_explained(change: dict[str, float | str]) -> None:
    case = ema_cross(*random_walk(5_001))
    ours = novosky_trades(case)
    theirs = [*ours[:20], ours[20]._replace(**change), *ours[21:]]
    assert differences(case, ours, theirs, ALL_RULES)[UNEXPLAINED] > 0


def test_a_missing_and_an_invented_trade_are_not_explained() -> None:
    case = ema_cross(*random_walk(5_001))
    ours = novosky_trades(case)
    assert differences(case, ours, ours, ALL_RULES) == {}
    assert differences(case, ours, ours[:20] + ours[21:], ALL_RULES) == {UNEXPLAINED: 1}
    assert differences(case, ours[:20] + ours[21:], ours, ALL_RULES) == {UNEXPLAINED: 1}


def test_a_difference_of_ours_is_not_blamed_on_the_other_library() -> None:
    """The walk without switches must give our trade: a core that broke a rule finds no excuse here."""
    case = ema_cross(*random_walk(5_001))
    theirs = novosky_trades(case)
    held = [PeerTrade(t.entry_bar, *_later(case, t)) for t in theirs if t.exit_bar == t.entry_bar]
    ours = [t for t in theirs if t.exit_bar != t.entry_bar] + held
    assert held
    assert differences(case, ours, theirs, ALL_RULES)[UNEXPLAINED] > 0


def _later(case: Case, trade: PeerTrade) -> tuple[int, int, float, float, str]:
    exit_bar, price, reason = walk(case, trade.entry_bar, trade.side, (ENTRY_BAR_NOT_WATCHED,))
    return exit_bar, trade.side, trade.entry_price, price, reason
