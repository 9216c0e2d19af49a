"""Several positions, additions on hedging and netting, opposite signals. The plain market as in the other tables."""

from __future__ import annotations

import pytest

from novosky.execution.codes import CLOSE, REVERSE
from support.candles import FLAT, RULES, Candle, assert_trades, trade_table

TWO = RULES._replace(max_positions=2)


def test_one_position_at_a_time() -> None:
    ledger = trade_table([FLAT] * 5, {0: 1, 1: -1, 2: 1}, rules=RULES._replace(max_hold_bars=2))
    assert [t["entry_bar"] for t in ledger.trades] == [1]
    assert ledger.verdicts[:3] == ["opened", "position_open", "position_open"]


def test_as_many_positions_as_there_is_room_each_with_its_own_bracket() -> None:
    # Stop 90, target 120 and stop 95, target 130 (2.00 lots); a third finds no room.
    bars: list[Candle] = [FLAT, FLAT, FLAT, (100.0, 101.0, 94.0, 96.0), (96.0, 120.0, 95.0, 119.0)]
    ledger = trade_table(bars, {0: 1, 1: 1, 2: 1}, brackets={1: (0.5, 3.0)}, rules=TWO)
    assert_trades(
        ledger,
        [
            {"entry_bar": 2, "exit_bar": 3, "volume_lots": 2.0, "exit": "stop", "exit_price": 95.0, "net": -10.0},
            {"entry_bar": 1, "exit_bar": 4, "volume_lots": 1.0, "exit": "target", "exit_price": 120.0, "net": 20.0},
        ],
    )
    assert ledger.verdicts[:3] == ["opened", "opened", "position_open"]


def test_both_sides_are_held_where_opposite_signals_are_ignored() -> None:
    # BUY 100 to 120, SELL 104 to its stop at 114. 10.04 / 10 is 1.00 lot.
    bars: list[Candle] = [FLAT, (100.0, 105.0, 99.0, 104.0), (104.0, 121.0, 103.0, 120.0), FLAT]
    ledger = trade_table(bars, {0: 1, 1: -1}, rules=TWO)
    assert_trades(
        ledger,
        [
            {"side": 1, "entry_price": 100.0, "exit_price": 120.0, "net": 20.0, "exit": "target"},
            {"side": -1, "entry_price": 104.0, "exit_price": 114.0, "net": -10.0, "exit": "stop"},
        ],
    )


def test_equity_adds_what_all_positions_show() -> None:
    # 1.00 lot at 100 and 0.90 lots (1 % of 1004 over 11.1 to the stop) at 104, both at 107: 7.00 + 2.70.
    bars: list[Candle] = [FLAT, (100.0, 105.0, 99.0, 104.0), (104.0, 108.0, 103.0, 107.0), FLAT]
    ledger = trade_table(bars, {0: 1, 1: 1}, brackets={1: (1.11, 2.0)}, rules=TWO)
    assert ledger.equity[:3] == pytest.approx([1000.0, 1004.0, 1009.7])


def test_room_is_asked_at_the_close_after_the_bars_exits() -> None:
    # The first is stopped in bar 1: bar 1's close may decide the second.
    ledger = trade_table([FLAT, (100.0, 101.0, 89.0, 95.0), FLAT], {0: 1, 1: 1})
    assert ledger.verdicts[:2] == ["opened", "opened"]
    assert [t["entry_bar"] for t in ledger.trades] == [1, 2]


def test_opposite_signal_is_ignored() -> None:
    ledger = trade_table([FLAT] * 5, {0: 1, 2: -1})
    assert_trades(ledger, [{"side": 1, "exit_bar": 4, "exit": "window_end"}])


def test_opposite_signal_closes() -> None:
    bars: list[Candle] = [FLAT, FLAT, FLAT, (103.0, 104.0, 102.0, 103.0), FLAT]
    ledger = trade_table(bars, {0: 1, 2: -1}, slippage=0.5, rules=RULES._replace(on_opposite=CLOSE))
    assert_trades(ledger, [{"side": 1, "exit_bar": 3, "exit_price": 102.5, "exit": "opposite_signal", "net": 2.0}])


def test_opposite_signal_reverses() -> None:
    # BUY 100 to 105; SELL at 105 with 1 % of 1005 over 10: 1.00 lot, closed at 100.
    bars: list[Candle] = [FLAT, FLAT, FLAT, (105.0, 106.0, 104.0, 105.0), FLAT]
    ledger = trade_table(bars, {0: 1, 2: -1}, rules=RULES._replace(on_opposite=REVERSE))
    assert_trades(
        ledger,
        [
            {"side": 1, "exit_bar": 3, "exit_price": 105.0, "exit": "opposite_signal", "net": 5.0},
            {"side": -1, "entry_bar": 3, "entry_price": 105.0, "exit": "window_end", "net": 5.0},
        ],
    )
    assert ledger.verdicts[2] == "opened"


def test_a_signal_of_the_same_side_closes_nothing() -> None:
    for rule in (CLOSE, REVERSE):
        ledger = trade_table([FLAT] * 4, {0: 1, 1: 1}, rules=RULES._replace(on_opposite=rule))
        assert_trades(ledger, [{"exit": "window_end"}])
        assert ledger.verdicts[1] == "position_open"


def test_opposite_signal_closes_all_positions_against_it_and_none_beside() -> None:
    # Two BUYs leave at bar 4; the SELL opens.
    rules = TWO._replace(on_opposite=REVERSE)
    ledger = trade_table([FLAT] * 6, {0: 1, 1: 1, 3: -1}, rules=rules)
    left = {"side": 1, "exit_bar": 4, "exit": "opposite_signal"}
    wanted = [left | {"entry_bar": 1}, left | {"entry_bar": 2}, {"side": -1, "entry_bar": 4, "exit": "window_end"}]
    assert_trades(ledger, wanted)


def test_what_was_reversed_is_closed_although_the_new_trade_is_refused() -> None:
    # Bar 3's spread leaves no room for the SELL's stop.
    rules = RULES._replace(on_opposite=REVERSE)
    ledger = trade_table([FLAT] * 5, {0: 1, 2: -1}, spread=[0.0, 0.0, 0.0, 10.0, 0.0], rules=rules)
    assert_trades(ledger, [{"exit_bar": 3, "exit": "opposite_signal", "net": 0.0}])
    assert ledger.verdicts[2] == "stops_level"
