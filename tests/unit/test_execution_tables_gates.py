"""Gates and breakers: their order, clocks, bases and resets. The plain market as in the other tables."""

from __future__ import annotations

import pytest

from novosky.execution import codes
from novosky.execution.codes import NEWS_BLOCK, SPREAD_LIMIT
from support.candles import CONTRACT, FLAT, LOSS, RULES, WIN, Candle, assert_trades, trade_table, verdicts

STREAK = RULES._replace(max_consecutive_losses=2)
TWO = RULES._replace(max_positions=2)


@pytest.mark.parametrize("code", range(codes.NO_VOTE, codes.EQUITY_FILTER))
def test_a_gate_of_the_market_refuses_by_its_name(code: int) -> None:
    ledger = trade_table([FLAT, WIN, FLAT], {0: 1}, refused={0: code})
    assert ledger.trades == []
    assert ledger.verdicts[0] == codes.VERDICT_NAMES[code]


def test_consecutive_losses_stop_until_the_next_day() -> None:
    found = verdicts([FLAT, LOSS, LOSS, LOSS, LOSS, LOSS], rules=STREAK, days=[1, 1, 1, 1, 2, 2])
    assert found == ["opened", "opened", "consecutive_losses", "consecutive_losses", "opened"]


def test_consecutive_losses_stop_until_the_next_week() -> None:
    rules = STREAK._replace(losses_reset_weekly=True)
    found = verdicts(
        [FLAT, LOSS, LOSS, LOSS, LOSS, LOSS], rules=rules, days=[1, 1, 1, 2, 3, 4], weeks=[0, 0, 0, 0, 1, 1]
    )
    assert found == ["opened", "opened", "consecutive_losses", "consecutive_losses", "opened"]


def test_the_count_of_losses_starts_anew_with_its_reset() -> None:
    # One loss on day 1, one on day 2, a second on day 2.
    found = verdicts([FLAT, LOSS, LOSS, LOSS, FLAT], rules=STREAK, days=[1, 1, 2, 2, 2])
    assert found == ["opened", "opened", "opened", "consecutive_losses"]
    # By weeks the day does not matter.
    rules = STREAK._replace(losses_reset_weekly=True)
    found = verdicts([FLAT, LOSS, LOSS, LOSS, FLAT], rules=rules, days=[1, 1, 2, 2, 2], weeks=[0] * 5)
    assert found == ["opened", "opened", "consecutive_losses", "consecutive_losses"]


def test_a_win_breaks_the_row() -> None:
    found = verdicts([FLAT, LOSS, WIN, LOSS, LOSS, FLAT], rules=STREAK)
    assert found == ["opened", "opened", "opened", "opened", "consecutive_losses"]


def test_a_trade_that_neither_wins_nor_loses_breaks_the_row() -> None:
    # The second trade leaves by time at its entry price, at the open of bar 3.
    bars = [FLAT, LOSS, FLAT, FLAT, LOSS, LOSS, FLAT]
    found = verdicts(bars, sides=dict.fromkeys([0, 1, 3, 4, 5], 1), rules=STREAK._replace(max_hold_bars=1))
    assert found == ["opened", "opened", "no_vote", "opened", "opened", "consecutive_losses"]


def test_a_loss_is_counted_after_its_costs() -> None:
    # Out by time at the entry price: only the commission is lost.
    rules = RULES._replace(max_consecutive_losses=1, max_hold_bars=1)
    free = verdicts([FLAT] * 4, sides={0: 1, 2: 1}, rules=rules)
    assert free[2] == "opened"
    paid = verdicts([FLAT] * 4, sides={0: 1, 2: 1}, rules=rules, contract=CONTRACT._replace(commission_per_lot=1.0))
    assert paid[2] == "consecutive_losses"


def test_a_latched_streak_holds_although_another_trade_wins() -> None:
    # The second position loses in bar 2, the first (stop 80, target 120) wins in bar 3: the day stays closed.
    bars = [FLAT, LOSS, LOSS, (100.0, 121.0, 99.0, 120.0), FLAT, FLAT, FLAT]
    rules = TWO._replace(max_consecutive_losses=1)
    found = verdicts(bars, brackets={0: (2.0, 2.0)}, rules=rules, days=[1, 1, 1, 1, 1, 2, 2])
    assert found[:2] == ["opened", "opened"]
    assert found[2:] == ["consecutive_losses", "consecutive_losses", "consecutive_losses", "opened"]


def test_daily_loss_stops_until_the_next_day() -> None:
    # Day 1 starts at 1000; two losses of 10.00 and 9.90 cross 1.5 %.
    rules = RULES._replace(daily_loss_pct=1.5)
    found = verdicts([FLAT, LOSS, LOSS, LOSS, LOSS, FLAT], rules=rules, days=[1, 1, 1, 1, 2, 2])
    assert found == ["opened", "opened", "daily_loss", "daily_loss", "opened"]


def test_a_limit_is_crossed_where_it_is_reached() -> None:
    # A loss of 10.00 of 1000.
    for limit, verdict in ((1.0, "daily_loss"), (1.01, "opened")):
        assert verdicts([FLAT, LOSS, FLAT], rules=RULES._replace(daily_loss_pct=limit))[1] == verdict


@pytest.mark.parametrize("percent", [1.0, 7.0, 29.0, 32.0, 55.0])
@pytest.mark.parametrize(
    ("limit", "name"),
    [("daily_loss_pct", "daily_loss"), ("weekly_loss_pct", "weekly_loss"), ("total_loss_pct", "total_halt")],
)
def test_a_limit_is_reached_to_the_cent_whatever_its_percent(limit: str, name: str, percent: float) -> None:
    # All of the limit is at risk, and lost.
    ledger = trade_table([FLAT, LOSS, FLAT], {0: 1, 1: 1}, rules=RULES._replace(risk_pct=percent, **{limit: percent}))
    assert ledger.trades[0]["net"] == -10.0 * percent
    assert ledger.verdicts[1] == name


def test_weekly_loss_outlasts_the_day() -> None:
    # Day 4 after 1970-01-01 is a Monday: days 4 to 10 are one week, 11 begins the next.
    rules = RULES._replace(weekly_loss_pct=0.5)
    found = verdicts([FLAT, LOSS, LOSS, LOSS, FLAT], rules=rules, days=[4, 4, 5, 11, 11])
    assert found == ["opened", "weekly_loss", "weekly_loss", "opened"]


def test_total_loss_halts_for_good() -> None:
    rules = RULES._replace(total_loss_pct=0.5)
    found = verdicts([FLAT, LOSS, LOSS, LOSS, LOSS], rules=rules, days=[4, 4, 5, 11, 18])
    assert found == ["opened", "total_halt", "total_halt", "total_halt"]


def test_total_loss_is_of_the_start_balance_whatever_was_won() -> None:
    # 1020.00 after the win, then 1.02, 1.00 and 0.99 lots lose: 1009.80, 999.80 and 989.90, below 990.
    rules = RULES._replace(total_loss_pct=1.0)
    found = verdicts([FLAT, WIN, LOSS, LOSS, LOSS, FLAT], rules=rules)
    assert found == ["opened", "opened", "opened", "opened", "total_halt"]


# An open BUY is 8.00 under water at the close of bar 1, and reaches its target in bar 2.
UNDER_WATER: list[Candle] = [FLAT, (100.0, 101.0, 91.0, 92.0), (92.0, 121.0, 91.0, 120.0), FLAT, FLAT]


@pytest.mark.parametrize(
    ("limit", "name"),
    [("daily_loss_pct", "daily_loss"), ("weekly_loss_pct", "weekly_loss"), ("total_loss_pct", "total_halt")],
)
def test_limits_on_equity_see_an_open_loss_and_on_balance_do_not(limit: str, name: str) -> None:
    rules = RULES._replace(**{limit: 0.5})
    on_equity = trade_table(UNDER_WATER, {0: 1, 3: 1}, rules=rules)
    assert on_equity.verdicts[3] == name  # latched, although the trade won in the end: open ones keep their brackets
    assert_trades(on_equity, [{"exit": "target", "net": 20.0}])
    on_balance = trade_table(UNDER_WATER, {0: 1, 3: 1}, rules=rules._replace(limits_on_balance=True))
    assert on_balance.verdicts[3] == "opened"


def test_a_day_starts_from_what_was_marked_at_the_last_close() -> None:
    # 2 % over a stop 20 away: 1.00 lot. Day 1 ends at 92: 992.00 marked. 1 % of it is 9.92: crossed at 982.08.
    rules = TWO._replace(risk_pct=2.0, daily_loss_pct=1.0)
    for close, verdict in ((83.0, "opened"), (82.0, "daily_loss")):
        bars: list[Candle] = [FLAT, (100.0, 101.0, 91.0, 92.0), (90.0, 91.0, 81.0, close), (84.0, 85.0, 83.0, 84.0)]
        ledger = trade_table(bars, {0: 1, 2: 1}, brackets={0: (2.0, 2.0)}, rules=rules, days=[1, 1, 2, 2])
        assert ledger.verdicts[2] == verdict


def test_a_day_on_balance_starts_from_the_balance() -> None:
    # The same market: the open loss does not matter, until it is booked at 80 (20.00).
    rules = TWO._replace(risk_pct=2.0, daily_loss_pct=1.0, limits_on_balance=True)
    bars: list[Candle] = [FLAT, (100.0, 101.0, 91.0, 92.0), (90.0, 91.0, 81.0, 82.0), (82.0, 83.0, 79.0, 80.0), FLAT]
    ledger = trade_table(bars, {0: 1, 2: 1, 3: 1}, brackets={0: (2.0, 2.0)}, rules=rules, days=[1, 1, 2, 2, 2])
    assert ledger.verdicts[2:4] == ["opened", "daily_loss"]


@pytest.mark.parametrize(("limit", "name"), [("daily_loss_pct", "daily_loss"), ("weekly_loss_pct", "weekly_loss")])
def test_limits_in_percent_of_the_period_start_or_of_the_start_balance(limit: str, name: str) -> None:
    # Day 1 wins 20.00. Day 2 loses 10.10 (1.01 lots, the largest volume): 1009.90. 1 % of 1020.00 would allow
    # 1009.80, 1 % of 1000.00 allows 1010.00.
    contract = CONTRACT._replace(volume_max=1.01)
    for of_start, verdict in ((False, "opened"), (True, name)):
        rules = RULES._replace(limits_of_start=of_start, **{limit: 1.0})
        found = verdicts([FLAT, WIN, LOSS, FLAT], rules=rules, contract=contract, days=[4, 4, 11, 11])
        assert found == ["opened", "opened", verdict]


def test_a_day_that_ends_resets_the_day_and_not_the_week() -> None:
    # 10.00 of day 4, 9.90 of day 5: neither day has lost 1.5 %, the week has.
    rules = RULES._replace(daily_loss_pct=1.5, weekly_loss_pct=1.5)
    found = verdicts([FLAT, LOSS, LOSS, LOSS, FLAT], rules=rules, days=[4, 4, 5, 6, 7])
    assert found == ["opened", "opened", "weekly_loss", "weekly_loss"]


# Of what refuses, in the order in which it is asked; one loss trips each of the breakers.
BREAKERS = {
    "equity_filter": {"equity_filter_drawdown_r": 1.0, "equity_filter_trades": 2},
    "consecutive_losses": {"max_consecutive_losses": 1},
    "daily_loss": {"daily_loss_pct": 0.5},
    "weekly_loss": {"weekly_loss_pct": 0.5},
    "total_halt": {"total_loss_pct": 0.5},
}


@pytest.mark.parametrize("first", range(len(BREAKERS)))
def test_the_first_gate_that_refuses_is_counted(first: int) -> None:
    names = list(BREAKERS)
    settings: dict[str, float] = {}
    for name in names[first:]:
        settings |= BREAKERS[name]
    rules = RULES._replace(**settings)
    spread = {1: SPREAD_LIMIT}
    assert verdicts([FLAT, LOSS, FLAT], rules=rules) == ["opened", names[first]]
    assert verdicts([FLAT, LOSS, FLAT], rules=rules, refused=spread) == ["opened", names[first]]
    # The gates of the market come before all of them.
    assert verdicts([FLAT, LOSS, FLAT], rules=rules, refused={1: NEWS_BLOCK}) == ["opened", "news_block"]


def test_breakers_and_the_spread_limit_come_before_the_room() -> None:
    halted = RULES._replace(total_loss_pct=0.5)
    assert trade_table(UNDER_WATER, {0: 1, 1: 1}, rules=halted).verdicts[1] == "total_halt"
    assert trade_table(UNDER_WATER, {0: 1, 1: 1}, refused={1: SPREAD_LIMIT}).verdicts[1] == "spread_limit"
    assert trade_table(UNDER_WATER, {0: 1, 1: 1}).verdicts[1] == "position_open"
