"""Money on random markets: no cent appears or is lost, and no lot either."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings

from novosky.execution import codes
from novosky.execution.simulate import Simulation, simulate
from support.random_markets import Case, cases


def run(case: Case) -> Simulation:
    return simulate(case.bars, case.intents, case.contract, case.rules, case.balance, case.start, case.stop, case.finer)


def in_cents(money: float) -> int:
    """Money that was booked is whole cents; what binary loses of them is far less than a thousandth."""
    whole = round(money * 100)
    assert abs(money * 100 - whole) < 1e-3, f"{money!r} is not whole cents"
    return whole


@settings(max_examples=200, derandomize=True, deadline=None)
@given(cases())
def test_the_final_balance_is_the_start_and_every_deal(case: Case) -> None:
    result = run(case)
    balance = in_cents(case.balance)
    for deal in result.deals:
        balance += in_cents(deal["profit"]) - in_cents(deal["commission"]) + in_cents(deal["swap"])
        assert in_cents(deal["balance_after"]) == balance
    assert in_cents(result.book[0]["balance"]) == balance
    assert in_cents(result.equity[-1]) == balance
    assert in_cents(case.balance) + sum(in_cents(trade["net"]) for trade in result.trades) == balance


@settings(max_examples=100, derandomize=True, deadline=None)
@given(cases())
def test_a_trade_is_the_sum_of_its_deals(case: Case) -> None:
    result = run(case)
    deals = defaultdict(list)
    for deal in result.deals:
        deals[deal["ticket"]].append(deal)
    assert sorted(deals) == sorted(result.trades["ticket"])
    for trade in result.trades:
        own = deals[trade["ticket"]]
        for column, of_deal in (("gross", "profit"), ("commission", "commission"), ("swap", "swap")):
            assert in_cents(trade[column]) == sum(in_cents(deal[of_deal]) for deal in own)
        assert in_cents(trade["net"]) == in_cents(trade["gross"] - trade["commission"] + trade["swap"])
        entries = [deal for deal in own if deal["kind"] in (codes.DEAL_OPEN, codes.DEAL_ADD)]
        exits = [deal for deal in own if deal["kind"] in (codes.DEAL_PARTIAL, codes.DEAL_CLOSE)]
        assert (own[0]["kind"], own[-1]["kind"]) == (codes.DEAL_OPEN, codes.DEAL_CLOSE)
        for part in (entries, exits):
            np.testing.assert_allclose(sum(deal["volume_lots"] for deal in part), trade["volume_lots"], rtol=1e-9)
        np.testing.assert_allclose(sum(deal["risk_money"] for deal in entries), trade["risk_money"], rtol=1e-9)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(cases())
def test_volumes_are_whole_steps_within_the_limits(case: Case) -> None:
    contract, deals = case.contract, run(case).deals
    steps = deals["volume_lots"] / contract.volume_step
    np.testing.assert_allclose(steps, np.rint(steps), rtol=0, atol=1e-6)
    entries = deals[np.isin(deals["kind"], (codes.DEAL_OPEN, codes.DEAL_ADD))]["volume_lots"]
    assert np.all(entries >= contract.volume_min * (1 - 1e-9))
    assert np.all(entries <= contract.volume_max * (1 + 1e-9))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(cases())
def test_every_intent_that_opened_is_one_trade(case: Case) -> None:
    result = run(case)
    opened = np.flatnonzero(result.verdicts == codes.OPENED) + case.start
    first = result.trades[result.trades["is_add"] == 0]
    assert sorted(first["decision_bar"]) == opened.tolist()
    events = [(deal["bar"], deal["kind"]) for deal in result.deals]
    assert events == sorted(events, key=lambda event: event[0])
    held = np.cumsum([{codes.DEAL_OPEN: 1, codes.DEAL_CLOSE: -1}.get(kind, 0) for _, kind in events])
    assert held.size == 0 or (held.min() >= 0 and held.max() <= case.rules.max_positions and held[-1] == 0)
