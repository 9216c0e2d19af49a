"""Opening: price, levels, volume, and each refusal by its name. The plain market is told in test_execution_tables."""

from __future__ import annotations

from novosky.execution import codes
from support.candles import CONTRACT, FLAT, RULES, WIN, assert_refused, assert_trades, trade_table


def test_a_refused_intent_keeps_its_verdict() -> None:
    assert_refused(trade_table([FLAT, FLAT, FLAT], {0: 1}, refused={0: codes.NEWS_BLOCK}), "news_block")


def test_levels_lie_on_whole_ticks_halves_up() -> None:
    quarters = CONTRACT._replace(tick_size=0.25, tick_value=0.25)
    # 100 - 9.83 = 90.17 -> 90.25; 100 + 19.66 = 119.66 -> 119.75. 10 / 9.75 = 1.0256 lots.
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, atr=9.83, contract=quarters)
    assert_trades(ledger, [{"stop": 90.25, "target": 119.75, "volume_lots": 1.02, "risk_money": 9.945}])
    # 100 - 9.875 = 90.125 lies between two ticks: up. 100 + 19.75 is one.
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, atr=9.875, contract=quarters)
    assert_trades(ledger, [{"stop": 90.25, "target": 119.75}])


def test_distances_are_atr_at_the_decision() -> None:
    ledger = trade_table([FLAT, FLAT, FLAT], {0: 1}, atr=[5.0, 20.0, 20.0])
    assert_trades(ledger, [{"stop": 95.0, "target": 110.0, "volume_lots": 2.0}])


def test_each_intent_brings_its_own_bracket() -> None:
    bars = [FLAT, FLAT, (100.0, 106.0, 99.0, 105.0), (105.0, 106.0, 100.0, 101.0), FLAT]
    ledger = trade_table(bars, {0: 1, 2: -1}, brackets={0: (2.0, 0.5), 2: (0.5, 0.25)})
    # BUY at 100: stop 80, target 105, 0.50 lots for 10.00. SELL at 105: stop 110, target 102.50, 2.00 lots (1002.50).
    assert_trades(
        ledger,
        [
            {"stop": 80.0, "target": 105.0, "volume_lots": 0.5, "net": 2.5, "r": 0.25},
            {"stop": 110.0, "target": 102.5, "volume_lots": 2.0, "net": 5.0, "r": 0.5},
        ],
    )


def test_nothing_opens_in_the_weeks_end() -> None:
    assert_refused(trade_table([FLAT, WIN, FLAT], {0: 1}, flat=[1]), "week_end")


def test_levels_inside_the_stops_level_are_refused() -> None:
    assert_refused(trade_table([FLAT, WIN], {0: 1}, contract=CONTRACT._replace(stops_distance=10.5)), "stops_level")
    at_the_level = trade_table([FLAT, WIN], {0: 1}, contract=CONTRACT._replace(stops_distance=10.0))
    assert at_the_level.verdicts[0] == "opened"


def test_the_target_must_keep_the_stops_level_too() -> None:
    near = {0: (2.0, 0.5)}  # stop 80, target 105
    assert_refused(
        trade_table([FLAT, WIN], {0: 1}, brackets=near, contract=CONTRACT._replace(stops_distance=5.5)), "stops_level"
    )
    allowed = trade_table([FLAT, WIN], {0: 1}, brackets=near, contract=CONTRACT._replace(stops_distance=5.0))
    assert allowed.verdicts[0] == "opened"


def test_the_stops_level_of_a_buy_is_measured_from_bid() -> None:
    # BUY at ask 104, stop 94: only 6 below bid 100, although 10 below the entry.
    assert_refused(
        trade_table([FLAT, WIN], {0: 1}, spread=4.0, contract=CONTRACT._replace(stops_distance=6.5)), "stops_level"
    )
    allowed = trade_table([FLAT, WIN], {0: 1}, spread=4.0, contract=CONTRACT._replace(stops_distance=6.0))
    assert allowed.verdicts[0] == "opened"


def test_the_stops_level_of_a_sell_is_measured_from_ask() -> None:
    # SELL at bid 100, stop 110: only 6 above ask 104.
    assert_refused(
        trade_table([FLAT, WIN], {0: -1}, spread=4.0, contract=CONTRACT._replace(stops_distance=6.5)), "stops_level"
    )
    allowed = trade_table([FLAT, WIN], {0: -1}, spread=4.0, contract=CONTRACT._replace(stops_distance=6.0))
    assert allowed.verdicts[0] == "opened"


def test_a_spread_as_wide_as_the_stop_is_refused() -> None:
    # Ask 110, stop 100: not below bid 100.
    assert_refused(trade_table([FLAT, WIN], {0: 1}, spread=10.0), "stops_level")


def test_of_several_refusals_the_first_asked_is_named() -> None:
    # Week's end, stops level, smallest volume, cap and margin would all refuse; one after the other is lifted.
    rules = RULES._replace(risk_pct=5.0, max_risk_per_trade_pct=2.0)
    contract = CONTRACT._replace(stops_distance=50.0, volume_min=9.0, margin_fixed=10_000.0)
    assert_refused(trade_table([FLAT, WIN], {0: 1}, flat=[1], rules=rules, contract=contract), "week_end")
    assert_refused(trade_table([FLAT, WIN], {0: 1}, rules=rules, contract=contract), "stops_level")
    contract = contract._replace(stops_distance=0.0)
    assert_refused(trade_table([FLAT, WIN], {0: 1}, rules=rules, contract=contract), "volume_below_minimum")
    contract = contract._replace(volume_min=0.01)
    assert_refused(trade_table([FLAT, WIN], {0: 1}, rules=rules, contract=contract), "stop_cap")
    rules = rules._replace(max_risk_per_trade_pct=0.0)
    assert_refused(trade_table([FLAT, WIN], {0: 1}, rules=rules, contract=contract), "margin")


def test_an_intent_refused_at_the_open_is_gone() -> None:
    # Bar 1 opens with a spread too wide for the stop; nothing opens at bar 2 either.
    ledger = trade_table([FLAT, FLAT, WIN], {0: 1}, spread=[0.0, 10.0, 0.0])
    assert_refused(ledger, "stops_level")
