"""What the core's door refuses, by name and row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from novosky.errors import ConfigError, DataError
from novosky.execution.checks import check_contract, check_rules
from novosky.execution.codes import NO_VOTE, OPENED
from novosky.execution.records import MAX_FINER
from novosky.execution.series import FinerBars, plain_bars, plain_intents
from novosky.execution.simulate import simulate
from support.candles import CONTRACT, RULES


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tick_size", 0.0),
        ("tick_value", 0.0),
        ("tick_value", float("nan")),
        ("volume_step", 1000.0),
        ("volume_max", 0.001),
        ("commission_per_lot", -1.0),
        ("margin_per_price", float("inf")),
        ("stop_out_pct", -50.0),
        ("stops_distance", -0.01),
    ],
)
def test_an_impossible_contract_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ConfigError, match=field):
        check_contract(CONTRACT._replace(**{field: value}))


@pytest.mark.parametrize(
    "rules",
    [
        {"max_positions": 17},
        {"max_positions": 2, "netting": True},
        {"equity_filter_trades": 101},
        {"max_hold_bars": 0},
        {"risk_pct": 0.0},
        {"partial_fraction": 1.0},
    ],
)
def test_rules_without_room_or_sense_are_refused_by_name(rules: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(rules))):
        check_rules(RULES._replace(**rules))


def run(**broken: Any) -> None:
    n = 8
    price, zero = np.full(n, 100.0), np.zeros(n, np.int64)
    bars = plain_bars(price, price, price, price, np.zeros(n), np.full(n, 10.0), zero, zero)
    verdict = np.array([OPENED if i == 5 else NO_VOTE for i in range(n)], np.int16)
    intents = plain_intents(np.ones(n, np.int8), verdict, np.ones(n), 1.0, 2.0)
    bars = bars._replace(**{name: value for name, value in broken.items() if hasattr(bars, name)})
    intents = intents._replace(**{name: value for name, value in broken.items() if hasattr(intents, name)})
    simulate(bars, intents, CONTRACT, RULES, 1000.0, 2, n, broken.get("finer"))


def with_nan(row: int) -> np.ndarray:
    values = np.full(8, 1.0)
    values[row] = np.nan
    return values


@pytest.mark.parametrize("column", ["sl_atr", "tp_atr", "risk_multiplier", "confidence", "atr"])
def test_an_intent_without_a_number_is_refused_with_its_row(column: str) -> None:
    run(**{column: with_nan(4)})  # a bar that wants nothing
    with pytest.raises(DataError, match=rf"{column}.*1 rows without one, first row 5"):
        run(**{column: with_nan(5)})


def test_bars_without_a_number_are_refused_inside_the_window_alone() -> None:
    run(close=np.where(np.arange(8) < 2, np.nan, 100.0))
    with pytest.raises(DataError, match=r"bars\.close.*first row 3"):
        run(close=np.where(np.arange(8) == 3, np.nan, 100.0))


def test_a_side_that_is_none_is_refused() -> None:
    with pytest.raises(DataError, match=r"intents\.side.*first row 5"):
        run(side=np.zeros(8, np.int8))


def test_more_finer_bars_than_there_is_room_for_are_refused() -> None:
    n = MAX_FINER + 1
    prices = np.full(n, 100.0)
    first = np.full(9, n, np.int64)
    first[0] = 0
    with pytest.raises(DataError, match=f"at most {MAX_FINER}"):
        run(finer=FinerBars(prices, prices, prices, first))
