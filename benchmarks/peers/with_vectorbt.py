"""The strategy through vectorbt (Apache-2 with Commons Clause), its Numba or its Rust engine."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import vectorbt
from numpy.typing import NDArray

from benchmarks.peers.strategy import Case
from benchmarks.peers.trades import PeerTrade, with_reasons

VERSION = vectorbt.__version__
ENGINES = ("numba", "rust") if importlib.util.find_spec("vectorbt_rust") else ("numba",)
CASH = 1e12  # one unit is never refused for lack of money
LAST_BIT = 2.0**-51  # its levels are price x (1 + fraction): rounded towards the price, or a touch could be missed


def vectorbt_trades(case: Case, engine: str = ENGINES[-1]) -> list[PeerTrade]:
    """Its trades in order of entry; what is open at the end it values at the last close, as a closed trade is."""
    table = Prepared(case).run(engine).exit_trades.records_arr
    side = np.where(table["direction"] == 0, 1, -1)
    columns = (table["entry_idx"], table["exit_idx"], side, table["entry_price"], table["exit_price"])
    return with_reasons(case, zip(*(column.tolist() for column in columns), strict=True))


class Prepared:
    """A market and its orders, ready to `run`, which gives the portfolio with its orders.

    An order belongs to the bar at whose open it fills; its levels are fractions of the fill.
    """

    def __init__(self, case: Case) -> None:
        index = pd.RangeIndex(len(case.close))
        buy, sell = (pd.Series(_next_bar(case.side == side, False), index) for side in (1, -1))
        stop, target = (
            pd.Series(np.abs(_next_bar(level, np.nan) / case.open - 1) - LAST_BIT, index)
            for level in (case.stop, case.target)
        )
        open_, high, low, close = (pd.Series(prices, index) for prices in case[:4])
        self._arguments = {
            "close": close,
            "open": open_,
            "high": high,
            "low": low,
            "price": open_,
            "entries": buy,
            "exits": False,
            "short_entries": sell,
            "short_exits": False,
            "sl_stop": stop,
            "tp_stop": target,
            "stop_entry_price": "price",
            "upon_opposite_entry": "reverse" if case.reverse else "ignore",
            "size": 1.0,
            "init_cash": CASH,
            "freq": "15min",
        }

    def run(self, engine: str) -> vectorbt.Portfolio:
        return vectorbt.Portfolio.from_signals(**self._arguments, engine=engine)


def _next_bar(column: NDArray, first: float) -> NDArray:
    return np.concatenate((np.array([first], column.dtype), column[:-1]))
