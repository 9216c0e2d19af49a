"""Figures, course, limits: hand-made ledgers, to the cent."""

from __future__ import annotations

import pytest

from novosky.trading.ledger.trades import live_trades
from novosky.trading.monitor.course import Drawdown, Point, course, date_of, drawdown, last_day
from novosky.trading.monitor.figures import figures, last
from novosky.trading.monitor.limits import Limits, crossed
from support.live_book import START_MS, LiveBook

OFF = Limits(0.0, 0.0, 0, 0.0, 1)


@pytest.fixture
def book() -> LiveBook:
    """Five trades: +150, -100, -100, +50, -20 before 0.70 each."""
    made = LiveBook()
    made.equity(0)
    for number, profit in enumerate((150.0, -100.0, -100.0, 50.0, -20.0)):
        made.trade(50 * number, profit, confidence=0.5 + number / 10)
    return made


def test_figures_to_the_cent(book: LiveBook) -> None:
    found = figures(live_trades(book.entries).closed)
    won, lost = 149.30 + 49.30, 100.70 + 100.70 + 20.70
    assert (found.trades, found.win_rate, found.net) == (5, 0.4, -23.50)
    assert found.profit_factor == pytest.approx(won / lost)
    assert found.expectancy_r == pytest.approx(-0.235 / 5)
    assert (found.losses_in_row_now, found.losses_in_row_most) == (1, 2)
    assert found.confidence_of_winners == pytest.approx((0.5 + 0.8) / 2)
    assert found.confidence_of_losers == pytest.approx((0.6 + 0.7 + 0.9) / 3)


def test_lookback(book: LiveBook) -> None:
    closed = live_trades(book.entries).closed
    assert [trade.net for trade in last(closed, 2)] == [49.30, -20.70]
    assert last(closed, 0) == closed
    assert last(closed, 99) == closed


def test_without_a_loss_there_is_no_factor() -> None:
    book = LiveBook()
    book.trade(0, 10.0)
    assert figures(live_trades(book.entries).closed).profit_factor is None
    assert figures(()).win_rate is None


def test_drawdown(book: LiveBook) -> None:
    points = course(book.entries)
    # 10000, 10149.30, 10048.60, 9947.90, 9997.20, 9976.50
    assert points[-1].equity == 9976.50
    assert drawdown(points) == Drawdown(
        pytest.approx(100 * (10149.30 - 9976.50) / 10149.30), pytest.approx(100 * (10149.30 - 9947.90) / 10149.30)
    )
    assert drawdown(points, points[3].time_ms) == Drawdown(
        pytest.approx(100 * 20.70 / 9997.20), pytest.approx(0.2070579762)
    )
    assert drawdown(()) is None


def test_the_last_day_by_the_limits_clock(book: LiveBook) -> None:
    """Bars 0, 50, 100, 150, 200 of a Monday on: 96 bars a day, so that Wednesday has the last trade alone."""
    closed, points = live_trades(book.entries).closed, course(book.entries)
    day = last_day(closed, points, book.entries[-1].time_ms, "utc")
    assert (day.date, day.trades, day.net, day.equity_change) == ("2026-03-04", 1, -20.70, -20.70)
    assert last_day(closed, points[:1], START_MS, "utc").equity_change is None


def test_the_day_of_a_broker_begins_at_17_in_new_york() -> None:
    before, after = 1_772_488_740_000, 1_772_488_860_000  # 2026-03-02 21:59 and 22:01 UTC, winter time
    assert [date_of(moment, "new_york_plus_7") for moment in (before, after)] == ["2026-03-02", "2026-03-03"]
    assert [date_of(moment, "eet") for moment in (before, after)] == ["2026-03-02", "2026-03-03"]
    assert [date_of(moment, "utc") for moment in (before, after)] == ["2026-03-02", "2026-03-02"]
    summer = 1_783_544_340_000  # 2026-07-08 20:59 UTC
    assert [date_of(summer + more, "new_york_plus_7") for more in (0, 120_000)] == ["2026-07-08", "2026-07-09"]


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(0.41, 0.0, 0, 0.0, 5), "win_rate"),
        (Limits(0.0, 0.9, 0, 0.0, 5), "profit_factor"),
        (Limits(0.0, 0.0, 1, 0.0, 5), "losses_in_row"),
        (Limits(0.0, 0.0, 0, 1.9, 5), "drawdown"),
    ],
)
def test_each_limit_alarms_by_its_name(book: LiveBook, limits: Limits, name: str) -> None:
    found, fall = figures(live_trades(book.entries).closed), drawdown(course(book.entries))
    assert [alarm.name for alarm in crossed(limits, found, fall)] == [name]
    assert crossed(OFF, found, fall) == []


def test_just_inside_is_no_alarm_and_few_trades_say_nothing(book: LiveBook) -> None:
    found, fall = figures(live_trades(book.entries).closed), drawdown(course(book.entries))
    assert crossed(Limits(0.4, 0.89, 2, 2.0, 5), found, fall) == []
    assert crossed(Limits(0.99, 99.0, 0, 0.0, 6), found, fall) == []
    assert crossed(Limits(0.99, 99.0, 9, 1.0, 1), figures(()), None) == []


def test_a_streak_ends_with_a_trade_of_nothing() -> None:
    book = LiveBook()
    for number, profit in enumerate((-5.0, -5.0, 0.70, -5.0)):
        book.trade(10 * number, profit)
    found = figures(live_trades(book.entries).closed)
    assert (found.losses_in_row_now, found.losses_in_row_most) == (1, 2)


def test_equity_is_read_in_its_order() -> None:
    book = LiveBook()
    book.equity(1, 99.0)
    assert course(book.entries) == (Point(START_MS + 900_000, 10_000.0, 99.0),)
