"""Break-even and trailing stop: decided on the closed bar, held from the next on. The plain market as elsewhere."""

from __future__ import annotations

from novosky.execution.codes import OPTIMISTIC
from support.candles import CONTRACT, FLAT, RULES, assert_trades, trade_table

BREAKEVEN = RULES._replace(breakeven_r=1.0, breakeven_offset=0.5)
TRAIL = RULES._replace(trail_start_r=1.0, trail_atr=0.5)


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
