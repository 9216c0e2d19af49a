"""Margin, free margin and stop-out. Margin and money by hand; the plain market as in the other tables.

For the stop-out 50 % of 1000 is at risk: 50 lots at a stop 10 away, 20.00 of margin each, 1000 in all. A stop-out
level of 70 % is reached when the equity falls to 700: 6.00 below the entry.
"""

from __future__ import annotations

import pytest

from novosky.execution.codes import OPTIMISTIC
from support.candles import CONTRACT, FLAT, RULES, Candle, assert_trades, trade_table

TWO = RULES._replace(max_positions=2)
LEVERED = RULES._replace(risk_pct=50.0)
STOP_OUT = CONTRACT._replace(margin_fixed=20.0, stop_out_pct=70.0)


@pytest.mark.parametrize(("fixed", "per_price", "verdict"), [
    (1000.0, 0.0, "opened"),
    (1000.01, 0.0, "margin"),
    (0.0, 10.0, "opened"),
    (0.0, 10.01, "margin"),
    (500.0, 5.0, "opened"),
    (500.0, 5.01, "margin"),
])  # fmt: skip
def test_margin_may_take_all_the_equity_and_no_more(fixed: float, per_price: float, verdict: str) -> None:
    contract = CONTRACT._replace(margin_fixed=fixed, margin_per_price=per_price)
    ledger = trade_table([FLAT, FLAT], {0: 1}, contract=contract)
    assert ledger.verdicts[0] == verdict
    assert len(ledger.trades) == (verdict == "opened")


def test_margin_per_price_takes_the_entry_price() -> None:
    # In at ask 102: 9.90 x 102 = 1009.80; a SELL at bid 100 pays 990.00.
    contract = CONTRACT._replace(margin_per_price=9.9)
    assert trade_table([FLAT, FLAT], {0: 1}, spread=2.0, contract=contract).verdicts[0] == "margin"
    assert trade_table([FLAT, FLAT], {0: -1}, spread=2.0, contract=contract).verdicts[0] == "opened"


def test_margin_of_the_same_side_adds_up() -> None:
    bars = [FLAT] * 3
    for fixed, verdict in ((500.0, "opened"), (500.01, "margin")):
        ledger = trade_table(bars, {0: 1, 1: 1}, rules=TWO, contract=CONTRACT._replace(margin_fixed=fixed))
        assert ledger.verdicts[:2] == ["opened", verdict]


def test_open_profit_is_free_margin() -> None:
    # 4.00 of profit at bar 2's open: 1004 of equity for two positions of 1.00 lot (10.04 / 10).
    bars = [FLAT, (100.0, 105.0, 99.0, 104.0), (104.0, 105.0, 103.0, 104.0)]
    for fixed, verdict in ((502.0, "opened"), (502.01, "margin")):
        ledger = trade_table(bars, {0: 1, 1: 1}, rules=TWO, contract=CONTRACT._replace(margin_fixed=fixed))
        assert ledger.verdicts[:2] == ["opened", verdict]


@pytest.mark.parametrize(("rate", "verdict"), [(0.073, "opened"), (0.074, "margin")])
def test_margin_of_both_sides(rate: float, verdict: str) -> None:
    # BUY 1.00 at 100; at 104 (equity 1004) a SELL with a stop 5 away: 2.00 lots. Uncovered 1.00 of the SELL at 104:
    # 9 x 104 = 936. Covered 1.00 at the average (100 + 2 x 104) / 3: 9 x 102.667 = 924, by the rate 67.45 or 68.38.
    bars = [FLAT, (100.0, 105.0, 99.0, 104.0), (104.0, 105.0, 103.0, 104.0)]
    contract = CONTRACT._replace(margin_per_price=9.0, margin_hedged_rate=rate)
    ledger = trade_table(bars, {0: 1, 1: -1}, brackets={1: (0.5, 2.0)}, rules=TWO, contract=contract)
    assert ledger.verdicts[:2] == ["opened", verdict]


def test_fully_covered_volume_pays_the_hedged_rate_alone() -> None:
    # Alone 1.00 lot pays 900. With the other side 1.00 is covered: 900 x 0.5.
    contract = CONTRACT._replace(margin_fixed=900.0, margin_hedged_rate=0.5)
    ledger = trade_table([FLAT] * 4, {0: 1, 1: -1}, rules=TWO, contract=contract)
    assert ledger.verdicts[:2] == ["opened", "opened"]


def test_stop_out_before_a_farther_stop() -> None:
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 89.0, 95.0)], {0: 1}, rules=LEVERED, contract=STOP_OUT)
    wanted = {"volume_lots": 50.0, "exit_bar": 2, "exit": "stop_out", "exit_price": 94.0, "stop": 90.0}
    assert_trades(ledger, [wanted | {"net": -300.0, "r": -0.6}])
    assert ledger.balance == 700.0


def test_a_stop_out_is_the_worst_that_was_seen() -> None:
    bars = [FLAT, FLAT, (99.0, 100.0, 89.0, 95.0)]
    assert_trades(trade_table(bars, {0: 1}, rules=LEVERED, contract=STOP_OUT), [{"mae_r": 0.6, "mfe_r": 0.1}])
    near = {0: (0.5, 2.0)}  # 25 % over 5.00: its own stop at 95 comes first
    ledger = trade_table(bars, {0: 1}, brackets=near, rules=RULES._replace(risk_pct=25.0), contract=STOP_OUT)
    assert_trades(ledger, [{"exit": "stop", "mae_r": 1.0, "mfe_r": 0.2}])


def test_no_stop_out_above_its_level() -> None:
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 94.01, 95.0)], {0: 1}, rules=LEVERED, contract=STOP_OUT)
    assert_trades(ledger, [{"exit": "window_end"}])


def test_stop_out_lies_on_the_tick_that_is_no_better() -> None:
    # 70.03 % is 700.30: 5.994 away, between two ticks.
    contract = STOP_OUT._replace(stop_out_pct=70.03)
    ledger = trade_table([FLAT, FLAT, (99.0, 100.0, 93.0, 95.0)], {0: 1}, rules=LEVERED, contract=contract)
    assert_trades(ledger, [{"exit": "stop_out", "exit_price": 94.0, "net": -300.0}])
    ledger = trade_table([FLAT, FLAT, (101.0, 107.0, 100.0, 105.0)], {0: -1}, rules=LEVERED, contract=contract)
    assert_trades(ledger, [{"exit": "stop_out", "exit_price": 106.0, "net": -300.0}])


def test_stop_out_of_a_sell_is_asked_on_ask() -> None:
    # Ask 106 is bid 104.
    ledger = trade_table(
        [FLAT, FLAT, (101.0, 104.0, 100.0, 103.0)], {0: -1}, spread=2.0, rules=LEVERED, contract=STOP_OUT
    )
    assert_trades(ledger, [{"exit": "stop_out", "exit_price": 106.0, "net": -300.0}])


def test_stop_out_at_the_open() -> None:
    # 550 of equity at 91.
    ledger = trade_table([FLAT, FLAT, (91.0, 100.0, 90.5, 95.0)], {0: 1}, rules=LEVERED, contract=STOP_OUT)
    assert_trades(ledger, [{"exit": "stop_out", "exit_price": 91.0, "net": -450.0}])


def test_stop_out_fills_worse_by_slippage() -> None:
    # In 100.50: 300 are gone at 94.50, filled at 94.00.
    ledger = trade_table(
        [FLAT, FLAT, (99.0, 100.0, 93.0, 95.0)], {0: 1}, slippage=0.5, rules=LEVERED, contract=STOP_OUT
    )
    assert_trades(ledger, [{"exit": "stop_out", "entry_price": 100.5, "exit_price": 94.0, "net": -325.0}])


def test_a_nearer_stop_closes_before_the_stop_out() -> None:
    # 25 % over 5.00: 50 lots, stop 95.
    rules = RULES._replace(risk_pct=25.0)
    bars = [FLAT, FLAT, (99.0, 100.0, 89.0, 95.0)]
    ledger = trade_table(bars, {0: 1}, brackets={0: (0.5, 2.0)}, rules=rules, contract=STOP_OUT)
    assert_trades(ledger, [{"volume_lots": 50.0, "exit": "stop", "exit_price": 95.0, "net": -250.0}])


def test_a_stop_met_on_the_way_to_the_stop_out_is_ambiguous_with_the_target() -> None:
    # The bar holds the stop at 95 and the target at 120.
    rules = RULES._replace(risk_pct=25.0)
    bars = [FLAT, FLAT, (99.0, 121.0, 89.0, 95.0)]
    ledger = trade_table(bars, {0: 1}, brackets={0: (0.5, 2.0)}, rules=rules, contract=STOP_OUT)
    assert_trades(ledger, [{"exit": "stop", "ambiguous": 1, "r": -1.0, "r_pessimistic": -1.0, "r_optimistic": 4.0}])


def test_stop_out_is_read_against_the_trader() -> None:
    # The bar reaches the target, too.
    rules = LEVERED._replace(reading=OPTIMISTIC)
    ledger = trade_table([FLAT, FLAT, (99.0, 121.0, 93.0, 120.0)], {0: 1}, rules=rules, contract=STOP_OUT)
    assert_trades(ledger, [{"exit": "stop_out", "exit_price": 94.0}])


def test_swap_counts_in_the_margin_level() -> None:
    # A night of 1.00 a lot is 50.00: 700 are reached 5.00 below the entry. -250 - 50.
    contract = STOP_OUT._replace(swap_long_fixed=-1.0)
    bars = [FLAT, FLAT, (99.0, 100.0, 93.0, 95.0)]
    ledger = trade_table(bars, {0: 1}, nights={2: 1}, rules=LEVERED, contract=contract)
    assert_trades(ledger, [{"exit": "stop_out", "exit_price": 95.0, "gross": -250.0, "swap": -50.0}])


def test_the_largest_open_loss_closes_first_and_the_rest_stays() -> None:
    # A: 25 lots at 100. B: 25 % of 1100 over 10: 27.50 lots at 104. Margin 1050, 80 % is 840. Equity at p:
    # 1000 + 25 (p - 100) + 27.5 (p - 104) = 52.5 p - 4360 = 840 at 99.0476: tick 99.04. B shows -136.40, A -24.00.
    # Without B: 839.60 over 500. A stays, to the last close at 100.
    bars: list[Candle] = [FLAT, (100.0, 105.0, 99.5, 104.0), (104.0, 105.0, 95.0, 96.0), FLAT]
    rules = TWO._replace(risk_pct=25.0)
    contract = STOP_OUT._replace(stop_out_pct=80.0)
    ledger = trade_table(bars, {0: 1, 1: 1}, rules=rules, contract=contract)
    assert_trades(
        ledger,
        [
            {
                "entry_bar": 2,
                "exit_bar": 2,
                "volume_lots": 27.5,
                "exit": "stop_out",
                "exit_price": 99.04,
                "net": -136.4,
            },
            {"entry_bar": 1, "exit_bar": 3, "volume_lots": 25.0, "exit": "window_end", "exit_price": 100.0, "net": 0.0},
        ],
    )


def test_the_earliest_closes_where_losses_are_equal() -> None:
    # Twice 25 lots at 100, margin 1000, 800 of equity at 96. The first leaves with -100; 800 over 500 for the other.
    bars: list[Candle] = [FLAT, FLAT, FLAT, (99.0, 100.0, 95.0, 96.0)]
    rules = TWO._replace(risk_pct=25.0)
    ledger = trade_table(bars, {0: 1, 1: 1}, rules=rules, contract=STOP_OUT._replace(stop_out_pct=80.0))
    assert_trades(
        ledger,
        [
            {"entry_bar": 1, "exit": "stop_out", "exit_price": 96.0, "net": -100.0},
            {"entry_bar": 2, "exit": "window_end", "exit_price": 96.0, "net": -100.0},
        ],
    )


def test_stop_out_goes_on_until_the_level_is_above() -> None:
    # Twice 25 lots at 100 with stops at 80. The gap to 85 leaves 250: 25 %; without the first 250 over 500: 50 %.
    bars: list[Candle] = [FLAT, FLAT, FLAT, (85.0, 86.0, 84.0, 85.0)]
    rules = TWO._replace(risk_pct=50.0)
    wide = {0: (2.0, 2.0), 1: (2.0, 2.0)}
    ledger = trade_table(bars, {0: 1, 1: 1}, brackets=wide, rules=rules, contract=STOP_OUT._replace(stop_out_pct=80.0))
    wanted = {"volume_lots": 25.0, "exit_bar": 3, "exit": "stop_out", "exit_price": 85.0, "net": -375.0}
    assert_trades(ledger, [wanted | {"entry_bar": 1}, wanted | {"entry_bar": 2}])
    assert ledger.balance == 250.0


def test_a_nearer_stop_of_one_position_saves_the_other() -> None:
    # 25 lots each: A (5 %) with its stop at 98, B (25 %) at 90. Together 80 % would be reached at 96; A leaves at 98
    # with -50, and B alone would need 400 of equity. B meets its own stop.
    bars: list[Candle] = [FLAT, FLAT, FLAT, (99.0, 100.0, 89.0, 96.0)]
    rules = TWO._replace(risk_pct=25.0)
    ledger = trade_table(
        bars, {0: 1, 1: 1}, brackets={0: (0.2, 2.0)}, multipliers={0: 0.2}, rules=rules,
        contract=STOP_OUT._replace(stop_out_pct=80.0),
    )  # fmt: skip
    assert_trades(
        ledger,
        [
            {"volume_lots": 25.0, "exit": "stop", "exit_price": 98.0, "net": -50.0},
            {"volume_lots": 25.0, "exit": "stop", "exit_price": 90.0, "net": -250.0},
        ],
    )


def test_a_gap_over_the_target_fills_before_the_stop_out_is_asked() -> None:
    # Two BUYs of 25 lots at 100 would be closed at 700 of equity; the second one's target lies at 105. Bar 3 opens at
    # 106 and falls to 60: the second leaves at its open (+150), the first where the equity is 70 % of its own 500 of
    # margin: 1150 - 25 x 32 = 350, at 68.
    rules = RULES._replace(risk_pct=25.0, max_positions=2)
    brackets = {0: (4.0, 8.0), 1: (4.0, 0.5)}
    contract = STOP_OUT._replace(volume_max=25.0)
    bars = [FLAT, FLAT, FLAT, (106.0, 107.0, 60.0, 70.0)]
    ledger = trade_table(bars, {0: 1, 1: 1}, brackets=brackets, rules=rules._replace(risk_pct=100.0), contract=contract)
    assert_trades(
        ledger,
        [
            {"ticket": 2, "exit": "target", "exit_price": 106.0, "net": 150.0},
            {"ticket": 1, "exit": "stop_out", "exit_price": 68.0, "net": -800.0, "balance_after": 350.0},
        ],
    )
