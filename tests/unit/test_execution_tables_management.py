"""Break-even, trailing stop and partial close. Decided on the closed bar; the plain market as in the other tables."""

from __future__ import annotations

from novosky.execution.codes import OPTIMISTIC
from support.candles import CONTRACT, FLAT, RULES, assert_deals, assert_trades, trade_table

BREAKEVEN = RULES._replace(breakeven_r=1.0, breakeven_offset=0.5)
TRAIL = RULES._replace(trail_start_r=1.0, trail_atr=0.5)
PARTIAL = RULES._replace(partial_r=1.0, partial_fraction=0.5)


def test_break_even_moves_the_stop_behind_the_entry() -> None:
    # High 110 is one stop distance: the stop goes to 100.50, from bar 2 on (bar 1's low of 99 does not matter).
    bars = [FLAT, (100.0, 110.0, 99.0, 108.0), (108.0, 109.0, 100.5, 101.0), FLAT]
    ledger = trade_table(bars, {0: 1}, rules=BREAKEVEN)
    wanted = {"exit_bar": 2, "exit": "moved_stop", "stop": 100.5, "exit_price": 100.5, "net": 0.5, "risk_money": 10.0}
    assert_trades(ledger, [wanted | {"r": 0.05, "r_pessimistic": 0.05, "r_optimistic": 0.05}])


def test_break_even_waits_for_its_distance() -> None:
    bars = [FLAT, (100.0, 109.99, 99.0, 108.0), (108.0, 109.0, 89.0, 95.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=BREAKEVEN), [{"exit": "stop", "stop": 90.0, "net": -10.0}])


def test_break_even_is_measured_from_the_fill_in_distances_from_the_quote() -> None:
    # Quote 100, filled 100.50, stop 90: bid must reach 110.50.
    rules = BREAKEVEN._replace(breakeven_offset=0.0)
    for high, exit_ in ((110.49, "window_end"), (110.5, "moved_stop")):
        bars = [FLAT, (100.0, high, 99.0, 108.0), (108.0, 109.0, 95.0, 101.0)]
        ledger = trade_table(bars, {0: 1}, slippage=[0.0, 0.5, 0.0], rules=rules)
        assert_trades(ledger, [{"exit": exit_}])


def test_break_even_of_a_buy_is_measured_on_bid_from_its_entry_at_ask() -> None:
    # In at ask 102, stop 92: bid must reach 112.
    rules = BREAKEVEN._replace(breakeven_offset=0.0)
    bars = [FLAT, (100.0, 111.99, 99.0, 105.0), (105.0, 112.0, 104.0, 105.0), (105.0, 106.0, 101.0, 105.0)]
    ledger = trade_table(bars, {0: 1}, spread=2.0, rules=rules)
    assert_trades(
        ledger, [{"entry_price": 102.0, "exit_bar": 3, "exit_price": 102.0, "exit": "moved_stop", "net": 0.0}]
    )


def test_break_even_of_a_sell_is_measured_on_ask() -> None:
    # Bid low 88 is ask 90, one distance below 100. The stop goes to 99.50, met by bid 97.50.
    bars = [FLAT, (100.0, 101.0, 88.0, 90.0), (90.0, 97.5, 89.0, 95.0)]
    ledger = trade_table(bars, {0: -1}, spread=2.0, rules=BREAKEVEN)
    assert_trades(ledger, [{"exit": "moved_stop", "exit_price": 99.5, "net": 0.5}])


def test_a_stop_moves_only_behind_the_closing_price() -> None:
    # Bar 1 closes below 100.50: the stop stays at 90, and bar 2 may fall to 95. Bar 2 closes at 103: now it moves.
    bars = [FLAT, (100.0, 110.0, 99.0, 100.4), (100.4, 104.0, 95.0, 103.0), (103.0, 104.0, 100.0, 101.0)]
    ledger = trade_table(bars, {0: 1}, rules=BREAKEVEN)
    assert_trades(ledger, [{"exit_bar": 3, "exit_price": 100.5, "exit": "moved_stop"}])
    # At 100.50 itself it is not beyond.
    bars = [FLAT, (100.0, 110.0, 99.0, 100.5), (100.5, 104.0, 95.0, 100.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=BREAKEVEN), [{"exit": "window_end", "stop": 90.0}])


def test_trailing_follows_the_best_price() -> None:
    # Best 112, less 0.5 x ATR 10: the stop is 107 from bar 2 on; bar 1's low of 106 does not matter.
    bars = [FLAT, (100.0, 112.0, 106.0, 111.0), (111.0, 111.5, 107.0, 108.0)]
    ledger = trade_table(bars, {0: 1}, rules=TRAIL)
    assert_trades(ledger, [{"exit_bar": 2, "exit": "moved_stop", "stop": 107.0, "exit_price": 107.0, "net": 7.0}])


def test_trailing_waits_for_its_start() -> None:
    bars = [FLAT, (100.0, 109.99, 99.0, 109.0), (109.0, 109.5, 89.0, 95.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=TRAIL), [{"exit": "stop", "net": -10.0}])


def test_trailing_never_steps_back() -> None:
    # Bar 2's ATR of 20 would put the stop at 112 - 10.
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 111.5, 108.0, 110.0), (110.0, 111.0, 106.0, 107.0)]
    for rules in (TRAIL, TRAIL._replace(breakeven_r=1.0)):
        ledger = trade_table(bars, {0: 1}, atr=[10.0, 10.0, 20.0, 10.0], rules=rules)
        assert_trades(ledger, [{"exit_bar": 3, "exit_price": 107.0, "exit": "moved_stop"}])


def test_trailing_goes_on_with_each_new_best_price_and_the_closed_bars_atr() -> None:
    # 112 - 5 = 107; then 116 - 0.5 x 8 = 112.
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 116.0, 110.0, 115.0), (115.0, 116.0, 111.0, 113.0)]
    ledger = trade_table(bars, {0: 1}, atr=[10.0, 10.0, 8.0, 10.0], rules=TRAIL)
    assert_trades(ledger, [{"exit_bar": 3, "exit_price": 112.0, "net": 12.0}])


def test_trailing_of_a_sell_follows_the_ask() -> None:
    # Bid low 86 is ask 88: 88 + 5 = 93, met by bid 91.
    bars = [FLAT, (100.0, 101.0, 86.0, 87.0), (87.0, 91.0, 86.5, 90.0)]
    ledger = trade_table(bars, {0: -1}, spread=2.0, rules=TRAIL)
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 93.0, "exit": "moved_stop", "net": 7.0}])


def test_a_trailing_stop_lies_on_a_whole_tick() -> None:
    # ATR 9.83: 112 - 4.915 = 107.085 -> 107.00 in quarters. (The first stop: 100 - 9.83 -> 90.25.)
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 111.5, 106.0, 108.0)]
    quarters = CONTRACT._replace(tick_size=0.25, tick_value=0.25)
    ledger = trade_table(bars, {0: 1}, atr=9.83, contract=quarters, rules=TRAIL)
    assert_trades(ledger, [{"exit_price": 107.0, "exit": "moved_stop"}])


def test_the_better_of_break_even_and_trailing_counts() -> None:
    rules = TRAIL._replace(breakeven_r=1.0, breakeven_offset=0.5)
    # 110 - 5 = 105 beats 100.50.
    bars = [FLAT, (100.0, 110.0, 99.0, 109.0), (109.0, 109.5, 104.0, 105.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=rules), [{"exit_price": 105.0, "net": 5.0}])
    # 110 - 15 = 95 does not.
    bars = [FLAT, (100.0, 110.0, 99.0, 109.0), (109.0, 109.5, 94.0, 105.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=rules._replace(trail_atr=1.5)), [{"exit_price": 100.5, "net": 0.5}])


def test_the_stops_level_holds_a_moved_stop() -> None:
    # The stop would go to 107, 4 below the close.
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 111.5, 105.0, 108.0)]
    held = trade_table(bars, {0: 1}, rules=TRAIL, contract=CONTRACT._replace(stops_distance=4.5))
    assert_trades(held, [{"exit": "window_end", "stop": 90.0, "exit_price": 108.0}])
    moved = trade_table(bars, {0: 1}, rules=TRAIL, contract=CONTRACT._replace(stops_distance=4.0))
    assert_trades(moved, [{"exit": "moved_stop", "exit_price": 107.0}])


def test_a_target_within_the_freeze_level_holds_the_stop() -> None:
    # Bar 1 closes at 111, 9 below the target; bar 2 below 107, where the stop may no longer go.
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 111.5, 105.0, 106.0)]
    held = trade_table(bars, {0: 1}, rules=TRAIL, contract=CONTRACT._replace(freeze_distance=9.0))
    assert_trades(held, [{"exit": "window_end", "stop": 90.0}])
    moved = trade_table(bars, {0: 1}, rules=TRAIL, contract=CONTRACT._replace(freeze_distance=8.5))
    assert_trades(moved, [{"exit": "moved_stop", "exit_price": 107.0}])


def test_a_stop_within_the_freeze_level_stays() -> None:
    # Bar 1: 107. Bar 2 would raise it to 108, but closes at 109, 2 above the present stop.
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 113.0, 108.0, 109.0), (109.0, 109.5, 107.5, 109.0)]
    held = trade_table(bars, {0: 1}, rules=TRAIL, contract=CONTRACT._replace(freeze_distance=2.0))
    assert_trades(held, [{"exit": "window_end", "stop": 107.0}])
    moved = trade_table(bars, {0: 1}, rules=TRAIL, contract=CONTRACT._replace(freeze_distance=1.5))
    assert_trades(moved, [{"exit": "moved_stop", "exit_price": 108.0}])


def test_a_gap_through_a_moved_stop_fills_at_the_open() -> None:
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (104.0, 105.0, 103.0, 104.0)]
    ledger = trade_table(bars, {0: 1}, slippage=[0.0, 0.0, 0.5], rules=TRAIL)
    assert_trades(ledger, [{"exit": "moved_stop", "exit_price": 103.5, "net": 3.5}])


def test_a_moved_stop_is_ambiguous_with_the_target_too() -> None:
    # Stop 107, target 120, both in bar 2.
    bars = [FLAT, (100.0, 112.0, 99.0, 111.0), (111.0, 121.0, 106.0, 115.0)]
    wanted = {"ambiguous": 1, "r_pessimistic": 0.7, "r_optimistic": 2.0}
    assert_trades(trade_table(bars, {0: 1}, rules=TRAIL), [wanted | {"exit": "moved_stop", "net": 7.0}])
    optimistic = trade_table(bars, {0: 1}, rules=TRAIL._replace(reading=OPTIMISTIC))
    assert_trades(optimistic, [wanted | {"exit": "target", "net": 20.0}])


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
