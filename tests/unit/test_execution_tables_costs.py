"""Spread, commission, slippage and swap. The plain market is told in test_execution_tables: 1.00 lot, stop 10 away."""

from __future__ import annotations

from support.candles import CONTRACT, FLAT, LOSS, RULES, WIN, assert_deals, assert_trades, trade_table

UP = (103.0, 104.0, 102.0, 103.0)


def test_buy_pays_the_spread_at_the_entry() -> None:
    # Ask 102 in; stop 92 and target 122 watched on bid.
    ledger = trade_table([FLAT, FLAT, (100.0, 122.0, 99.0, 120.0), FLAT], {0: 1}, spread=2.0)
    wanted = {"entry_price": 102.0, "stop": 92.0, "target": 122.0, "exit_price": 122.0}
    assert_trades(ledger, [wanted | {"net": 20.0, "spread_cost": 2.0, "slippage_cost": 0.0}])


def test_sell_pays_the_spread_of_its_exit_bar() -> None:
    # Bid 100 in, ask 103 + 3 out; bar 1's spread of 1 was never paid.
    ledger = trade_table([FLAT, FLAT, UP], {0: -1}, spread=[1.0, 1.0, 3.0], rules=RULES._replace(max_hold_bars=1))
    assert_trades(
        ledger, [{"entry_price": 100.0, "exit_price": 106.0, "exit": "time", "net": -6.0, "spread_cost": 3.0}]
    )


def test_sells_stop_is_watched_on_ask() -> None:
    # Bid high 108 plus spread 2 touches the stop at 110.
    ledger = trade_table([FLAT, FLAT, (100.0, 108.0, 99.0, 100.0), FLAT], {0: -1}, spread=2.0)
    assert_trades(ledger, [{"exit_price": 110.0, "exit": "stop", "net": -10.0}])


def test_sells_target_needs_the_ask_to_come_down() -> None:
    # Bid low 79 is ask 81: the target 80 is not reached; the window ends at ask 80 + 2.
    ledger = trade_table([FLAT, FLAT, (82.0, 83.0, 79.0, 80.0)], {0: -1}, spread=2.0)
    assert_trades(ledger, [{"exit_price": 82.0, "exit": "window_end", "net": 18.0}])


def test_commission_per_lot_and_side() -> None:
    # 10 / (10 + 2 x 0.30) = 0.943: 0.94 lots; 0.94 x 0.30 = 0.282 a side, booked as 0.28 each.
    ledger = trade_table([FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(commission_per_lot=0.3))
    assert_trades(ledger, [{"volume_lots": 0.94, "gross": -9.4, "commission": 0.56, "net": -9.96}])


def test_commission_in_percent_of_the_traded_value() -> None:
    # 10 / (10 + 2 x 1.00): 0.83 lots. In: 1 % of 0.83 x 100 = 0.83. Out at 90: 1 % of 0.83 x 90 = 0.747.
    ledger = trade_table([FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(commission_pct=1.0))
    assert_trades(ledger, [{"volume_lots": 0.83, "gross": -8.3, "commission": 1.58, "net": -9.88}])
    assert_deals(ledger, [{"commission": 0.83}, {"commission": 0.75}])


def test_both_kinds_of_commission_add_up() -> None:
    # Per lot and side 1.00 + 1 % of 100: 10 / 14 = 0.714 lots. In 0.71 + 0.71; out at 120: 0.71 + 0.852.
    contract = CONTRACT._replace(commission_per_lot=1.0, commission_pct=1.0)
    ledger = trade_table([FLAT, WIN], {0: 1}, contract=contract)
    assert_deals(ledger, [{"volume_lots": 0.71, "commission": 1.42}, {"profit": 14.2, "commission": 1.56}])


def test_slippage_at_the_entry_leaves_stop_target_and_volume_alone() -> None:
    # Quote 100, filled 100.50. The target is a limit order: 120 - 100.50.
    ledger = trade_table([FLAT, FLAT, WIN], {0: 1}, slippage=0.5)
    wanted = {"volume_lots": 1.0, "entry_price": 100.5, "stop": 90.0, "target": 120.0, "exit_price": 120.0}
    assert_trades(ledger, [wanted | {"net": 19.5, "slippage_cost": 0.5, "risk_money": 10.0, "r": 1.95}])


def test_slippage_at_the_stop() -> None:
    # In 100.50, stop 90 filled at 89.50.
    ledger = trade_table([FLAT, FLAT, LOSS], {0: 1}, slippage=0.5)
    assert_trades(ledger, [{"exit_price": 89.5, "net": -11.0, "slippage_cost": 1.0, "r": -1.1}])


def test_slippage_of_a_sell() -> None:
    # In at bid 100 - 0.50; stop 110 filled at 110.50.
    ledger = trade_table([FLAT, FLAT, (100.0, 111.0, 99.0, 100.0)], {0: -1}, slippage=0.5)
    assert_trades(
        ledger, [{"entry_price": 99.5, "stop": 110.0, "exit_price": 110.5, "net": -11.0, "slippage_cost": 1.0}]
    )


def test_slippage_at_a_market_exit() -> None:
    # In 100.50, out by time at 103 - 0.50.
    ledger = trade_table([FLAT, FLAT, UP], {0: 1}, slippage=0.5, rules=RULES._replace(max_hold_bars=1))
    assert_trades(ledger, [{"exit": "time", "exit_price": 102.5, "net": 2.0, "slippage_cost": 1.0}])


def test_slippage_at_the_windows_end() -> None:
    ledger = trade_table([FLAT, FLAT, UP], {0: 1}, slippage=0.5)
    assert_trades(ledger, [{"exit": "window_end", "exit_price": 102.5, "net": 2.0}])


def test_slippage_is_the_bars_own() -> None:
    # In at bar 1: 100.25; out at bar 2: 90 - 1.
    ledger = trade_table([FLAT, FLAT, LOSS], {0: 1}, slippage=[9.0, 0.25, 1.0])
    assert_trades(ledger, [{"entry_price": 100.25, "exit_price": 89.0, "net": -11.25, "slippage_cost": 1.25}])


def test_a_stop_over_a_gap_slips_from_the_open_and_a_target_does_not() -> None:
    ledger = trade_table([FLAT, FLAT, (85.0, 86.0, 84.0, 85.0)], {0: 1}, slippage=0.5)
    assert_trades(ledger, [{"exit": "stop", "exit_price": 84.5, "net": -16.0}])
    ledger = trade_table([FLAT, FLAT, (125.0, 126.0, 124.0, 125.0)], {0: 1}, slippage=0.5)
    assert_trades(ledger, [{"exit": "target", "exit_price": 125.0, "net": 24.5}])


def test_slippage_leaves_the_tick_alone() -> None:
    # 0.004 lies between two ticks of 0.01: 2.00 lots (stop 5 away) pay 0.008 at each side. 2 x (95 - 0.008 - 100).
    ledger = trade_table([FLAT, FLAT, LOSS], {0: 1}, slippage=0.004, brackets={0: (0.5, 2.0)})
    wanted = {"volume_lots": 2.0, "entry_price": 100.004, "stop": 95.0, "exit_price": 94.996}
    assert_trades(ledger, [wanted | {"gross": -10.02, "net": -10.02}])


def test_swap_is_paid_for_each_night_that_was_held() -> None:
    # The night before bar 1 was not held; then one, none, and three (the triple day).
    contract = CONTRACT._replace(swap_long_fixed=-3.0)
    ledger = trade_table([FLAT] * 5, {0: 1}, nights={1: 1, 2: 1, 4: 3}, contract=contract)
    assert_trades(ledger, [{"gross": 0.0, "swap": -12.0, "net": -12.0, "r": -1.2}])
    # It waits in the position, where equity sees it, and is booked with the closing deal.
    assert ledger.equity == [1000.0, 1000.0, 997.0, 997.0, 988.0]
    assert_deals(ledger, [{"kind": "open", "swap": 0.0, "balance_after": 1000.0}, {"kind": "close", "swap": -12.0}])


def test_swap_goes_by_volume_and_side() -> None:
    # 0.50 lots (stop 20 away): the SELL earns 2.00 a lot, the BUY would pay 3.00.
    contract = CONTRACT._replace(swap_long_fixed=-3.0, swap_short_fixed=2.0)
    half = {0: (2.0, 2.0)}
    earned = trade_table([FLAT] * 3, {0: -1}, nights={2: 1}, brackets=half, contract=contract)
    assert_trades(earned, [{"volume_lots": 0.5, "swap": 1.0, "net": 1.0}])
    paid = trade_table([FLAT] * 3, {0: 1}, nights={2: 1}, brackets=half, contract=contract)
    assert_trades(paid, [{"volume_lots": 0.5, "swap": -1.5, "net": -1.5}])


def test_swap_per_price_takes_the_open_bid_of_the_rollover() -> None:
    # 1 % of bid 103, for a SELL too, whose ask is 105.
    contract = CONTRACT._replace(swap_long_per_price=-0.01, swap_short_per_price=-0.01)
    for side in (1, -1):
        ledger = trade_table([FLAT, FLAT, UP], {0: side}, spread=2.0, nights={2: 1}, contract=contract)
        assert_trades(ledger, [{"swap": -1.03}])


def test_swap_on_the_entry_price() -> None:
    # The BUY is in at ask 102.
    contract = CONTRACT._replace(swap_long_per_price=-0.01, swap_on_entry_price=True)
    ledger = trade_table([FLAT, FLAT, UP], {0: 1}, spread=2.0, nights={2: 1}, contract=contract)
    assert_trades(ledger, [{"swap": -1.02}])


def test_fixed_swap_and_swap_per_price_add_up() -> None:
    # -2.00 + 1 % of 103, three nights: 3 x -0.97.
    contract = CONTRACT._replace(swap_long_fixed=-2.0, swap_long_per_price=0.01)
    ledger = trade_table([FLAT, FLAT, UP], {0: 1}, nights={2: 3}, contract=contract)
    assert_trades(ledger, [{"swap": -2.91}])


def test_swap_is_rounded_each_time_it_is_charged() -> None:
    # Three times 0.334 is three times 0.33; three nights at once are 1.002.
    contract = CONTRACT._replace(swap_long_fixed=-0.334)
    apart = trade_table([FLAT] * 5, {0: 1}, nights={2: 1, 3: 1, 4: 1}, contract=contract)
    assert_trades(apart, [{"swap": -0.99}])
    at_once = trade_table([FLAT] * 5, {0: 1}, nights={4: 3}, contract=contract)
    assert_trades(at_once, [{"swap": -1.0}])


def test_a_position_that_leaves_at_the_open_has_paid_the_night_before() -> None:
    contract = CONTRACT._replace(swap_long_fixed=-3.0)
    rules = RULES._replace(max_hold_bars=1)
    ledger = trade_table([FLAT] * 3, {0: 1}, nights={2: 1}, contract=contract, rules=rules)
    assert_trades(ledger, [{"exit": "time", "exit_bar": 2, "swap": -3.0, "net": -3.0}])


def test_every_kind_of_cost_stands_alone_in_the_trade() -> None:
    # Ask 101, filled 101.50; 10 / (10 + 2 x 1.00) = 0.83 lots. Out by time at bid 105 - 0.50: 3.00 x 0.83 = 2.49.
    # Spread 1.00 x 0.83; slippage 2 x 0.50 x 0.83; commission 0.83 twice; a night of 3.00 x 0.83.
    bars = [FLAT, FLAT, FLAT, (105.0, 106.0, 104.0, 105.0)]
    contract = CONTRACT._replace(commission_per_lot=1.0, swap_long_fixed=-3.0)
    rules = RULES._replace(max_hold_bars=2)
    ledger = trade_table(bars, {0: 1}, spread=1.0, slippage=0.5, nights={2: 1}, contract=contract, rules=rules)
    costs = {"spread_cost": 0.83, "slippage_cost": 0.83, "commission": 1.66, "swap": -2.49}
    prices = {"entry_price": 101.5, "stop": 91.0, "target": 121.0, "exit_price": 104.5}
    assert_trades(ledger, [prices | costs | {"gross": 2.49, "net": -1.66, "risk_money": 8.3, "r": -0.2}])
    assert_deals(
        ledger,
        [
            {"kind": "open", "price": 101.5, "profit": 0.0, "commission": 0.83, "swap": 0.0, "balance_after": 999.17},
            {
                "kind": "close",
                "price": 104.5,
                "profit": 2.49,
                "commission": 0.83,
                "swap": -2.49,
                "balance_after": 998.34,
            },
        ],
    )
