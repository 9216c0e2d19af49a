"""What an ADD of the position model does on netting and hedging. The plain market as in the other tables."""

from __future__ import annotations

from novosky.execution import codes
from novosky.execution.codes import WISH_ADD
from support.candles import CONTRACT, FLAT, RULES, Candle, assert_deals, assert_trades, trade_table

NETTING = RULES._replace(netting=True, max_adds=1)
HEDGING = RULES._replace(max_positions=2, max_adds=1)

# A BUY at 100 shows 5.00 at the open of bar 2: 1 % of 1005 over the 15 to its stop at 90 is 0.67 lots.
RISING: list[Candle] = [FLAT, (100.0, 106.0, 99.0, 105.0), (105.0, 106.0, 104.0, 105.0)]
TO_TARGET: Candle = (105.0, 121.0, 104.0, 120.0)
TO_STOP: Candle = (105.0, 106.0, 89.0, 95.0)


def test_addition_on_netting_is_the_same_trade() -> None:
    # 1.00 at 100 and 0.67 at 105: 170.35 / 1.67. Risk 10 + 0.67 x 15. At the target 20.00 + 10.05.
    ledger = trade_table([*RISING, TO_TARGET], {0: 1}, wishes={1: WISH_ADD}, rules=NETTING)
    wanted = {"volume_lots": 1.67, "entry_bar": 1, "entry_price": 170.35 / 1.67, "stop": 90.0, "target": 120.0}
    money = {"exit": "target", "net": 30.05, "risk_money": 20.05, "r": 30.05 / 20.05, "adds": 1, "is_add": 0}
    assert_trades(ledger, [wanted | money])
    assert_deals(
        ledger,
        [
            {"bar": 1, "kind": "open", "volume_lots": 1.0, "price": 100.0},
            {"bar": 2, "kind": "add", "volume_lots": 0.67, "price": 105.0, "profit": 0.0, "balance_after": 1000.0},
            {"bar": 3, "kind": "close", "volume_lots": 1.67, "price": 120.0, "profit": 30.05},
        ],
    )


def test_an_added_trade_keeps_the_clock_of_its_first_entry() -> None:
    # Two bars after bar 1, although added to at bar 2.
    ledger = trade_table([*RISING, TO_TARGET], {0: 1}, wishes={1: WISH_ADD}, rules=NETTING._replace(max_hold_bars=2))
    assert_trades(ledger, [{"volume_lots": 1.67, "exit": "time", "exit_bar": 3, "exit_price": 105.0, "net": 5.0}])


def test_an_added_trade_is_stopped_for_its_whole_risk() -> None:
    ledger = trade_table([*RISING, TO_STOP], {0: 1}, wishes={1: WISH_ADD}, rules=NETTING)
    assert_trades(ledger, [{"exit": "stop", "exit_price": 90.0, "net": -20.05, "r": -1.0, "adds": 1}])


def test_additions_end_with_their_cap() -> None:
    # A second wish is not heard, or with a cap of 0 none.
    for cap, volume in ((1, 1.67), (0, 1.0)):
        rules = NETTING._replace(max_adds=cap)
        ledger = trade_table([*RISING, *RISING[2:], TO_STOP], {0: 1}, wishes={1: WISH_ADD, 2: WISH_ADD}, rules=rules)
        assert_trades(ledger, [{"volume_lots": volume, "adds": cap}])


def test_two_additions() -> None:
    # The second at 105: equity 1000 + 5.00 + 0.00; 0.67 again.
    rules = NETTING._replace(max_adds=2)
    ledger = trade_table([*RISING, *RISING[2:], TO_STOP], {0: 1}, wishes={1: WISH_ADD, 2: WISH_ADD}, rules=rules)
    assert_trades(ledger, [{"volume_lots": 2.34, "net": -30.1, "risk_money": 30.1, "adds": 2}])


def test_an_addition_takes_the_risk_multiplier_of_its_trade() -> None:
    # 0.50 lots at first; at 105 0.5 % of 1002.50 over 15: 5.0125 / 15 = 0.334.
    ledger = trade_table([*RISING, TO_STOP], {0: 1}, multipliers={0: 0.5}, wishes={1: WISH_ADD}, rules=NETTING)
    assert_trades(ledger, [{"volume_lots": 0.83, "risk_money": 0.5 * 10 + 0.33 * 15, "adds": 1}])


def test_addition_to_a_sell() -> None:
    # Bid 100 in, stop 110; added at bid 95 with 1 % of 1003 (ask 97) over 15: 0.66 lots.
    bars: list[Candle] = [FLAT, (100.0, 101.0, 94.0, 95.0), (95.0, 96.0, 94.0, 95.0), (95.0, 111.0, 94.0, 100.0)]
    ledger = trade_table(bars, {0: -1}, spread=2.0, wishes={1: WISH_ADD}, rules=NETTING)
    assert_trades(ledger, [{"volume_lots": 1.66, "exit_price": 110.0, "net": -10.0 - 0.66 * 15, "adds": 1}])


def test_addition_pays_spread_slippage_and_commission() -> None:
    # First: quote 101, filled 101.50, stop 91: 10 / (10 + 2) = 0.83 lots, 0.83 booked. Bar 2 opens at 105: equity
    # 1000 - 0.83 + 0.83 x 3.50 = 1002.075. Quote 106: 10.02075 / (15 + 2) = 0.589: 0.58 lots at 106.50, 0.58 booked.
    contract = CONTRACT._replace(commission_per_lot=1.0)
    ledger = trade_table(
        [*RISING, TO_STOP], {0: 1}, spread=1.0, slippage=0.5, wishes={1: WISH_ADD}, rules=NETTING, contract=contract
    )
    # Stopped at 90.50: 0.83 x -11 + 0.58 x -16 = -9.13 - 9.28; 1.41 lots pay 1.41 again.
    assert_deals(
        ledger,
        [
            {"kind": "open", "volume_lots": 0.83, "price": 101.5, "commission": 0.83},
            {"kind": "add", "volume_lots": 0.58, "price": 106.5, "commission": 0.58},
            {"kind": "close", "volume_lots": 1.41, "price": 90.5, "commission": 1.41, "profit": -18.41},
        ],
    )
    # Slippage of 0.50 at both ends of 1.41 lots, spread of 1.00 at the entries.
    risk = 0.83 * 10 + 0.58 * 15
    assert_trades(ledger, [{"net": -21.23, "risk_money": risk, "spread_cost": 1.41, "slippage_cost": 1.41}])


def test_addition_on_hedging_is_a_position_of_its_own() -> None:
    ledger = trade_table([*RISING, TO_TARGET], {0: 1}, wishes={1: WISH_ADD}, rules=HEDGING)
    levels = {"stop": 90.0, "target": 120.0, "exit": "target", "exit_bar": 3}
    assert_trades(
        ledger,
        [
            levels | {"entry_bar": 1, "volume_lots": 1.0, "entry_price": 100.0, "net": 20.0, "adds": 1, "is_add": 0},
            levels | {"entry_bar": 2, "volume_lots": 0.67, "entry_price": 105.0, "net": 10.05, "adds": 0, "is_add": 1},
        ],
    )
    assert_trades(ledger, [{"r": 2.0}, {"risk_money": 10.05, "r": 1.0}])


def test_addition_on_hedging_needs_room() -> None:
    rules = HEDGING._replace(max_positions=1)
    ledger = trade_table([*RISING, TO_TARGET], {0: 1}, wishes={1: WISH_ADD}, rules=rules)
    assert_trades(ledger, [{"volume_lots": 1.0, "adds": 0}])


def test_nothing_is_added_to_an_addition() -> None:
    # Both are open when the second wish comes; only the first position may grow.
    rules = HEDGING._replace(max_positions=4, max_adds=2)
    wishes = {1: WISH_ADD, 2: WISH_ADD, 3: WISH_ADD}
    ledger = trade_table([*RISING, *RISING[2:], *RISING[2:], TO_TARGET], {0: 1}, wishes=wishes, rules=rules)
    assert [(t["entry_bar"], t["adds"], t["is_add"]) for t in ledger.trades] == [(1, 2, 0), (2, 0, 1), (3, 0, 1)]


def test_addition_on_hedging_takes_over_a_moved_stop_and_the_clock() -> None:
    # Bar 1's best 110 less 5: stop 105. Added at 109: 1 % of 1009 over 4 is 2.52 lots.
    rules = HEDGING._replace(trail_start_r=1.0, trail_atr=0.5, max_hold_bars=3)
    bars: list[Candle] = [FLAT, (100.0, 110.0, 99.0, 109.0), (109.0, 109.5, 106.0, 109.0), (109.0, 109.5, 106.0, 109.0)]
    ledger = trade_table([*bars, (108.0, 109.0, 107.0, 108.0)], {0: 1}, wishes={1: WISH_ADD}, rules=rules)
    # Both leave at bar 4's open: three bars after the first entry.
    left = {"stop": 105.0, "target": 120.0, "exit": "time", "exit_bar": 4, "exit_price": 108.0}
    added = {"entry_bar": 2, "volume_lots": 2.52, "risk_money": 10.08, "net": -2.52, "is_add": 1}
    assert_trades(ledger, [left | {"entry_bar": 1, "net": 8.0}, left | added])


def test_an_addition_moves_its_stop_by_its_own_distance() -> None:
    # Break-even at one distance: 10 for the first, 15 for the addition at 105 (high 120, short of a target at 130).
    rules = HEDGING._replace(breakeven_r=1.0)
    far = {0: (1.0, 3.0)}
    bars: list[Candle] = [
        *RISING,
        (105.0, 119.0, 104.0, 118.0),
        (118.0, 120.0, 117.0, 119.0),
        (119.0, 120.0, 99.0, 100.0),
    ]
    ledger = trade_table(bars, {0: 1}, brackets=far, wishes={1: WISH_ADD}, rules=rules)
    wanted = {"exit": "moved_stop", "exit_bar": 5}
    assert_trades(ledger, [wanted | {"exit_price": 100.0, "net": 0.0}, wanted | {"exit_price": 105.0, "net": 0.0}])
    # Without bar 4's high of 120 the addition keeps the stop at 90.
    bars[4] = (118.0, 119.0, 117.0, 118.0)
    bars[5] = (118.0, 119.0, 99.0, 100.0)
    ledger = trade_table(bars, {0: 1}, brackets=far, wishes={1: WISH_ADD}, rules=rules)
    assert_trades(ledger, [wanted | {"exit_price": 100.0}, {"exit": "window_end", "stop": 90.0}])


def test_additions_open_before_the_intent_and_may_take_its_place() -> None:
    # At the close of bar 1 there is room for one; the addition takes it.
    ledger = trade_table([*RISING, TO_TARGET], {0: 1, 1: 1}, wishes={1: WISH_ADD}, rules=HEDGING)
    assert [(t["entry_bar"], t["is_add"]) for t in ledger.trades] == [(1, 0), (2, 1)]
    assert ledger.verdicts[1] == "position_open"


DROPPED = [{"volume_lots": 1.0, "adds": 0, "stop": 90.0, "target": 120.0, "risk_money": 10.0}]
SINKING: list[Candle] = [FLAT, (100.0, 101.0, 93.0, 94.0), (94.0, 95.0, 93.0, 94.0), (94.0, 121.0, 93.0, 120.0)]


def test_an_addition_inside_the_stops_level_is_dropped() -> None:
    # 94 is 4 above the stop.
    for level, adds in ((4.5, 0), (4.0, 1)):
        contract = CONTRACT._replace(stops_distance=level)
        ledger = trade_table(SINKING, {0: 1}, wishes={1: WISH_ADD}, rules=NETTING, contract=contract)
        assert_trades(ledger, [{"adds": adds, "stop": 90.0, "exit": "target"}])


def test_an_addition_below_the_smallest_volume_is_dropped() -> None:
    contract = CONTRACT._replace(volume_min=0.68)
    assert_trades(trade_table(RISING, {0: 1}, wishes={1: WISH_ADD}, rules=NETTING, contract=contract), DROPPED)


def test_an_addition_above_the_stop_cap_is_dropped_by_either_policy() -> None:
    # The first trade of 0.90 lots (volume_max) risks 9.00 of 9.50. The addition of 0.66 (1 % of 1004.50 over 15)
    # would risk 9.90 of 9.54.
    contract = CONTRACT._replace(volume_max=0.9)
    for capped in (False, True):
        rules = NETTING._replace(max_risk_per_trade_pct=0.95, cap_stops=capped)
        ledger = trade_table(RISING, {0: 1}, wishes={1: WISH_ADD}, rules=rules, contract=contract)
        assert_trades(ledger, [{"volume_lots": 0.9, "adds": 0, "stop": 90.0}])


def test_an_addition_without_margin_is_dropped() -> None:
    # 1005 of equity for 1.67 lots: 601.79 a lot.
    for margin, adds in ((601.0, 1), (602.0, 0)):
        contract = CONTRACT._replace(margin_fixed=margin)
        ledger = trade_table(RISING, {0: 1}, wishes={1: WISH_ADD}, rules=NETTING, contract=contract)
        assert_trades(ledger, [{"adds": adds}])


def test_no_addition_while_a_breaker_holds() -> None:
    # Bar 1 closes at 94: 994 of equity, 0.5 % of the day are gone.
    rules = NETTING._replace(daily_loss_pct=0.5)
    assert_trades(trade_table(SINKING, {0: 1}, wishes={1: WISH_ADD}, rules=rules), DROPPED)
    added = trade_table(SINKING, {0: 1}, wishes={1: WISH_ADD}, rules=NETTING)
    assert_trades(added, [{"adds": 1}])


def test_no_addition_in_the_weeks_end() -> None:
    ledger = trade_table([*RISING, FLAT], {0: 1}, wishes={1: WISH_ADD}, flat=[2], rules=NETTING)
    assert_trades(ledger, [{"volume_lots": 1.0, "adds": 0, "exit": "week_end", "exit_bar": 2}])


def test_a_refused_intent_still_wishes() -> None:
    # The wish of a close is the position model's, whatever became of its intent.
    refused = {1: codes.NEWS_BLOCK}
    ledger = trade_table([*RISING, TO_TARGET], {0: 1, 1: 1}, refused=refused, wishes={1: WISH_ADD}, rules=NETTING)
    assert_trades(ledger, [{"adds": 1}])
    assert ledger.verdicts[1] == "news_block"
