"""Every rule of the core as a table of candles and the trades it must give, to the cent.

Unless a test says otherwise: ATR 10, stop 1 ATR, target 2 ATR, balance 1000, risk 1 % (10.00), no spread, and one
lot earns 1.00 per 1.00 of price: the stop is 10 away, so every trade has 1.00 lot.
"""

from __future__ import annotations

import pytest

from novosky.execution import codes
from support.candles import CONTRACT, RULES, assert_trades, trade_table

FLAT = (100.0, 101.0, 99.0, 100.0)


def test_buy_opens_at_the_next_open_and_takes_the_target() -> None:
    ledger = trade_table([FLAT, (102.0, 105.0, 101.0, 104.0), (104.0, 123.0, 103.0, 120.0), FLAT], {0: 1})
    assert_trades(
        ledger,
        [
            {
                "decision_bar": 0,
                "entry_bar": 1,
                "exit_bar": 2,
                "side": 1,
                "volume_lots": 1.0,
                "entry_price": 102.0,
                "stop": 92.0,
                "target": 122.0,
                "exit_price": 122.0,
                "exit": "target",
                "net": 20.0,
                "r": 2.0,
                "balance_after": 1020.0,
            }
        ],
    )
    assert ledger.verdicts == ["opened", "no_vote", "no_vote", "no_vote"]


def test_sell_takes_the_target() -> None:
    ledger = trade_table([FLAT, (100.0, 101.0, 99.0, 99.0), (99.0, 100.0, 79.0, 80.0), FLAT], {0: -1})
    assert_trades(
        ledger,
        [
            {
                "side": -1,
                "entry_price": 100.0,
                "stop": 110.0,
                "target": 80.0,
                "exit_price": 80.0,
                "net": 20.0,
                "exit": "target",
            }
        ],
    )


def test_buy_is_stopped() -> None:
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 89.5, 95.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit_price": 90.0, "exit": "stop", "net": -10.0, "r": -1.0, "exit_bar": 2}])


def test_sell_is_stopped() -> None:
    ledger = trade_table([FLAT, FLAT, (101.0, 110.0, 100.0, 105.0), FLAT], {0: -1})
    assert_trades(ledger, [{"exit_price": 110.0, "exit": "stop", "net": -10.0}])


def test_the_entry_bar_itself_can_stop() -> None:
    ledger = trade_table([FLAT, (100.0, 101.0, 89.0, 95.0), FLAT], {0: 1})
    assert_trades(ledger, [{"entry_bar": 1, "exit_bar": 1, "exit": "stop", "net": -10.0}])


def test_stop_before_target_when_a_bar_holds_both() -> None:
    ledger = trade_table([FLAT, (100.0, 121.0, 89.0, 110.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit": "stop", "net": -10.0, "ambiguous": 1}])


def test_optimistic_reading_of_the_same_bar() -> None:
    ledger = trade_table([FLAT, (100.0, 121.0, 89.0, 110.0), FLAT], {0: 1}, rules=RULES._replace(optimistic=True))
    assert_trades(ledger, [{"exit": "target", "net": 20.0, "ambiguous": 1}])


def test_a_sells_ambiguous_bar_stops_too() -> None:
    ledger = trade_table([FLAT, (100.0, 111.0, 79.0, 90.0), FLAT], {0: -1})
    assert_trades(ledger, [{"exit": "stop", "net": -10.0, "ambiguous": 1}])


def test_gap_through_the_stop_fills_at_the_open() -> None:
    ledger = trade_table([FLAT, FLAT, (85.0, 86.0, 84.0, 85.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit_price": 85.0, "exit": "stop", "net": -15.0, "r": -1.5, "ambiguous": 0}])


def test_gap_through_the_target_fills_at_the_open() -> None:
    ledger = trade_table([FLAT, FLAT, (125.0, 126.0, 124.0, 125.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit_price": 125.0, "exit": "target", "net": 25.0}])


def test_gap_against_a_sell_fills_at_the_ask_of_the_open() -> None:
    ledger = trade_table([FLAT, FLAT, (115.0, 116.0, 114.0, 115.0), FLAT], {0: -1}, spread=2.0)
    # Bid 100 in, ask 115 + 2 out.
    assert_trades(ledger, [{"entry_price": 100.0, "exit_price": 117.0, "net": -17.0, "exit": "stop"}])


def test_buy_pays_the_spread_at_the_entry() -> None:
    ledger = trade_table([FLAT, FLAT, (100.0, 123.0, 99.0, 120.0), FLAT], {0: 1}, spread=2.0)
    # Ask 102 in; stop 92 and target 122 watched on bid.
    assert_trades(
        ledger,
        [{"entry_price": 102.0, "stop": 92.0, "target": 122.0, "exit_price": 122.0, "net": 20.0, "spread_cost": 2.0}],
    )


def test_sells_stop_is_watched_on_ask() -> None:
    # Bid high 108.5 plus spread 2 touches the stop at 110.
    ledger = trade_table([FLAT, FLAT, (100.0, 108.5, 99.0, 100.0), FLAT], {0: -1}, spread=2.0)
    assert_trades(ledger, [{"exit_price": 110.0, "exit": "stop", "net": -10.0}])


def test_sells_target_needs_the_ask_to_come_down() -> None:
    # Bid low 79 is ask 81: the target 80 is not reached; the position closes at the window's end, ask 80 + 2.
    ledger = trade_table([FLAT, FLAT, (82.0, 83.0, 79.0, 80.0)], {0: -1}, spread=2.0)
    assert_trades(ledger, [{"exit_price": 82.0, "exit": "window_end", "net": 18.0}])


def test_maximum_holding_closes_at_an_open() -> None:
    bars = [FLAT, FLAT, FLAT, (103.0, 104.0, 102.0, 103.0), FLAT]
    ledger = trade_table(bars, {0: 1}, rules=RULES._replace(max_hold_bars=2))
    # In at the open of bar 1, held over bars 1 and 2, out at the open of bar 3.
    assert_trades(ledger, [{"entry_bar": 1, "exit_bar": 3, "exit_price": 103.0, "exit": "time", "net": 3.0}])


def test_time_exit_comes_before_the_bars_range() -> None:
    bars = [FLAT, FLAT, (100.0, 101.0, 80.0, 90.0), FLAT]
    ledger = trade_table(bars, {0: 1}, rules=RULES._replace(max_hold_bars=1))
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 100.0, "exit": "time", "net": 0.0}])


def test_one_position_at_a_time() -> None:
    ledger = trade_table([FLAT] * 5, {0: 1, 1: -1, 2: 1}, rules=RULES._replace(max_hold_bars=2))
    assert [t["entry_bar"] for t in ledger.trades] == [1]
    assert ledger.verdicts[:3] == ["opened", "position_open", "position_open"]


def test_what_is_open_closes_with_the_windows_last_bar() -> None:
    ledger = trade_table([FLAT, FLAT, (100.0, 106.0, 99.0, 105.0)], {0: 1})
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 105.0, "exit": "window_end", "net": 5.0}])


def test_an_intent_of_the_last_bar_has_no_next_bar() -> None:
    ledger = trade_table([FLAT, FLAT], {1: 1})
    assert ledger.trades == []
    assert ledger.verdicts == ["no_vote", "no_next_bar"]


def test_volume_is_rounded_down_to_the_step() -> None:
    # 10.00 of risk over a stop of 7.00 is 1.428 lots.
    ledger = trade_table([FLAT, FLAT, (100.0, 101.0, 92.0, 95.0), FLAT], {0: 1}, atr=7.0)
    assert_trades(ledger, [{"volume_lots": 1.42, "risk_money": 9.94, "net": -9.94, "r": -1.0}])


def test_volume_below_the_minimum_is_refused_by_name() -> None:
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, contract=CONTRACT._replace(volume_min=2.0))
    assert ledger.trades == []
    assert ledger.verdicts[0] == "volume_below_minimum"


def test_volume_never_exceeds_the_maximum() -> None:
    ledger = trade_table(
        [FLAT, FLAT, (100.0, 101.0, 89.0, 95.0), FLAT], {0: 1}, contract=CONTRACT._replace(volume_max=0.3)
    )
    assert_trades(ledger, [{"volume_lots": 0.3, "net": -3.0}])


def test_commission_is_paid_on_both_sides_and_counts_as_risk() -> None:
    # Risk per lot: 10.00 of stop + 2 x 2.50 of commission: 0.66 lots.
    contract = CONTRACT._replace(commission_per_lot=2.5)
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 89.0, 95.0), FLAT], {0: 1}, contract=contract)
    assert_trades(ledger, [{"volume_lots": 0.66, "gross": -6.6, "commission": 3.3, "net": -9.9}])


def test_cent_account_contract() -> None:
    # A cent account: 100 cents per lot and 1.00 of price. 1000 cents at 1 % is 10 cents: 0.01 lots, 10 away.
    contract = CONTRACT._replace(tick_value=1.0)
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 89.0, 95.0), FLAT], {0: 1}, contract=contract)
    assert_trades(ledger, [{"volume_lots": 0.01, "net": -10.0, "balance_after": 990.0}])


def test_broker_refuses_levels_inside_the_stops_distance() -> None:
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, contract=CONTRACT._replace(stops_distance=10.5))
    assert ledger.verdicts[0] == "stops_level"


def test_stops_distance_is_measured_from_the_closing_price() -> None:
    # BUY at ask 104, stop 94: only 6 below bid 100, although 10 below the entry.
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, spread=4.0, contract=CONTRACT._replace(stops_distance=7.0))
    assert ledger.verdicts[0] == "stops_level"
    allowed = trade_table([FLAT, FLAT, FLAT], {0: 1}, spread=4.0, contract=CONTRACT._replace(stops_distance=6.0))
    assert allowed.verdicts[0] == "opened"


def test_a_spread_wider_than_the_stop_is_refused() -> None:
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, spread=10.0)
    assert ledger.verdicts[0] == "stops_level"


def test_levels_lie_on_whole_ticks() -> None:
    ledger = trade_table(
        [FLAT, FLAT, FLAT], {0: 1}, atr=9.83, contract=CONTRACT._replace(tick_size=0.25, tick_value=0.25)
    )
    # 100 - 9.83 = 90.17 -> 90.25; 100 + 19.66 = 119.66 -> 119.75
    assert_trades(ledger, [{"stop": 90.25, "target": 119.75}])


def test_a_refused_intent_keeps_its_verdict() -> None:
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, refused={0: codes.NEWS_BLOCK})
    assert ledger.trades == []
    assert ledger.verdicts[0] == "news_block"


def test_excursions_in_r() -> None:
    bars = [FLAT, (100.0, 104.0, 97.0, 103.0), (103.0, 108.0, 95.0, 107.0), (107.0, 125.0, 106.0, 122.0), FLAT]
    ledger = trade_table(bars, {0: 1})
    assert_trades(ledger, [{"exit": "target", "mae_r": 0.5, "mfe_r": 2.0}])


def test_a_stopped_trade_did_not_enjoy_its_last_bars_high() -> None:
    bars = [FLAT, (100.0, 104.0, 97.0, 103.0), (103.0, 115.0, 85.0, 90.0), FLAT]
    ledger = trade_table(bars, {0: 1})
    assert_trades(ledger, [{"exit": "stop", "mae_r": 1.0, "mfe_r": 0.4}])


def test_equity_is_marked_at_each_close() -> None:
    bars = [FLAT, (100.0, 104.0, 97.0, 103.0), (103.0, 104.0, 98.0, 99.0), (99.0, 100.0, 89.0, 90.0)]
    ledger = trade_table(bars, {0: 1}, spread=1.0)
    # BUY at 101: marks 103 - 101, 99 - 101, then the stop at 91.
    assert ledger.equity == [1000.0, 1002.0, 998.0, 990.0]


def test_open_sell_is_marked_at_the_ask_with_its_commission() -> None:
    ledger = trade_table(
        [FLAT, (100.0, 101.0, 96.0, 97.0), FLAT],
        {0: -1},
        spread=1.0,
        contract=CONTRACT._replace(commission_per_lot=1.0),
    )
    # Risk per lot 10 + 2: 0.83 lots; bid 100 in, ask 98 at the close, 2 x 1.00 of commission per lot.
    assert ledger.equity[1] == pytest.approx(1000 + (100 - 98) * 0.83 - 2 * 0.83)


def test_losses_are_sized_on_the_new_balance() -> None:
    loss = (100.0, 101.0, 89.0, 100.0)
    ledger = trade_table([FLAT, loss, loss, FLAT], {0: 1, 1: 1})
    assert_trades(ledger, [{"volume_lots": 1.0, "net": -10.0}, {"volume_lots": 0.99, "net": -9.9}])


LOSS = (100.0, 101.0, 89.0, 100.0)  # a BUY opened here is stopped here


def test_consecutive_losses_stop_until_the_next_day() -> None:
    rules = RULES._replace(max_consecutive_losses=2)
    ledger = trade_table(
        [FLAT, LOSS, LOSS, LOSS, LOSS, LOSS], {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}, rules=rules, days=[1, 1, 1, 1, 2, 2]
    )
    assert ledger.verdicts[:5] == ["opened", "opened", "consecutive_losses", "consecutive_losses", "opened"]


def test_daily_loss_stops_until_the_next_day() -> None:
    # Day 1 starts at 1000; two losses of 10.00 and 9.90 cross 1.5 %.
    rules = RULES._replace(daily_loss_pct=1.5)
    ledger = trade_table(
        [FLAT, LOSS, LOSS, LOSS, LOSS, FLAT], {0: 1, 1: 1, 2: 1, 3: 1, 4: 1}, rules=rules, days=[1, 1, 1, 1, 2, 2]
    )
    assert ledger.verdicts[:5] == ["opened", "opened", "daily_loss", "daily_loss", "opened"]


def test_weekly_loss_outlasts_the_day() -> None:
    # Day 4 after 1970-01-01 is a Monday: days 4..10 are one week, 11 begins the next.
    rules = RULES._replace(weekly_loss_pct=0.5)
    ledger = trade_table([FLAT, LOSS, LOSS, LOSS, FLAT], {0: 1, 1: 1, 2: 1, 3: 1}, rules=rules, days=[4, 4, 5, 11, 11])
    assert ledger.verdicts[:4] == ["opened", "weekly_loss", "weekly_loss", "opened"]


def test_total_loss_halts_for_good() -> None:
    rules = RULES._replace(total_loss_pct=0.5)
    ledger = trade_table([FLAT, LOSS, LOSS, LOSS, LOSS], {0: 1, 1: 1, 2: 1, 3: 1}, rules=rules, days=[4, 4, 5, 11, 18])
    assert ledger.verdicts[:4] == ["opened", "total_halt", "total_halt", "total_halt"]


def test_limits_on_equity_see_an_open_loss_and_on_balance_do_not() -> None:
    # The open BUY is 8.00 under water at the close of bar 1.
    bars = [FLAT, (100.0, 101.0, 91.0, 92.0), (92.0, 121.0, 91.0, 120.0), FLAT, FLAT]
    on_equity = trade_table(bars, {0: 1, 3: 1}, rules=RULES._replace(daily_loss_pct=0.5))
    assert on_equity.verdicts[3] == "daily_loss"
    on_balance = trade_table(bars, {0: 1, 3: 1}, rules=RULES._replace(daily_loss_pct=0.5, limits_on_balance=True))
    assert on_balance.verdicts[3] == "opened"


def test_the_comparing_helper_can_fail() -> None:
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 89.5, 95.0), FLAT], {0: 1})
    with pytest.raises(AssertionError, match=r"net: expected -9\.99, found -10"):
        assert_trades(ledger, [{"net": -9.99}])
    with pytest.raises(AssertionError, match="expected 0 trades"):
        assert_trades(ledger, [])


def test_a_close_that_says_leave_closes_at_the_next_open() -> None:
    bars = [FLAT, (100.0, 104.0, 99.0, 103.0), (102.5, 130.0, 102.0, 120.0), FLAT]
    ledger = trade_table(bars, {0: 1}, leaves=[1])
    # 1 % of 1000 at a stop 10 away: 1.00 lot. Left at 102.50 although the bar goes on to the target at 120.
    assert_trades(ledger, [{"entry_bar": 1, "exit_bar": 2, "exit_price": 102.5, "net": 2.5, "exit_reason": 5}])


def test_a_sell_that_leaves_pays_the_spread() -> None:
    bars = [FLAT, (100.0, 101.0, 96.0, 97.0), (96.0, 97.0, 95.0, 96.0), FLAT]
    ledger = trade_table(bars, {0: -1}, leaves=[1], spread=0.5)
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 96.5, "net": 3.5}])


def test_leave_says_nothing_to_a_trade_that_opens_later() -> None:
    bars = [FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 121.0, 102.0, 120.0), FLAT]
    ledger = trade_table(bars, {0: 1}, leaves=[0, 2])
    assert_trades(ledger, [{"exit_bar": 2, "exit_reason": 2, "exit_price": 120.0}])


def test_time_is_named_before_the_model_where_both_close() -> None:
    ledger = trade_table([FLAT] * 5, {0: 1}, leaves=[2], rules=RULES._replace(max_hold_bars=2))
    assert_trades(ledger, [{"exit_bar": 3, "exit_reason": 3}])


def test_each_intent_brings_its_own_bracket() -> None:
    bars = [FLAT, (100.0, 101.0, 99.0, 100.0), (100.0, 106.0, 99.0, 105.0), (105.0, 106.0, 100.0, 101.0), FLAT]
    ledger = trade_table(bars, {0: 1, 2: -1}, brackets={0: (2.0, 0.5), 2: (0.5, 0.25)})
    # BUY at 100: stop 80, target 105, 0.50 lots for 10.00. SELL at 105: stop 110, target 102.50, 2.00 lots (1002.50).
    assert_trades(
        ledger,
        [
            {"stop": 80.0, "target": 105.0, "volume_lots": 0.5, "net": 2.5, "r": 0.25},
            {"stop": 110.0, "target": 102.5, "volume_lots": 2.0, "net": 5.0, "r": 0.5},
        ],
    )


def test_the_multiplier_scales_the_risk_and_never_refuses() -> None:
    bars = [FLAT, (100.0, 101.0, 89.0, 90.0), FLAT, (100.0, 101.0, 89.0, 90.0), FLAT]
    ledger = trade_table(bars, {0: 1, 2: 1}, multipliers={0: 0.5, 2: 1.25})
    assert_trades(
        ledger,
        [
            {"volume_lots": 0.5, "net": -5.0, "r": -1.0, "risk_multiplier": 0.5},
            {"volume_lots": 1.24, "net": -12.4, "r": -1.0, "risk_multiplier": 1.25},
        ],
    )
    # The whole risk buys 0.01 lots, a tenth of it nothing: the smallest volume is traded, not none.
    small = trade_table(bars, {0: 1}, multipliers={0: 0.1}, balance=10.0)
    assert_trades(small, [{"volume_lots": 0.01, "net": -0.1}])
    # The whole risk buys nothing: refused, whatever the multiplier.
    none = trade_table(bars, {0: 1}, multipliers={0: 0.1}, balance=5.0)
    assert none.verdicts[0] == "volume_below_minimum"
