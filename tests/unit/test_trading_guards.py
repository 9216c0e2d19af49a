"""Guards trip, free themselves as they should, and are as they were after a restart."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.execution.breakers import roll_calendar, trip_breakers
from novosky.execution.records import Book, new_book
from novosky.execution.terms import Rules
from novosky.trading.guards.board import Board, changes, first_events, restored
from novosky.trading.guards.latch import FREE, NO_OPENING, STOP, Latch
from novosky.trading.guards.losses import Losses, moved_money
from novosky.trading.guards.market import MarketLimits, clock_drift, kill_switch, spread_spike, stale_bars
from novosky.trading.guards.rejects import BackOff, Rejects, accepted, rejected, resumed
from novosky.trading.ledger.rows import Equity
from novosky.trading.ledger.store import Ledger

LIMITS = MarketLimits()
RULES = Rules(max_hold_bars=12, risk_pct=1.0, daily_loss_pct=5.0, weekly_loss_pct=10.0, total_loss_pct=20.0)
M15_MS = 900_000


def test_the_kill_switch_stops_while_its_file_is_there() -> None:
    latch = kill_switch(Latch(), True, 1)
    assert (latch.answer, latch.since_ms) == (STOP, 1)
    assert kill_switch(latch, True, 2) == latch
    assert kill_switch(latch, False, 3) == Latch(FREE, 3)
    assert kill_switch(Latch(), False, 3) == Latch()


@pytest.mark.parametrize(
    ("late_periods", "is_open", "answer"),
    [(0.0, True, FREE), (2.0, True, FREE), (2.1, True, NO_OPENING), (2.1, False, FREE), (200.0, False, FREE)],
)
def test_bars_that_stay_away(late_periods: float, is_open: bool, answer: str) -> None:
    now_ms = int(M15_MS * (1.0 + late_periods))
    assert stale_bars(Latch(), 0, M15_MS, is_open, now_ms, LIMITS).answer == answer


def test_a_clock_is_free_again_well_below_its_limit() -> None:
    answers, latch = [], Latch()
    for drift_ms in (5_000, -5_001, 4_000, 2_501, 2_500, 4_000):
        latch = clock_drift(latch, drift_ms, 1, LIMITS)
        answers.append(latch.answer)
    assert answers == [FREE, NO_OPENING, NO_OPENING, NO_OPENING, FREE, FREE]


@pytest.mark.parametrize("spread", [50.01, float("nan"), float("inf")])
def test_a_spread_that_jumps(spread: float) -> None:
    latch = spread_spike(Latch(), spread, 10.0, 1, LIMITS)
    assert latch.answer == NO_OPENING
    assert spread_spike(latch, 30.0, 10.0, 2, LIMITS) == latch
    assert spread_spike(latch, 25.0, 10.0, 2, LIMITS).answer == FREE


def test_limits_of_zero_are_off() -> None:
    off = MarketLimits(0.0, 0, 0.0)
    assert spread_spike(Latch(), 1e9, 10.0, 1, off) == Latch()
    assert clock_drift(Latch(), 10**9, 1, off) == Latch()
    assert stale_bars(Latch(), 0, M15_MS, True, 10**12, off) == Latch()


def test_rejections_wait_longer_and_then_stop_opening() -> None:
    limits = {"requote": BackOff(first_ms=100, longest_ms=300, tries=4)}
    state, waits = Rejects(), []
    for _ in range(4):
        state = rejected(state, "requote", 1_000, limits)
        waits.append(state.not_before_ms - 1_000)
    assert waits == [100, 200, 300, 300]
    assert state.answer == NO_OPENING
    assert accepted(state).answer == NO_OPENING  # a close that was done frees no entry
    assert not accepted(state).may_send(10**9)
    assert resumed(state, 5).may_send(5)


def test_a_success_begins_the_counts_anew_and_classes_count_apart() -> None:
    limits = {"a": BackOff(100, 1_000, 2), "b": BackOff(0, 0, 1)}
    state = rejected(accepted(rejected(Rejects(), "a", 0, limits)), "a", 0, limits)
    assert (state.in_row, state.answer, state.not_before_ms) == ({"a": 1}, FREE, 100)
    assert not state.may_send(99)
    assert state.may_send(100)
    assert rejected(state, "b", 0, limits).answer == NO_OPENING
    assert rejected(Rejects(), "never heard of", 0, limits).not_before_ms > 0


def account(balance: float = 1_000.0) -> Book:
    """The core's book of an account that has not traded."""
    return new_book(balance)[0]


def after(book: Book, *closes: tuple[int, int, float], rules: Rules = RULES) -> Losses:
    """Closes of (day, week, equity), nothing open; as the core's loop goes."""
    for day, week, equity in closes:
        if (day, week) != (book.day, book.week):
            inspect.unwrap(roll_calendar)(book, day, week, rules)
        book.balance = book.equity = equity
        inspect.unwrap(trip_breakers)(book, rules)
    return Losses.of(book)


@pytest.mark.parametrize(
    ("closes", "verdict", "answer"),
    [
        ([(0, 0, 950.01)], "opened", FREE),
        ([(0, 0, 950.0)], "daily_loss", NO_OPENING),
        ([(0, 0, 950.0), (0, 0, 1_000.0)], "daily_loss", NO_OPENING),  # latched until the day is over
        ([(0, 0, 950.0), (1, 0, 950.0)], "opened", FREE),
        ([(0, 0, 955.0), (1, 0, 910.0), (2, 0, 899.0)], "weekly_loss", NO_OPENING),
        ([(0, 0, 955.0), (1, 0, 910.0), (2, 0, 899.0), (7, 1, 899.0)], "opened", FREE),
        ([(0, 0, 800.0)], "daily_loss", STOP),  # and the total, which no day ends
        ([(0, 0, 800.0), (7, 1, 900.0)], "total_halt", STOP),
    ],
)
def test_losses_halt_as_in_the_core(closes: list[tuple[int, int, float]], verdict: str, answer: str) -> None:
    state = after(account(), *closes)
    assert (state.verdict, state.answer) == (verdict, answer)


def test_a_withdrawal_is_no_loss() -> None:
    book = account()
    after(book, (0, 0, 1_000.0))
    assert after(book.copy(), (0, 0, 600.0)).answer == STOP
    moved_money(book, -400.0)
    assert after(book.copy(), (0, 0, 600.0)).answer == FREE
    assert after(book.copy(), (0, 0, 570.0)).verdict == "daily_loss"


def test_what_tripped_is_in_the_ledger_and_still_tripped_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    book = account()
    board = Board(Losses.of(book))
    with Ledger(url, "bot") as ledger:
        assert restored(ledger.state.guards, ledger.state.equity) is None
        ledger.append(1, *first_events(board))
        steps = [
            replace(board, losses=after(book, (0, 0, 990.0))),
            replace(board, losses=after(book, (0, 0, 940.0))),
        ]
        steps.append(replace(steps[-1], rejects=rejected(Rejects(), "stop_opening", 7)))
        steps.append(replace(steps[-1], clock_drift=clock_drift(Latch(), 9_000, 8, LIMITS)))
        steps.append(replace(steps[-1], paused=Latch().trip(STOP, 9, "/pause")))
        for then in steps:
            losses = then.losses
            row = Equity(losses.balance, losses.equity, 0.0, losses.equity, 0)
            ledger.append(2, *changes(board, then), row)
            board = then
    with Ledger(url, "bot") as again:
        found = restored(again.state.guards, again.state.equity)
        texts = [
            entry.row.text for entry in again.entries() if hasattr(entry.row, "level") and entry.row.level == "alarm"
        ]
    assert found == board
    assert found.holding == ("losses", "clock_drift", "rejects", "paused")
    assert found.answer == STOP
    assert len(texts) == 4
    assert texts[0].startswith("losses tripped: daily_loss at a balance of 940.00")


def test_money_that_moves_within_its_limits_is_no_event() -> None:
    book = account()
    board = Board(after(book, (0, 0, 1_000.0)))
    assert changes(board, replace(board, losses=after(book, (0, 0, 990.0)))) == ()
    (event,) = changes(board, replace(board, losses=after(book, (1, 0, 990.0))))
    assert (event.level, event.details["state"]["day"]) == ("info", 1)


def test_a_guard_that_is_free_again_is_an_event() -> None:
    board = Board(Losses.of(account()), kill_switch=Latch().trip(STOP, 1, "file"))
    (event,) = changes(board, replace(board, kill_switch=board.kill_switch.free(2)))
    assert (event.level, event.text) == ("warning", "kill_switch is free again")


def test_a_state_of_an_older_program_has_defaults() -> None:
    assert Latch.from_dict({"answer": STOP, "since_ms": 3, "colour": "red"}) == Latch(STOP, 3)
