"""The equity-curve filter: it pauses and recovers on shadow trades. The plain market as in the other tables."""

from __future__ import annotations

from novosky.execution import codes
from novosky.execution.codes import NEWS_BLOCK, SPREAD_LIMIT, WISH_EXIT
from support.candles import CONTRACT, FLAT, LOSS, RULES, WIN, Candle, assert_trades, trade_table, verdicts

FILTER = RULES._replace(equity_filter_trades=2, equity_filter_drawdown_r=2.0)


def test_equity_filter_pauses_and_recovers_on_shadow_trades() -> None:
    # The last two shadow results: 0, -1, -2, 2 below the highest. The shadow takes the refused intent and wins 2 R:
    # 0, -1, 1.
    ledger = trade_table([FLAT, LOSS, LOSS, WIN, FLAT], {0: 1, 1: 1, 2: 1, 3: 1}, rules=FILTER)
    assert ledger.verdicts[:4] == ["opened", "opened", "equity_filter", "opened"]
    assert [t["entry_bar"] for t in ledger.trades] == [1, 2, 4]


def test_equity_filter_looks_down_from_the_highest_point_of_these_trades() -> None:
    # 0, 2, 1: 1 below the highest, although 1 above the start.
    rules = FILTER._replace(equity_filter_drawdown_r=1.0)
    assert verdicts([FLAT, WIN, LOSS, FLAT], rules=rules) == ["opened", "opened", "equity_filter"]
    # Of four 0, 2, 1, 0, -1: 3 below. Of two the win is forgotten: 0, -1, -2.
    bars = [FLAT, WIN, LOSS, LOSS, LOSS, FLAT]
    of_four = FILTER._replace(equity_filter_trades=4, equity_filter_drawdown_r=3.0)
    assert verdicts(bars, rules=of_four) == ["opened", "opened", "opened", "opened", "equity_filter"]
    of_two = FILTER._replace(equity_filter_drawdown_r=3.0)
    assert verdicts(bars, rules=of_two) == ["opened"] * 5


def test_equity_filter_forgets_what_is_older_than_its_trades() -> None:
    # Of the last three: 0, -1, -2, -3; then 0, -1, -2, 0 and 0, -1, 1, 0: 3, 0 and 1 below the highest.
    rules = FILTER._replace(equity_filter_trades=3, equity_filter_drawdown_r=2.5)
    found = verdicts([FLAT, LOSS, LOSS, LOSS, WIN, LOSS, FLAT], rules=rules)
    assert found == ["opened", "opened", "opened", "equity_filter", "opened", "opened"]


def test_the_shadow_trades_what_later_gates_refuse_and_not_what_earlier_ones_do() -> None:
    # Two losses that only the shadow took, then a third intent. News block comes before the filter, the spread after.
    later = {0: SPREAD_LIMIT, 1: SPREAD_LIMIT}
    found = verdicts([FLAT, LOSS, LOSS, FLAT], rules=FILTER, refused=later)
    assert found == ["spread_limit", "spread_limit", "equity_filter"]
    earlier = {0: NEWS_BLOCK, 1: NEWS_BLOCK}
    found = verdicts([FLAT, LOSS, LOSS, FLAT], rules=FILTER, refused=earlier)
    assert found == ["news_block", "news_block", "opened"]


def test_the_shadow_goes_on_while_a_breaker_holds() -> None:
    # One loss closes the day. The shadow loses once more on it: on day 2 the filter holds.
    rules = FILTER._replace(daily_loss_pct=0.5)
    found = verdicts([FLAT, LOSS, LOSS, FLAT, FLAT], rules=rules, days=[1, 1, 1, 2, 2])
    assert found == ["opened", "daily_loss", "equity_filter", "equity_filter"]


def test_shadow_results_have_slippage_and_spread_inside_but_no_commission() -> None:
    # One loss of 1 R, with commission 1.5 R; with slippage of 0.50 at both ends 1.1 R; with a spread of 1 still 1 R.
    rules = FILTER._replace(equity_filter_drawdown_r=1.08)
    bars: list[Candle] = [FLAT, LOSS, FLAT]
    assert verdicts(bars, rules=rules, contract=CONTRACT._replace(commission_per_lot=2.5))[1] == "opened"
    assert verdicts(bars, rules=rules, spread=1.0)[1] == "opened"
    assert verdicts(bars, rules=rules, slippage=0.5)[1] == "equity_filter"


def test_the_shadow_holds_one_trade_at_a_time() -> None:
    # Two positions, the second loses 10.00 first; the shadow holds only the first, with a stop 20 away.
    rules = FILTER._replace(max_positions=2, equity_filter_drawdown_r=1.0)
    ledger = trade_table([FLAT, FLAT, LOSS, FLAT], {0: 1, 1: 1, 2: 1}, brackets={0: (2.0, 2.0)}, rules=rules)
    assert_trades(ledger, [{"entry_bar": 2, "net": -10.0}, {"entry_bar": 1}, {"entry_bar": 3}])
    assert ledger.verdicts[:3] == ["opened", "opened", "opened"]


# A shadow BUY at 100 that nobody else took: it must leave at 95 (0.5 R below) for the filter to refuse.
HALF = FILTER._replace(equity_filter_drawdown_r=0.5)
AT_95: Candle = (95.0, 96.0, 94.0, 95.0)


def shadow_verdict(**setting: object) -> str:
    refused = {0: SPREAD_LIMIT}
    ledger = trade_table([FLAT, FLAT, AT_95, AT_95], **({"sides": {0: 1, 2: 1}, "refused": refused} | setting))  # type: ignore[arg-type]
    assert ledger.verdicts[0] == "spread_limit"
    return ledger.verdicts[2]


def test_the_shadow_leaves_by_time_week_end_and_wish() -> None:
    assert shadow_verdict(rules=HALF) == "opened"
    assert shadow_verdict(rules=HALF._replace(max_hold_bars=1)) == "equity_filter"
    assert shadow_verdict(rules=HALF, flat=[2]) == "equity_filter"
    assert shadow_verdict(rules=HALF, wishes={1: WISH_EXIT}) == "equity_filter"


def test_the_shadow_leaves_by_an_opposite_signal() -> None:
    sides, refused = {0: 1, 1: -1, 2: 1}, {0: SPREAD_LIMIT, 1: SPREAD_LIMIT}
    found = shadow_verdict(rules=HALF._replace(on_opposite=codes.CLOSE), sides=sides, refused=refused)
    assert found == "equity_filter"


def test_the_shadow_reverses_with_an_opposite_signal() -> None:
    # Out at 95 (-0.5 R), and a SELL that is stopped at 105 (-1 R); with `close` the first alone.
    rules = FILTER._replace(equity_filter_drawdown_r=1.5)
    bars: list[Candle] = [FLAT, FLAT, AT_95, (95.0, 105.0, 94.0, 100.0), FLAT]
    refused = {0: SPREAD_LIMIT, 1: SPREAD_LIMIT}
    for rule, verdict in ((codes.REVERSE, "equity_filter"), (codes.CLOSE, "opened")):
        ledger = trade_table(bars, {0: 1, 1: -1, 3: 1}, refused=refused, rules=rules._replace(on_opposite=rule))
        assert ledger.verdicts[3] == verdict


def test_the_shadow_moves_its_stop() -> None:
    # Up to 110: break-even at 99 (offset -1), met in bar 2: 0.1 R lost. Without it the shadow is still open.
    rules = FILTER._replace(equity_filter_drawdown_r=0.05)
    bars: list[Candle] = [FLAT, (100.0, 110.0, 99.5, 108.0), (108.0, 109.0, 98.0, 105.0), FLAT]
    for breakeven_r, verdict in ((1.0, "equity_filter"), (0.0, "opened")):
        moved = rules._replace(breakeven_r=breakeven_r, breakeven_offset=-1.0)
        ledger = trade_table(bars, {0: 1, 2: 1}, refused={0: SPREAD_LIMIT}, rules=moved)
        assert ledger.verdicts[2] == verdict
