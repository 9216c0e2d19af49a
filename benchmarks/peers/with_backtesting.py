"""The strategy through backtesting.py (kernc, AGPL-3)."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import backtesting
import pandas as pd

from benchmarks.peers.strategy import Case
from benchmarks.peers.trades import PeerTrade, with_reasons

VERSION = backtesting.__version__
CASH = 1e12  # one unit is never refused for lack of money


def backtesting_trades(case: Case) -> list[PeerTrade]:
    return as_peer_trades(case, run(prepared(case)))


def run(backtest: backtesting.Backtest) -> Any:
    """Its table of trades."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # it shows a progress bar
        warnings.simplefilter("ignore")  # what it asks of pandas is its own affair
        return backtest.run()._trades


def prepared(case: Case) -> backtesting.Backtest:
    """A market and strategy, ready to `run`, which makes its statistics as well.

    An order takes its levels as prices when it is placed, at the signal's close; they lie around the open at which it
    will fill, as a terminal sets them. What is open at the end it closes only if told to.
    """
    index = pd.date_range("2020-01-01", periods=len(case.close), freq="15min")
    table = pd.DataFrame({"Open": case.open, "High": case.high, "Low": case.low, "Close": case.close}, index)
    return backtesting.Backtest(table, _strategy(case), cash=CASH, finalize_trades=True)


def _strategy(case: Case) -> type[backtesting.Strategy]:
    side, stop, target, close = (column.tolist() for column in (case.side, case.stop, case.target, case.close))

    class EmaCross(backtesting.Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            i = len(self.data) - 1
            wanted = side[i]
            held = self.position.size
            if wanted == 0 or i == len(side) - 1:
                return
            if held and (not case.reverse or wanted * held > 0):
                return
            if held:
                self.position.close()
            if min(stop[i], target[i]) < close[i] < max(stop[i], target[i]):  # it raises where a gap left them
                order = self.buy if wanted > 0 else self.sell
                order(size=1, sl=stop[i], tp=target[i])

    return EmaCross


def as_peer_trades(case: Case, table: Any) -> list[PeerTrade]:
    columns = [table[name].tolist() for name in ("EntryBar", "ExitBar", "Size", "EntryPrice", "ExitPrice")]
    return with_reasons(case, zip(*columns, strict=True))
