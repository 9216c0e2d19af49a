"""Volume from risk, and the cap on what one trade may lose. The plain market as in the other tables."""

from __future__ import annotations

from support.candles import CONTRACT, FLAT, LOSS, RULES, WIN, assert_refused, assert_trades, trade_table


def test_volume_is_rounded_down_to_the_step() -> None:
    # 10.00 of risk over a stop of 7.00 is 1.428 lots.
    ledger = trade_table([FLAT, FLAT, (100.0, 101.0, 92.0, 95.0), FLAT], {0: 1}, atr=7.0)
    assert_trades(ledger, [{"volume_lots": 1.42, "risk_money": 9.94, "net": -9.94, "r": -1.0}])


def test_volume_below_the_minimum_is_refused() -> None:
    assert_refused(
        trade_table([FLAT, WIN], {0: 1}, contract=CONTRACT._replace(volume_min=1.01)), "volume_below_minimum"
    )
    exactly = trade_table([FLAT, WIN], {0: 1}, contract=CONTRACT._replace(volume_min=1.0))
    assert_trades(exactly, [{"volume_lots": 1.0}])


def test_volume_never_exceeds_the_maximum() -> None:
    ledger = trade_table([FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(volume_max=0.3))
    assert_trades(ledger, [{"volume_lots": 0.3, "net": -3.0}])


def test_the_maximum_is_rounded_down_to_the_step_as_well() -> None:
    ledger = trade_table(
        [FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(volume_max=0.35, volume_step=0.1, volume_min=0.1)
    )
    assert_trades(ledger, [{"volume_lots": 0.3, "net": -3.0}])


def test_volume_has_no_losses_by_floating_point() -> None:
    # 3.00 over 10 is 0.30 lots: three steps of 0.1, although 0.3 / 0.1 is 2.9999999999999996.
    ledger = trade_table(
        [FLAT, LOSS], {0: 1}, balance=300.0, contract=CONTRACT._replace(volume_step=0.1, volume_min=0.1)
    )
    assert_trades(ledger, [{"volume_lots": 0.3, "net": -3.0}])


def test_the_multiplier_scales_the_risk() -> None:
    ledger = trade_table([FLAT, LOSS, FLAT, LOSS, FLAT], {0: 1, 2: 1}, multipliers={0: 0.5, 2: 1.25})
    # 1.25 % of 995.00 is 12.4375.
    assert_trades(
        ledger,
        [
            {"volume_lots": 0.5, "net": -5.0, "r": -1.0, "risk_multiplier": 0.5},
            {"volume_lots": 1.24, "net": -12.4, "r": -1.0, "risk_multiplier": 1.25},
        ],
    )


def test_a_multiplier_below_one_never_refuses() -> None:
    # The whole risk buys 0.01 lots, a tenth of it nothing: the smallest volume is traded.
    small = trade_table([FLAT, LOSS], {0: 1}, multipliers={0: 0.1}, balance=10.0)
    assert_trades(small, [{"volume_lots": 0.01, "net": -0.1}])
    # The whole risk buys nothing: refused, whatever the multiplier.
    none = trade_table([FLAT, LOSS], {0: 1}, multipliers={0: 0.1}, balance=5.0)
    assert none.verdicts[0] == "volume_below_minimum"


def test_open_profit_counts_as_equity_when_the_next_is_sized() -> None:
    # BUY 1.00 at 100, target 200. At the open of bar 2 it shows 50.00: 1 % of 1050 is 10.50.
    bars = [FLAT, (100.0, 151.0, 99.0, 150.0), (150.0, 151.0, 149.0, 150.0)]
    ledger = trade_table(bars, {0: 1, 1: 1}, brackets={0: (1.0, 10.0)}, rules=RULES._replace(max_positions=2))
    assert_trades(ledger, [{"volume_lots": 1.0, "net": 50.0}, {"volume_lots": 1.05, "entry_price": 150.0, "net": 0.0}])


def test_swap_not_yet_booked_counts_as_equity_too() -> None:
    # A night costs the open lot 100.00: 1 % of 900 is 9.00.
    costly = CONTRACT._replace(swap_long_fixed=-100.0)
    rules = RULES._replace(max_positions=2)
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1, 1: 1}, nights={2: 1}, contract=costly, rules=rules)
    assert_trades(ledger, [{"volume_lots": 1.0, "swap": -100.0}, {"volume_lots": 0.9, "swap": 0.0}])


def test_commission_of_both_sides_counts_as_risk() -> None:
    # Per lot 10.00 of stop and 2 x 2.50.
    ledger = trade_table([FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(commission_per_lot=2.5))
    assert_trades(ledger, [{"volume_lots": 0.66}])
    # 1 % of a lot at 100 is 1.00 a side: 10 / 12 = 0.833.
    ledger = trade_table([FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(commission_pct=1.0))
    assert_trades(ledger, [{"volume_lots": 0.83}])


def test_a_cent_account() -> None:
    # 100 cents per lot and 1.00 of price. 1 % of 1000 cents is 10 cents: 0.01 lots, 10 away.
    ledger = trade_table([FLAT, LOSS], {0: 1}, contract=CONTRACT._replace(tick_value=1.0))
    assert_trades(ledger, [{"volume_lots": 0.01, "net": -10.0, "balance_after": 990.0}])


def test_stop_cap_skips_what_would_lose_more() -> None:
    # 5 % buys 5.00 lots, 50.00 at the stop; the cap is 20.00.
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0)
    assert_refused(trade_table([FLAT, WIN], {0: 1}, rules=rules), "stop_cap")
    exactly = trade_table([FLAT, LOSS], {0: 1}, rules=rules._replace(max_risk_per_trade_pct=5.0))
    assert_trades(exactly, [{"volume_lots": 5.0, "net": -50.0}])


def test_stop_cap_sees_the_multiplier() -> None:
    rules = RULES._replace(max_risk_per_trade_pct=1.0)
    assert_refused(trade_table([FLAT, WIN], {0: 1}, multipliers={0: 1.25}, rules=rules), "stop_cap")


def test_stop_cap_draws_the_stop_in() -> None:
    # 5.00 lots may lose 20.00: 4.00 away. The target stays.
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0, cap_stops=True)
    ledger = trade_table([FLAT, LOSS], {0: 1}, rules=rules)
    wanted = {"volume_lots": 5.0, "stop": 96.0, "target": 120.0, "exit_price": 96.0, "exit": "stop"}
    assert_trades(ledger, [wanted | {"net": -20.0, "risk_money": 20.0, "r": -1.0}])


def test_stop_cap_follows_the_equity() -> None:
    # After 20.00 are lost 5 % buys 4.90 lots, which may lose 2 % of 980.00: 4.00 away again.
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0, cap_stops=True)
    ledger = trade_table([FLAT, LOSS, LOSS], {0: 1, 1: 1}, rules=rules)
    assert_trades(ledger, [{"stop": 96.0, "net": -20.0}, {"volume_lots": 4.9, "stop": 96.0, "net": -19.6}])


def test_a_sells_stop_is_drawn_in_from_above() -> None:
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0, cap_stops=True)
    ledger = trade_table([FLAT, (100.0, 105.0, 99.0, 100.0)], {0: -1}, rules=rules)
    assert_trades(ledger, [{"stop": 104.0, "target": 80.0, "exit_price": 104.0, "net": -20.0}])


def test_a_drawn_in_stop_is_rounded_down_to_a_tick() -> None:
    # 50 / 7 = 7.142: 7.14 lots. 20 / 7.14 = 2.8011: 2.80 away; 7.14 x 2.80 = 19.992.
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0, cap_stops=True)
    ledger = trade_table([FLAT, LOSS], {0: 1}, atr=7.0, rules=rules)
    assert_trades(ledger, [{"volume_lots": 7.14, "stop": 97.2, "target": 114.0, "risk_money": 19.992, "net": -19.99}])


def test_a_drawn_in_stop_keeps_the_cap_where_the_quote_is_off_the_tick() -> None:
    # 8.00 lots may lose 20.00: 2.50 from ask 100.004. The stop lies on a tick, no farther than that: 97.51.
    rules = RULES._replace(risk_pct=50.0, max_risk_per_trade_pct=2.0, cap_stops=True)
    ledger = trade_table([FLAT, LOSS], {0: 1}, spread=0.004, rules=rules, contract=CONTRACT._replace(volume_max=8.0))
    assert_trades(ledger, [{"volume_lots": 8.0, "stop": 97.51, "risk_money": 8 * 2.494, "net": -19.95}])


def test_a_stop_within_the_cap_stays() -> None:
    rules = RULES._replace(max_risk_per_trade_pct=2.0, cap_stops=True)
    assert_trades(trade_table([FLAT, LOSS], {0: 1}, rules=rules), [{"stop": 90.0, "net": -10.0}])


def test_the_stops_level_is_asked_again_of_a_drawn_in_stop() -> None:
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0, cap_stops=True)
    assert_refused(
        trade_table([FLAT, WIN], {0: 1}, rules=rules, contract=CONTRACT._replace(stops_distance=4.5)), "stops_level"
    )


def test_the_cap_lets_the_smallest_volume_trade() -> None:
    # 1 % buys 1.00 lot, the broker wants 2.00: they may lose 15.00, 7.50 away.
    rules = RULES._replace(max_risk_per_trade_pct=1.5, cap_stops=True)
    big = CONTRACT._replace(volume_min=2.0)
    ledger = trade_table([FLAT, LOSS], {0: 1}, rules=rules, contract=big)
    assert_trades(ledger, [{"volume_lots": 2.0, "stop": 92.5, "net": -15.0, "r": -1.0}])
    # Within a cap of 20.00 the stop may stay where it is.
    ledger = trade_table([FLAT, LOSS], {0: 1}, rules=rules._replace(max_risk_per_trade_pct=2.0), contract=big)
    assert_trades(ledger, [{"volume_lots": 2.0, "stop": 90.0, "net": -20.0}])
    # Policy skip refuses.
    assert_refused(
        trade_table([FLAT, LOSS], {0: 1}, rules=rules._replace(cap_stops=False), contract=big), "volume_below_minimum"
    )
