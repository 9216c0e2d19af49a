"""How a position leaves: readings of a bar, finer bars, gaps, time, week's end, wishes; which reason is named."""

from __future__ import annotations

from novosky.execution.codes import FINER_BARS, NEWS_BLOCK, OPTIMISTIC, WISH_EXIT, WISH_HOLD
from support.candles import CONTRACT, FLAT, RULES, Candle, Ledger, assert_trades, trade_table

BOTH: Candle = (100.0, 121.0, 89.0, 110.0)  # holds a BUY's stop at 90 and its target at 120
SELLS_BOTH: Candle = (100.0, 111.0, 79.0, 90.0)
AS_STOP = {"exit": "stop", "exit_price": 90.0, "net": -10.0, "r": -1.0, "r_pessimistic": -1.0, "r_optimistic": 2.0}
AS_TARGET = {"exit": "target", "exit_price": 120.0, "net": 20.0, "r": 2.0, "r_pessimistic": -1.0, "r_optimistic": 2.0}


def test_pessimistic_reading_stops_first() -> None:
    assert_trades(trade_table([FLAT, BOTH, FLAT], {0: 1}), [AS_STOP | {"ambiguous": 1}])


def test_optimistic_reading_reaches_first() -> None:
    ledger = trade_table([FLAT, BOTH, FLAT], {0: 1}, rules=RULES._replace(reading=OPTIMISTIC))
    assert_trades(ledger, [AS_TARGET | {"ambiguous": 1}])


def test_the_readings_of_a_sell() -> None:
    ledger = trade_table([FLAT, SELLS_BOTH, FLAT], {0: -1})
    assert_trades(ledger, [AS_STOP | {"exit_price": 110.0, "ambiguous": 1}])
    ledger = trade_table([FLAT, SELLS_BOTH, FLAT], {0: -1}, rules=RULES._replace(reading=OPTIMISTIC))
    assert_trades(ledger, [AS_TARGET | {"exit_price": 80.0, "ambiguous": 1}])


def test_both_readings_carry_their_own_slippage() -> None:
    # In 100.50. Stopped at 89.50: -11.00. Target at 120: 19.50.
    ledger = trade_table([FLAT, BOTH], {0: 1}, slippage=0.5)
    assert_trades(ledger, [{"exit": "stop", "r": -1.1, "r_pessimistic": -1.1, "r_optimistic": 1.95}])


def test_both_readings_carry_commission_and_swap() -> None:
    # 10 / (10 + 2 x 2.50): 0.66 lots, commission 3.30, a night 1.98. Stop -6.60, target 13.20, over 6.60 of risk.
    contract = CONTRACT._replace(commission_per_lot=2.5, swap_long_fixed=-3.0)
    ledger = trade_table([FLAT, FLAT, BOTH], {0: 1}, nights={2: 1}, contract=contract)
    assert_trades(
        ledger, [{"net": -11.88, "r": -1.8, "r_pessimistic": -11.88 / 6.6, "r_optimistic": (13.2 - 3.3 - 1.98) / 6.6}]
    )


def test_a_trade_that_was_not_ambiguous_has_one_r() -> None:
    ledger = trade_table([FLAT, FLAT, (100.0, 101.0, 89.0, 100.0)], {0: 1}, rules=RULES._replace(reading=OPTIMISTIC))
    assert_trades(ledger, [{"exit": "stop", "ambiguous": 0, "r": -1.0, "r_pessimistic": -1.0, "r_optimistic": -1.0}])
    ledger = trade_table([FLAT, FLAT, (100.0, 105.0, 99.0, 105.0)], {0: 1})
    assert_trades(ledger, [{"exit": "window_end", "ambiguous": 0, "r_pessimistic": 0.5, "r_optimistic": 0.5}])


def in_finer_bars(inside: list[Candle], bar: Candle = BOTH, side: int = 1, spread: float = 0.0) -> Ledger:
    rules = RULES._replace(reading=FINER_BARS)
    return trade_table([FLAT, FLAT, bar, FLAT], {0: side}, finer={2: inside}, rules=rules, spread=spread)


def test_finer_bars_settle_for_the_target() -> None:
    inside = [(100.0, 105.0, 95.0, 104.0), (104.0, 121.0, 103.0, 119.0), (119.0, 119.5, 89.0, 110.0)]
    assert_trades(in_finer_bars(inside), [AS_TARGET | {"exit_bar": 2, "ambiguous": 2}])


def test_finer_bars_settle_for_the_stop() -> None:
    inside = [(100.0, 105.0, 95.0, 96.0), (96.0, 97.0, 89.0, 91.0), (91.0, 121.0, 90.5, 110.0)]
    assert_trades(in_finer_bars(inside), [AS_STOP | {"exit_bar": 2, "ambiguous": 2}])


def test_a_finer_bar_that_holds_both_stops_and_settles_nothing() -> None:
    inside = [(100.0, 105.0, 95.0, 104.0), (104.0, 121.0, 89.0, 110.0)]
    assert_trades(in_finer_bars(inside), [AS_STOP | {"ambiguous": 1}])


def test_finer_bars_that_meet_no_level_stop() -> None:
    assert_trades(in_finer_bars([(100.0, 105.0, 95.0, 104.0)]), [AS_STOP | {"ambiguous": 1}])


def test_a_gap_between_finer_bars_fills_at_the_open_of_the_second() -> None:
    inside = [(100.0, 105.0, 95.0, 104.0), (120.5, 121.0, 103.0, 119.0), (119.0, 119.5, 89.0, 110.0)]
    assert_trades(in_finer_bars(inside), [{"exit": "target", "exit_price": 120.5, "net": 20.5, "ambiguous": 2}])


def test_missing_finer_bars_stop() -> None:
    assert_trades(in_finer_bars([]), [AS_STOP | {"ambiguous": 1}])


def test_finer_bars_of_a_sell_are_watched_on_ask() -> None:
    # Spread 2: the stop 110 is bid 108, the target 80 is bid 78. The first finer bar stays inside by half a point.
    inside = [(100.0, 107.5, 78.5, 90.0), (90.0, 91.0, 78.0, 79.0), (79.0, 108.0, 78.5, 90.0)]
    ledger = in_finer_bars(inside, bar=(100.0, 108.0, 78.0, 90.0), side=-1, spread=2.0)
    assert_trades(ledger, [{"exit": "target", "exit_price": 80.0, "net": 20.0, "ambiguous": 2}])


def test_only_the_reading_finer_bars_looks_into_the_bar() -> None:
    reached_first = [(100.0, 121.0, 95.0, 104.0)]
    ledger = trade_table([FLAT, BOTH, FLAT], {0: 1}, finer={1: reached_first})
    assert_trades(ledger, [AS_STOP | {"ambiguous": 1}])


def test_gap_through_the_stop_fills_at_the_open() -> None:
    # The bar holds the target, too: but the open had decided.
    ledger = trade_table([FLAT, FLAT, (85.0, 125.0, 84.0, 85.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit_price": 85.0, "exit": "stop", "net": -15.0, "r": -1.5, "ambiguous": 0}])


def test_gap_through_the_target_fills_at_the_open() -> None:
    ledger = trade_table([FLAT, FLAT, (125.0, 126.0, 85.0, 125.0), FLAT], {0: 1})
    assert_trades(ledger, [{"exit_price": 125.0, "exit": "target", "net": 25.0, "ambiguous": 0, "r_pessimistic": 2.5}])


def test_gap_against_a_sell_fills_at_the_ask_of_the_open() -> None:
    # Bid 100 in, ask 115 + 2 out.
    ledger = trade_table([FLAT, FLAT, (115.0, 116.0, 114.0, 115.0), FLAT], {0: -1}, spread=2.0)
    assert_trades(ledger, [{"entry_price": 100.0, "exit_price": 117.0, "net": -17.0, "exit": "stop"}])


def test_maximum_holding_closes_at_an_open() -> None:
    bars = [FLAT, FLAT, FLAT, (103.0, 104.0, 102.0, 103.0), FLAT]
    ledger = trade_table(bars, {0: 1}, rules=RULES._replace(max_hold_bars=2))
    # In at the open of bar 1, held over bars 1 and 2, out at the open of bar 3.
    assert_trades(ledger, [{"entry_bar": 1, "exit_bar": 3, "exit_price": 103.0, "exit": "time", "net": 3.0}])


def test_time_exit_comes_before_the_bars_range() -> None:
    bars = [FLAT, FLAT, (100.0, 101.0, 80.0, 90.0), FLAT]
    ledger = trade_table(bars, {0: 1}, rules=RULES._replace(max_hold_bars=1))
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 100.0, "exit": "time", "net": 0.0}])


def test_the_open_at_which_a_position_leaves_counts_as_seen() -> None:
    # Down to 99 in bar 1, out at 94 in bar 2; up to 101, out at 106.
    rules = RULES._replace(max_hold_bars=1)
    ledger = trade_table([FLAT, FLAT, (94.0, 95.0, 93.0, 94.0)], {0: 1}, rules=rules)
    assert_trades(ledger, [{"net": -6.0, "mae_r": 0.6, "mfe_r": 0.1}])
    ledger = trade_table([FLAT, FLAT, (106.0, 107.0, 105.0, 106.0)], {0: 1}, rules=rules)
    assert_trades(ledger, [{"net": 6.0, "mae_r": 0.1, "mfe_r": 0.6}])


def test_the_weeks_end_closes_at_its_first_open() -> None:
    bars = [FLAT, FLAT, FLAT, (103.0, 130.0, 80.0, 103.0), FLAT]
    ledger = trade_table(bars, {0: 1}, flat=[3, 4], spread=1.0, slippage=0.5)
    # Ask 101.50 in, bid 103 - 0.50 out, whatever the bar does then.
    assert_trades(ledger, [{"exit_bar": 3, "exit_price": 102.5, "exit": "week_end", "net": 1.0}])


def test_a_market_without_a_bar_in_the_weeks_end_holds_over_it() -> None:
    ledger = trade_table([FLAT] * 4, {0: 1}, days=[4, 4, 11, 11])
    assert_trades(ledger, [{"exit_bar": 3, "exit": "window_end"}])


def test_exit_wish_closes_at_the_next_open() -> None:
    bars = [FLAT, (100.0, 104.0, 99.0, 103.0), (102.5, 130.0, 102.0, 120.0), FLAT]
    ledger = trade_table(bars, {0: 1}, wishes={1: WISH_EXIT})
    # Left at 102.50 although the bar goes on to the target at 120.
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 102.5, "net": 2.5, "exit": "position_model"}])


def test_a_sell_that_leaves_pays_the_spread() -> None:
    bars = [FLAT, (100.0, 101.0, 96.0, 97.0), (96.0, 97.0, 95.0, 96.0), FLAT]
    ledger = trade_table(bars, {0: -1}, wishes={1: WISH_EXIT}, spread=0.5)
    assert_trades(ledger, [{"exit_bar": 2, "exit_price": 96.5, "net": 3.5}])


def test_exit_wish_says_nothing_to_a_trade_that_opens_later() -> None:
    bars = [FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 121.0, 102.0, 120.0), FLAT]
    ledger = trade_table(bars, {0: 1}, wishes={0: WISH_EXIT, 1: WISH_HOLD, 2: WISH_EXIT})
    assert_trades(ledger, [{"exit_bar": 2, "exit": "target", "exit_price": 120.0}])


def test_the_first_reason_that_holds_is_named() -> None:
    # Bar 3 is too late, in the week's end, wished for and signalled against; one after the other is lifted.
    rules = RULES._replace(max_hold_bars=2, on_opposite=1)
    wishes, sides = {2: WISH_EXIT}, {0: 1, 2: -1}

    def reason(**setting: object) -> str:
        ledger = trade_table([FLAT] * 5, **({"sides": sides, "wishes": wishes, "rules": rules} | setting))  # type: ignore[arg-type]
        assert_trades(ledger, [{"exit_bar": 3, "exit_price": 100.0, "net": 0.0}])
        return str(ledger.trades[0]["exit"])

    later = rules._replace(max_hold_bars=100)
    assert reason(flat=[3]) == "time"
    assert reason(flat=[3], rules=later) == "week_end"
    assert reason(rules=later) == "position_model"
    assert reason(rules=later, wishes={}) == "opposite_signal"


def test_a_refused_intent_is_no_opposite_signal() -> None:
    rules = RULES._replace(on_opposite=2)
    ledger = trade_table([FLAT] * 5, {0: 1, 2: -1}, refused={2: NEWS_BLOCK}, rules=rules)
    assert_trades(ledger, [{"exit": "window_end"}])
    assert ledger.verdicts[2] == "news_block"
