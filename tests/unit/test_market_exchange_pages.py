"""Pages of bars put together: joints, holes, cuts and repeats."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.market.exchange_pages import Pages, Row, read_pages

STEP = 900_000
ASKED: list[tuple[int, int]] = []


def bar(i: int, close: float = 1.0) -> Row:
    return (float(i * STEP), close, close, close, close, 1.0)


class Exchange:
    """Gives the bars it has from `since` on: the next `limit`, or those of the window of `limit` bars."""

    def __init__(self, bars: list[Row], window: bool = False, most: int = 10**9, cuts_old: bool = False) -> None:
        self.bars, self.window, self.most, self.cuts_old = bars, window, most, cuts_old
        self.asked: list[tuple[int, int]] = []

    def ask(self, since: int, limit: int) -> list[Row]:
        self.asked.append((since // STEP, limit))
        end = since + limit * STEP if self.window else 10**18
        found = [row for row in self.bars if since <= int(row[0] or 0) < end][:limit]
        return found[-self.most :] if self.cuts_old else found[: self.most]


def read(exchange: Exchange, first: int, last: int, limit: int) -> Pages:
    found = read_pages(exchange.ask, first * STEP, last * STEP, STEP, limit, lambda _text, _share: None)
    assert list(found.rows) == sorted(found.rows)
    return found


def numbers(found: Pages) -> list[int]:
    return [time // STEP for time in found.rows]


def test_pages_overlap_by_a_bar() -> None:
    exchange = Exchange([bar(i) for i in range(100)])
    found = read(exchange, 10, 30, 8)
    assert numbers(found) == list(range(10, 30))
    assert exchange.asked == [(10, 8), (17, 8), (24, 8)]
    assert (found.pages, found.empty_pages, found.revised, found.repeated) == (3, 0, 0, 0)


@pytest.mark.parametrize("window", [False, True])
@pytest.mark.parametrize("cuts_old", [False, True])
def test_every_bar_of_any_market_is_found(window: bool, cuts_old: bool) -> None:
    random = np.random.Generator(np.random.PCG64(5))
    for _ in range(200):
        share = random.choice([0.05, 0.5, 0.9, 1.0])
        has = [bar(i) for i in range(300) if random.random() < share and not 120 <= i < 160]
        limit = int(random.integers(2, 60))
        most = int(random.integers(2, 61))
        first, last = sorted(int(i) for i in random.choice(300, 2, replace=False))
        found = read(Exchange(has, window, most, cuts_old and window), first, last, limit)
        assert numbers(found) == [i for i in (int(row[0] or 0) // STEP for row in has) if first <= i < last]


def test_a_hole_is_looked_at_twice_and_stays() -> None:
    exchange = Exchange([bar(i) for i in range(60) if not 12 <= i < 36], window=True)
    found = read(exchange, 0, 60, 16)
    assert numbers(found) == [*range(12), *range(36, 60)]
    assert exchange.asked[:4] == [(0, 16), (11, 16), (27, 16), (27, 2)]
    assert found.empty_pages == 4  # (27, 2) to (33, 2): an exchange that cuts pages would have had bars there


def test_nothing_after_an_end_is_asked_for_once_a_page() -> None:
    exchange = Exchange([bar(i) for i in range(10)])
    found = read(exchange, 0, 40, 10)
    assert numbers(found) == list(range(10))
    assert exchange.asked == [(0, 10), (9, 10), (19, 10), (19, 10), (29, 10), (39, 10)]
    assert found.empty_pages == 4


def test_a_page_cut_at_its_old_end_is_asked_for_again_and_shorter() -> None:
    exchange = Exchange([bar(i) for i in range(100)], window=True, most=10, cuts_old=True)
    found = read(exchange, 0, 100, 64)
    assert numbers(found) == list(range(100))
    assert exchange.asked[:3] == [(0, 64), (0, 8), (7, 8)]


def test_bars_that_come_again() -> None:
    pages = iter([[bar(2), bar(0), bar(0), bar(1, 2.0)], [bar(2, 3.0), bar(3)]])
    found = read_pages(lambda _since, _limit: next(pages), 0, 4 * STEP, STEP, 3, lambda _text, _share: None)
    assert [row[4] for row in found.rows.values()] == [1.0, 2.0, 3.0, 1.0]
    assert (found.repeated, found.revised) == (1, 1)


def test_a_bar_that_closes_after_the_end_is_left_out() -> None:
    exchange = Exchange([bar(i) for i in range(10)])
    found = read_pages(exchange.ask, 0, 3 * STEP + 1, STEP, 100, lambda _text, _share: None)
    assert numbers(found) == [0, 1, 2]
    assert found.unfinished == 1
    assert read(exchange, 0, 3, 100).unfinished == 0
