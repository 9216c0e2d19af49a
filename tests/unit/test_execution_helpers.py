"""The tables' helpers can fail: each kind of wrong answer is told apart, and each way of losing a cent."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from novosky.execution import records
from novosky.execution.codes import NEWS_BLOCK
from novosky.execution.compiled import compiled
from support import candles
from support.candles import (
    FLAT,
    LOSS,
    Ledger,
    assert_deals,
    assert_no_cent_is_lost,
    assert_refused,
    assert_trades,
    trade_table,
)
from support.plain import plain

STOPPED = {"entry_price": 100.0, "exit_price": 90.0, "exit": "stop", "net": -10.0}


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return trade_table([FLAT, FLAT, LOSS, FLAT], {0: 1})


def test_what_is_right_passes(ledger: Ledger) -> None:
    assert_trades(ledger, [STOPPED])
    assert_deals(ledger, [{"kind": "open", "profit": 0.0}, {"kind": "close", "profit": -10.0}])


@pytest.mark.parametrize(("wrong", "message"), [
    ({"exit_price": 90.01}, r"exit_price: expected 90\.01, found 90\.0"),
    ({"net": -9.99}, r"net: expected -9\.99, found -10\.0"),
    ({"net": -10.00001}, r"net: expected -10\.00001"),
    ({"exit": "moved_stop"}, "exit: expected moved_stop, found stop"),
    ({"exit_bar": 3}, "exit_bar: expected 3, found 2"),
    ({"side": -1}, "side: expected -1, found 1"),
    ({"net": float("nan")}, "net: expected nan"),
])  # fmt: skip
def test_a_wrong_column_fails(ledger: Ledger, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_trades(ledger, [STOPPED | wrong])


def test_a_missing_and_an_extra_trade_fail(ledger: Ledger) -> None:
    with pytest.raises(AssertionError, match="expected 0 trades"):
        assert_trades(ledger, [])
    with pytest.raises(AssertionError, match="expected 2 trades"):
        assert_trades(ledger, [STOPPED, STOPPED])


def test_a_column_that_does_not_exist_fails(ledger: Ledger) -> None:
    with pytest.raises(KeyError):
        assert_trades(ledger, [{"nett": -10.0}])


def test_a_wrong_deal_fails(ledger: Ledger) -> None:
    with pytest.raises(AssertionError, match="kind: expected add, found close"):
        assert_deals(ledger, [{"kind": "open"}, {"kind": "add"}])
    with pytest.raises(AssertionError, match="expected 1 deals"):
        assert_deals(ledger, [{"kind": "open"}])


def test_a_refusal_that_was_none_or_another_fails(ledger: Ledger) -> None:
    with pytest.raises(AssertionError, match="expected no trades"):
        assert_refused(ledger, "opened")
    refused = trade_table([FLAT, FLAT], {0: 1}, refused={0: NEWS_BLOCK})
    assert_refused(refused, "news_block")
    with pytest.raises(AssertionError, match="expected session, found news_block"):
        assert_refused(refused, "session")


def spoil(row: dict[str, Any], column: str, by: float) -> None:
    row[column] += by


@pytest.mark.parametrize(("change", "message"), [
    (lambda x: spoil(x.deals[1], "profit", 0.01), "balance_after: expected 990.01"),
    (lambda x: spoil(x.deals[0], "commission", 0.01), "balance_after: expected 999.99"),
    (lambda x: spoil(x.deals[1], "swap", -0.01), "balance_after: expected 989.99"),
    (lambda x: spoil(x.deals[1], "balance_after", 0.004), "whole cents"),
    (lambda x: setattr(x, "balance", 990.01), "balance: expected 990.0, found 990.01"),
    (lambda x: spoil(x.trades[0], "gross", 0.01), "gross: deals say -10.0"),
    (lambda x: spoil(x.trades[0], "commission", 0.01), "commission: deals say 0.0"),
    (lambda x: spoil(x.trades[0], "swap", 0.01), "swap: deals say 0.0"),
    (lambda x: spoil(x.trades[0], "net", 0.01), "net: expected -10.0"),
    (lambda x: x.deals.pop(), "balance: expected 1000.0"),
])  # fmt: skip
def test_a_lost_cent_fails(ledger: Ledger, change: Callable[[Ledger], object], message: str) -> None:
    assert_no_cent_is_lost(ledger, 1000.0)
    spoiled = deepcopy(ledger)
    change(spoiled)
    with pytest.raises(AssertionError, match=message):
        assert_no_cent_is_lost(spoiled, 1000.0)


def test_another_start_fails(ledger: Ledger) -> None:
    with pytest.raises(AssertionError, match="balance_after"):
        assert_no_cent_is_lost(ledger, 1000.01)


def test_a_table_whose_two_runs_differ_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    # The plain core of a table whose compiled one has another spread.
    run, calls = candles._run, []

    def dearer(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            bars = arguments[3]
            return run(*arguments[:3], bars._replace(spread=bars.spread + 0.01), *arguments[4:])
        return run(*arguments)

    monkeypatch.setattr(candles, "_run", dearer)
    with pytest.raises(AssertionError):
        trade_table([FLAT, FLAT, LOSS, FLAT], {0: 1})
    assert len(calls) == 2


@compiled
def third(x: float) -> float:
    return x / 3.0


@compiled
def two_thirds(x: float) -> float:
    return third(x) + third(x)


def test_plain_replaces_the_whole_call_tree() -> None:
    body = plain(two_thirds)
    assert body(1.0) == two_thirds(1.0) == 2.0 / 3.0
    assert not hasattr(body, "py_func")
    assert not hasattr(body.__globals__["third"], "py_func")
    assert hasattr(third, "py_func")


def test_no_column_of_a_row_is_hidden_by_an_attribute_of_numpy() -> None:
    # `row.flat` is numpy's iterator, not the column of that name: plain bodies would read nonsense.
    dtypes = {name: value for name, value in vars(records).items() if isinstance(value, np.dtype)}
    assert dtypes
    for name, dtype in dtypes.items():
        hidden = set(dtype.names or ()) & set(dir(np.record))
        assert not hidden, f"{name}: {sorted(hidden)}"
