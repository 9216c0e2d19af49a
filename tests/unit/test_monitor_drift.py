"""Evidence that may be looked at always: its guarantee by counting every world, its sums by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from novosky.trading.ledger.trades import live_trades
from novosky.trading.monitor.betting import Evidence, inflation_of
from novosky.trading.monitor.drift import COSTS, FEWER, LOSES, MORE, RESULT, drifts, opened_per_day
from novosky.trading.monitor.promise import Promise
from novosky.trading.monitor.words import sentence
from support.live_book import REVISION, LiveBook


def worlds(length: int, p: float) -> list[tuple[float, tuple[float, ...]]]:
    """Every row of wins (+1) and losses (-1) of this length, with its chance."""
    rows = product((-1.0, 1.0), repeat=length)
    return [(p ** sum(x > 0 for x in row) * (1 - p) ** sum(x < 0 for x in row), row) for row in rows]


def played(evidence: Evidence, live: tuple[float, ...]) -> Evidence:
    for value in live:
        evidence.see(value)
    return evidence


def test_against_a_known_mean_the_game_is_fair() -> None:
    """Expected capital is 1 at the mean itself, less above it, more below."""
    expected = [
        sum(chance * math.exp(played(Evidence(0.0, -2.0, 2.0), row).log_now) for chance, row in worlds(8, p))
        for p in (0.5, 0.6, 0.4)
    ]
    assert expected[0] == pytest.approx(1.0, abs=1e-9)
    assert expected[1] < 1.0 < expected[2]


@pytest.mark.parametrize("p", [0.15, 0.5, 0.8])
def test_against_a_sample_it_is_fair_whatever_the_truth(p: float) -> None:
    """Same chance p for 4 reference and 6 live values: no expectation above 1, no alarm above its share."""
    rows = [
        (a * b, played(Evidence(np.array(reference), -1.0, 1.0), live))
        for a, reference in worlds(4, p)
        for b, live in worlds(6, p)
    ]
    assert sum(chance * math.exp(evidence.log_now) for chance, evidence in rows) <= 1.0 + 1e-9
    for alpha in (0.5, 0.2, 0.05):
        alarms = sum(chance for chance, evidence in rows if evidence.log_most >= math.log(1 / alpha))
        assert alarms <= alpha


def test_a_sample_taken_for_the_truth_cries_wolf() -> None:
    """What the test above would not let pass: the mean of the four as if it were known."""
    rows = [
        (a * b, played(Evidence(float(np.mean(reference)), -1.0, 1.0), live).log_most)
        for a, reference in worlds(4, 0.5)
        for b, live in worlds(6, 0.5)
    ]
    assert sum(chance for chance, most in rows if most >= math.log(1 / 0.05)) > 0.05


def test_the_sums_by_hand() -> None:
    """Two values against m = 0.5 in bounds of 0 to 1: five bettors, and the share that has not started yet."""
    evidence = Evidence(0.5, 0.0, 1.0)
    evidence.see(0.0)
    evidence.see(1.0)
    stakes = [0.9 / 0.5 / 2**k for k in range(5)]
    first = 6 / math.pi**2
    capital = sum((1 + s * 0.5) * (1 - s * 0.5) for s in stakes) / 5
    assert math.exp(evidence.log_now) == pytest.approx(first * capital + 1 - first)
    assert math.exp(evidence.log_most) == pytest.approx(first * sum(1 + s * 0.5 for s in stakes) / 5 + 1 - first)


def test_values_beyond_the_bounds_count_as_the_bounds() -> None:
    inside, beyond = Evidence(0.0, -2.0, 4.0), Evidence(0.0, -2.0, 4.0)
    assert [inside.see(x) for x in (-2.0, 4.0)] == [beyond.see(x) for x in (-90.0, 90.0)]


def test_dependence_is_paid_for() -> None:
    random = np.random.Generator(np.random.PCG64(3))
    lonely = random.normal(size=400)
    repeating = np.repeat(lonely[:100], 4)
    assert inflation_of(lonely) < 1.6
    assert 2.5 < inflation_of(repeating) < 6.0
    assert inflation_of(np.ones(40)) == inflation_of(lonely[:4]) == 1.0
    live = tuple(-np.ones(30))
    assert played(Evidence(0.0, -2.0, 2.0, 3.0), live).log_now < played(Evidence(0.0, -2.0, 2.0), live).log_now


def test_a_late_fall_is_seen() -> None:
    """After 400 good trades a single game from the start would still be far behind."""
    random = np.random.Generator(np.random.PCG64(1))
    good, bad = (np.where(random.random(n) < p, 1.45, -1.05) for n, p in ((400, 0.5), (300, 0.2)))
    evidence = Evidence(0.2, -2.0, 4.0)
    found = [evidence.see(float(value)) for value in np.concatenate((good, bad))]
    assert max(found[:400]) < math.log(100)
    assert np.argmax(np.array(found) > math.log(100)) < 520


def promise_of(r: list[float], per_day: list[float], costs: float = 0.007) -> Promise:
    return Promise(REVISION, np.array(r), np.full(len(r), costs), np.array(per_day), 96)


def live(profits: list[float], slipped: float = 0.0, every: int = 48) -> LiveBook:
    """A trade each half day, and a decision at each bar."""
    book = LiveBook()
    for number, profit in enumerate(profits):
        book.trade(every * number, profit, slipped=slipped)
        for bar in range(every * number + 1, every * (number + 1)):
            book.decide(bar)
    return book


def asked(book: LiveBook, promise: Promise | None) -> dict[str, tuple[int | None, str]]:
    found = drifts(book.entries, live_trades(book.entries).closed, promise, 0.01, 0.02)
    return {one.name: (one.alarm_at, sentence(one)) for one in found}


GOOD = [145.0, -105.0, 145.0, -105.0, 145.0]


def test_what_was_promised_alarms_nowhere() -> None:
    found = asked(live(GOOD * 8), promise_of([1.45, -1.05, 1.45, -1.05, 1.45] * 30, [2.0] * 60))
    assert {name: alarm for name, (alarm, _) in found.items()} == dict.fromkeys((RESULT, LOSES, FEWER, MORE, COSTS))
    assert "promised +0.450 (150 trades), found +0.443 R a trade (40 trades): not shown (too few" in found[RESULT][1]


def test_an_edge_that_turned_is_worse_and_loses() -> None:
    found = asked(live([-105.0] * 40), promise_of([1.45, -1.05, 1.45] * 50, [2.0] * 60))
    assert found[RESULT][0] is not None
    assert found[LOSES][0] is not None
    assert found[FEWER][0] is found[MORE][0] is found[COSTS][0] is None
    assert f"it loses, beyond luck since number {found[LOSES][0]}" in found[LOSES][1]


def test_frequency_either_way() -> None:
    fewer = asked(live(GOOD * 8, every=192), promise_of([0.4] * 120, [4.0] * 30))
    more = asked(live(GOOD * 24, every=16), promise_of([0.4] * 30, [1.0] * 30))
    assert (fewer[FEWER][0] is None, fewer[MORE][0] is None) == (False, True)
    assert (more[FEWER][0] is None, more[MORE][0] is None) == (True, False)


def test_a_bot_that_stopped_trading_shows_within_weeks() -> None:
    book = LiveBook()
    book.trade(0, 10.0)
    for bar in range(1, 96 * 30):
        book.decide(bar)
    alarm = asked(book, promise_of([0.4] * 60, [2.0] * 30))[FEWER][0]
    assert alarm is not None
    assert 7 < alarm < 28


def test_costs_beyond_the_tolerance() -> None:
    promise = promise_of([1.45, -1.05, 1.45] * 50, [2.0] * 75)
    dear, within = asked(live(GOOD * 20, slipped=80.0), promise), asked(live(GOOD * 20, slipped=15.0), promise)
    assert dear[COSTS][0] is not None
    assert within[COSTS][0] is None
    assert "allowed +0.027 (150 trades), found +0.087 R a trade (100 trades): dearer than judged" in dear[COSTS][1]


def test_another_revisions_trades_say_nothing_of_this_one() -> None:
    older = LiveBook("v20250101-p3")
    for number in range(40):
        older.trade(10 * number, -105.0)
    assert asked(older, promise_of([0.4] * 30, [2.0] * 30))[RESULT] == (None, "nothing to compare yet")


def test_without_a_promise_the_last_trades_revision_is_held_against_0() -> None:
    found = asked(live([-105.0] * 60), None)
    assert list(found) == [LOSES]
    assert found[LOSES][0] is not None


def test_hours_off_do_not_count_as_days_without_trades() -> None:
    book = LiveBook()
    book.trade(0, 10.0)
    for bar in (*range(1, 96), *range(5_000, 5_096), *range(9_000, 9_050)):
        book.decide(bar)
    assert opened_per_day(book.entries, promise_of([0.4], [1.0])) == [1.0, 0.0]


def test_days_of_another_revision_do_not_count() -> None:
    book = LiveBook("v20250101-p3")
    for bar in range(400):
        book.decide(bar)
    book.trade(400, 10.0)
    book.revision = REVISION
    book.trade(500, 10.0)
    for bar in range(501, 596):
        book.decide(bar)
    assert opened_per_day(book.entries, promise_of([0.4], [1.0])) == [1.0]
