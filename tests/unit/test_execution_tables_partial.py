"""Partial close: decided on the closed bar, done at the next open. The plain market as in the other tables."""

from __future__ import annotations

from support.candles import CONTRACT, FLAT, RULES, assert_deals, assert_trades, trade_table

PARTIAL = RULES._replace(partial_r=1.0, partial_fraction=0.5)


def test_partial_close_at_the_next_open() -> None:
    # Bar 1 closes at 110, one stop distance: half leaves at 109, the rest at the target. (109 + 120) / 2 = 114.50.
    bars = [FLAT, (100.0, 111.0, 99.0, 110.0), (109.0, 121.0, 108.0, 120.0)]
    ledger = trade_table(bars, {0: 1}, rules=PARTIAL)
    wanted = {"volume_lots": 1.0, "exit_price": 114.5, "exit": "target", "gross": 14.5, "net": 14.5, "r": 1.45}
    assert_trades(ledger, [wanted])
    assert_deals(
        ledger,
        [
            {"bar": 1, "kind": "open", "volume_lots": 1.0, "price": 100.0, "balance_after": 1000.0},
            {"bar": 2, "kind": "partial", "volume_lots": 0.5, "price": 109.0, "profit": 4.5, "balance_after": 1004.5},
            {"bar": 2, "kind": "close", "volume_lots": 0.5, "price": 120.0, "profit": 10.0, "balance_after": 1014.5},
        ],
    )


def test_partial_close_asks_the_close_not_the_high() -> None:
    bars = [FLAT, (100.0, 115.0, 99.0, 109.99), (109.0, 109.5, 89.0, 95.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=PARTIAL), [{"exit": "stop", "net": -10.0}])


def test_partial_close_happens_once() -> None:
    up = (110.0, 112.0, 109.0, 111.0)
    ledger = trade_table([FLAT, (100.0, 111.0, 99.0, 110.0), up, up, up], {0: 1}, rules=PARTIAL)
    # 0.50 at 110, 0.50 at the last close of 111.
    assert_trades(ledger, [{"net": 10.5}])
    assert [deal["kind"] for deal in ledger.deals] == ["open", "partial", "close"]


def test_partial_close_rounds_its_part_down() -> None:
    # 10.00 / 14 = 0.7 lots in steps of 0.1; half is 0.35: 0.3 leave, 0.4 stay. One distance is 14.
    bars = [FLAT, (100.0, 115.0, 99.0, 114.0), (114.0, 115.0, 113.0, 114.0)]
    tenths = CONTRACT._replace(volume_step=0.1, volume_min=0.1)
    ledger = trade_table(bars, {0: 1}, atr=14.0, contract=tenths, rules=PARTIAL)
    assert_deals(
        ledger, [{"volume_lots": 0.7}, {"volume_lots": 0.3, "profit": 4.2}, {"volume_lots": 0.4, "profit": 5.6}]
    )


def test_partial_close_needs_the_smallest_volume_on_both_sides() -> None:
    # Of 0.90 lots (volume_max) at a smallest volume of 0.50: the part would be 0.45, or with 80 % the rest 0.18.
    bars = [FLAT, (100.0, 111.0, 99.0, 110.0), (110.0, 111.0, 109.0, 110.0)]
    contract = CONTRACT._replace(volume_min=0.5, volume_max=0.9)
    for fraction in (0.5, 0.8):
        ledger = trade_table(bars, {0: 1}, contract=contract, rules=PARTIAL._replace(partial_fraction=fraction))
        assert [deal["kind"] for deal in ledger.deals] == ["open", "close"]
    # Where both are just large enough it closes: 0.50 of 1.00.
    ledger = trade_table(bars, {0: 1}, contract=CONTRACT._replace(volume_min=0.5), rules=PARTIAL)
    assert [deal["kind"] for deal in ledger.deals] == ["open", "partial", "close"]


def test_partial_close_of_a_sell_pays_spread_and_slippage() -> None:
    # Close 88 is ask 90. Half leaves at ask 89 + 2, worse by 0.50; the rest at the end likewise, from bid 88.
    bars = [FLAT, (100.0, 101.0, 87.0, 88.0), (89.0, 90.0, 87.0, 88.0)]
    ledger = trade_table(bars, {0: -1}, spread=2.0, slippage=[0.0, 0.0, 0.5], rules=PARTIAL)
    assert_deals(ledger, [{}, {"price": 91.5, "profit": 4.25}, {"price": 90.5, "profit": 4.75}])
    # Half of 2.00 and half of 0.50 at each leaving.
    assert_trades(ledger, [{"exit_price": 91.0, "net": 9.0, "spread_cost": 2.0, "slippage_cost": 0.5}])


def test_a_partial_close_books_its_share_of_commission_and_swap() -> None:
    # 0.66 lots as in the costs; a night of 3.00 a lot is 1.98. Half (0.33) leaves at 110 with 0.99 of it;
    # the next night charges 0.33 x 3.00 = 0.99 to the rest, which leaves with 1.98.
    bars = [FLAT, (100.0, 111.0, 99.0, 110.0), (110.0, 111.0, 109.0, 110.0), (110.0, 111.0, 109.0, 110.0)]
    contract = CONTRACT._replace(commission_per_lot=2.5, swap_long_fixed=-3.0)
    ledger = trade_table(bars, {0: 1}, nights={2: 1, 3: 1}, contract=contract, rules=PARTIAL)
    # 0.33 x 2.50 = 0.825 a leaving.
    assert_deals(
        ledger,
        [
            {"kind": "open", "commission": 1.65, "swap": 0.0, "balance_after": 998.35},
            {"kind": "partial", "profit": 3.3, "commission": 0.83, "swap": -0.99, "balance_after": 999.83},
            {"kind": "close", "profit": 3.3, "commission": 0.83, "swap": -1.98, "balance_after": 1000.32},
        ],
    )
    assert_trades(ledger, [{"gross": 6.6, "commission": 3.31, "swap": -2.97, "net": 0.32}])


def test_both_readings_carry_what_a_partial_close_booked() -> None:
    # 4.50 is booked at 109; the rest stops for -5.00 or reaches for 10.00, over 10.00 of risk.
    bars = [FLAT, (100.0, 111.0, 99.0, 110.0), (109.0, 121.0, 89.0, 100.0)]
    ledger = trade_table(bars, {0: 1}, rules=PARTIAL)
    assert_trades(ledger, [{"net": -0.5, "ambiguous": 1, "r": -0.05, "r_pessimistic": -0.05, "r_optimistic": 1.45}])


def test_a_position_that_leaves_whole_does_not_close_in_part() -> None:
    bars = [FLAT, (100.0, 111.0, 99.0, 110.0), (109.0, 121.0, 108.0, 120.0)]
    ledger = trade_table(bars, {0: 1}, rules=PARTIAL._replace(max_hold_bars=1))
    assert_trades(ledger, [{"exit": "time", "exit_price": 109.0, "net": 9.0}])
    assert [deal["kind"] for deal in ledger.deals] == ["open", "close"]
