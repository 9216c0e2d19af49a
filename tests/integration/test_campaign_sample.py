"""A small sample of the campaigns: the machinery works and a market without an edge shows none."""

from __future__ import annotations

from campaigns.markets import judge_market, market_table

SMALL = ("data.bars=20000", "features=compact", "windows.embargo_bars=24")


def test_a_random_walk_at_both_costs() -> None:
    row = judge_market(("data=random_walk", "data.seed=1", *SMALL))
    free, paid = row.free.judged, row.paid.judged
    assert free.figures.trades >= 200
    # 0.02 % of the price on brackets of 1.5 ATR of about 0.35 %: some 4 % of R a trade.
    assert free.figures.expectancy_r is not None
    assert paid.figures.expectancy_r is not None
    assert 0.01 < free.figures.expectancy_r - paid.figures.expectancy_r < 0.15
    assert free.figures.expectancy_r_interval is not None
    assert free.figures.expectancy_r_interval.low < 0
    assert paid.simulation.trades["spread_cost"].sum() > 0
    assert free.simulation.trades["spread_cost"].sum() == 0
    assert f"| 1 | {free.figures.trades} |" in "\n".join(market_table("one walk", [row]))
