"""One trade from its opening to its last booking, to the cent.

Each rule of the core has its tables in one of these files (`test_execution_tables_*`), worked out by hand. Unless a
test says otherwise: ATR 10, stop 1 ATR, target 2 ATR, balance 1000, risk 1 % (10.00), no spread, and one lot earns
1.00 per 1.00 of price: the stop is 10 away, so every trade has 1.00 lot.
"""

from __future__ import annotations

from support.candles import CONTRACT, FLAT, LOSS, assert_deals, assert_trades, trade_table


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
                "gross": 20.0,
                "net": 20.0,
                "risk_money": 10.0,
                "r": 2.0,
                "ambiguous": 0,
                "confidence": 0.5,
                "risk_multiplier": 1.0,
                "adds": 0,
                "is_add": 0,
                "balance_after": 1020.0,
            }
        ],
    )
    assert ledger.verdicts == ["opened", "no_vote", "no_vote", "no_vote"]
    assert ledger.balance == 1020.0


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


def test_a_level_that_is_just_touched_is_met() -> None:
    ledger = trade_table([FLAT, FLAT, (100.0, 119.99, 90.01, 100.0), (100.0, 120.0, 99.0, 100.0)], {0: 1})
    assert_trades(ledger, [{"exit_bar": 3, "exit": "target", "net": 20.0}])
    ledger = trade_table([FLAT, FLAT, (100.0, 101.0, 90.0, 100.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit_bar": 2, "exit": "stop", "net": -10.0}])


def test_what_is_open_closes_with_the_windows_last_bar() -> None:
    ledger = trade_table([FLAT, FLAT, (100.0, 106.0, 99.0, 105.0)], {0: 1})
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 105.0, "exit": "window_end", "net": 5.0}])
    assert ledger.equity[2] == 1005.0


def test_an_intent_of_the_last_bar_has_no_next_bar() -> None:
    ledger = trade_table([FLAT, FLAT], {1: 1})
    assert ledger.trades == []
    assert ledger.deals == []
    assert ledger.verdicts == ["no_vote", "no_next_bar"]


def test_equity_is_marked_at_each_close() -> None:
    bars = [FLAT, (100.0, 104.0, 97.0, 103.0), (103.0, 104.0, 98.0, 99.0), (99.0, 100.0, 89.0, 90.0)]
    ledger = trade_table(bars, {0: 1}, spread=1.0)
    # BUY at 101: marks 103 - 101, 99 - 101, then the stop at 91.
    assert ledger.equity == [1000.0, 1002.0, 998.0, 990.0]


def test_an_open_sell_is_marked_at_the_ask_without_the_commission_of_closing() -> None:
    bars = [FLAT, (100.0, 101.0, 96.0, 97.0), FLAT]
    ledger = trade_table(bars, {0: -1}, spread=1.0, contract=CONTRACT._replace(commission_per_lot=1.0))
    # Risk per lot 10 + 2 x 1.00: 0.83 lots, and 0.83 is booked at once. Bid 100 in, ask 98 at the close: 1.66 shown.
    # At the end ask 101: -0.83, and 0.83 of commission again.
    assert ledger.equity[1] == 1000.0 - 0.83 + 1.66
    assert ledger.balance == 997.51


def test_excursions_in_stop_distances() -> None:
    bars = [FLAT, (100.0, 104.0, 97.0, 103.0), (103.0, 108.0, 95.0, 107.0), (107.0, 125.0, 106.0, 122.0), FLAT]
    ledger = trade_table(bars, {0: 1})
    assert_trades(ledger, [{"exit": "target", "mae_r": 0.5, "mfe_r": 2.0}])


def test_a_stopped_trade_did_not_enjoy_its_last_bars_high() -> None:
    bars = [FLAT, (100.0, 104.0, 97.0, 103.0), (103.0, 115.0, 85.0, 90.0), FLAT]
    ledger = trade_table(bars, {0: 1})
    assert_trades(ledger, [{"exit": "stop", "mae_r": 1.0, "mfe_r": 0.4}])


def test_deals_book_the_commission_on_both_sides() -> None:
    # Risk per lot: 10.00 of stop + 2 x 2.50 of commission: 0.66 lots; 0.66 x 2.50 = 1.65 a side; 0.66 x 10 = 6.60.
    ledger = trade_table(
        [FLAT, FLAT, (99.0, 100.0, 89.0, 95.0)], {0: 1}, contract=CONTRACT._replace(commission_per_lot=2.5)
    )
    opened = {"bar": 1, "kind": "open", "side": 1, "volume_lots": 0.66, "price": 100.0, "profit": 0.0}
    closed = {"bar": 2, "kind": "close", "side": 1, "volume_lots": 0.66, "price": 90.0, "profit": -6.6}
    assert_deals(
        ledger,
        [
            opened | {"commission": 1.65, "swap": 0.0, "balance_after": 998.35},
            closed | {"commission": 1.65, "swap": 0.0, "balance_after": 990.1},
        ],
    )
    assert_trades(ledger, [{"gross": -6.6, "commission": 3.3, "net": -9.9, "risk_money": 6.6, "r": -1.5}])
    assert ledger.equity == [1000.0, 998.35, 990.1]


def test_money_is_booked_in_cents_halves_away_from_zero() -> None:
    # 0.50 lots (stop 20 away) and 0.11 or 0.13 of price: 0.055 and 0.065 are booked as 0.06 and 0.07, either way.
    for close, booked in ((100.11, 0.06), (99.89, -0.06), (100.13, 0.07), (99.87, -0.07)):
        ledger = trade_table([FLAT, (100.0, 101.0, 99.0, close)], {0: 1}, brackets={0: (2.0, 2.0)})
        assert_trades(ledger, [{"volume_lots": 0.5, "gross": booked, "balance_after": 1000.0 + booked}])


def test_a_loss_makes_the_next_trade_smaller() -> None:
    # 1 % of 990.00 is 9.90: 0.99 lots.
    ledger = trade_table([FLAT, LOSS, LOSS, FLAT], {0: 1, 1: 1})
    assert_trades(ledger, [{"volume_lots": 1.0, "net": -10.0}, {"volume_lots": 0.99, "net": -9.9}])


def test_trades_and_deals_of_one_position_carry_its_ticket() -> None:
    ledger = trade_table([FLAT, LOSS, LOSS, FLAT], {0: 1, 1: 1})
    first, second = (trade["ticket"] for trade in ledger.trades)
    assert first < second
    assert [deal["ticket"] for deal in ledger.deals] == [first, first, second, second]
