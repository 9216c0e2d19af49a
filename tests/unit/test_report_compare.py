"""A comparison on the page and on the screen: every figure is there, in the same words."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import pytest

from novosky.backtest.common_bars import common_bars, daily_r, growth_pct, trades_inside
from novosky.backtest.comparison import only_one_took, summary
from novosky.errors import WindowError
from novosky.modes.compare_screen import show_comparison
from novosky.report.compare_figures import best_sentences, configuration_rows, figure_rows
from novosky.report.compare_page import comparison_parts
from support.compare_sample import DAY, HOURLY, A, B, compared, judged_run


@pytest.fixture
def result() -> dict[str, Any]:
    return compared()


def test_daily_r_by_hand() -> None:
    common = common_bars([A, B])
    assert (common.from_ms, common.to_ms) == (11 * DAY, 14 * DAY - HOURLY)
    assert common.days.tolist() == [11, 12, 13]
    assert daily_r(A, common).tolist() == [3.0, -0.5, 0.0]
    assert daily_r(B, common).tolist() == [0.5, 0.25, 0.0]
    assert [len(trades_inside(run, common)) for run in (A, B)] == [2, 2]


def test_trades_that_only_one_took_by_hand() -> None:
    alone = only_one_took([A, B], common_bars([A, B]))
    assert alone["A"]["side"].to_list() == ["SELL"]
    assert alone["B"]["r"].to_list() == [0.25]


def test_equity_starts_together() -> None:
    common = common_bars([A, B])
    times, grown = growth_pct(A, common)
    assert (times[0], grown[0]) == (11 * DAY, 0.0)
    assert grown[-1] == pytest.approx(100.0 * (1095.0 / 1024.0 - 1.0))


def test_what_keeps_runs_apart_is_named() -> None:
    with pytest.raises(WindowError, match=r"data\.symbol is BTCUSD in A and EURUSD in C"):
        common_bars([A, judged_run("C", "EURUSD", 10, 4, [])])
    with pytest.raises(WindowError, match="the judged bars do not overlap"):
        common_bars([A, judged_run("C", "BTCUSD", 20, 4, [])])


@pytest.mark.parametrize(
    ("odds", "p", "equal", "said"),
    [
        (0.96, 0.03, False, "A is better than B: probability 96.0%"),
        (0.96, 0.06, False, "No clear difference: A is better than B with probability 96.0%"),
        (0.03, 0.98, False, "B is better than A: probability 97.0%"),
        (0.40, 0.60, False, "No clear difference: B is better than A with probability 60.0%"),
        (0.50, 1.00, True, "A and B earned the same R"),
    ],
)
def test_the_summary(odds: float, p: float, equal: bool, said: str) -> None:
    pair = {"a": "A", "b": "B", "probability_a_better": odds, "p_a_better": p, "p_b_better": 1 - p}
    pair["equal_days"] = equal
    assert summary([pair], 30).startswith(said)


def test_a_day_says_nothing() -> None:
    pair = {"a": "A", "b": "B", "probability_a_better": 1.0, "equal_days": False}
    assert summary([pair], 1) == (
        "Which of A and B is better cannot be said on so few days: 1, at least 20 are needed."
    )


def test_rows_say_what_the_result_says(result: dict[str, Any]) -> None:
    rows = {row[0]: row[1:] for row in figure_rows(result)}
    assert rows["expectancy, R"] == ("+0.123", "+0.123")
    assert rows["Sharpe, a year"] == ("n/a", "n/a")
    assert configuration_rows(result) == {"B": [("labels.sl_atr", "1.5", "2.0")]}
    bounds = [row[1] for row in figure_rows(result) if row[0] == "  interval (90 %)"]
    assert bounds == ["0.90 to no bound", "-0.050 to +0.300", "n/a"]


def test_the_best_of_many_says_who_is_counted(result: dict[str, Any]) -> None:
    (said,) = best_sentences(result)
    assert said == (
        "A, with +0.5000 R a day the best of 2 runs compared, is better than flat: p 0.041 (Hansen's SPA), 0.068 "
        "(White), all 2 counted. Other configurations that were tried and are not here are not counted; 17 looks at "
        "these bars are in the ledger."
    )
    found = {
        "probability": 0.5,
        "among_equals": 2 / 3,
        "loss_probability": 0.25,
        "blocks": 4,
        "days_a_block": 10,
        "cuts": 6,
    }
    result["best_of_many"] |= {"spa_p": 0.06, "overfitting": found}
    result["volatile"]["looks"] = 1
    not_shown, chosen = best_sentences(result)
    assert "is not shown to be better than flat: p 0.060" in not_shown
    assert "1 look at these bars is in the ledger." in not_shown
    assert "the other half in 50 % of 6 cuts, and loses there in 25 % (4 blocks of 10 days;" in chosen
    assert "a choice among equals gives about 67 %)." in chosen
    result["best_of_many"] = {"runs": 2, "days": 3, "best": None, "least_days": 20}
    assert best_sentences(result) == [
        "Whether the best of 2 runs compared is luck cannot be said on 3 days: at least 20 are needed."
    ]


def test_page_and_screen_have_the_same_figures(result: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    common = common_bars([A, B])
    page = "".join(comparison_parts(result, [A, B], common))
    show_comparison(result, Path("run"))
    said = capsys.readouterr().out
    for text in (
        "87.5 %",
        "+0.2500",
        "-0.5000 to no bound",
        "+1.25",
        "0.123",
        *best_sentences(result),
        "labels.sl_atr",
        "-0.050 to +0.300",
        "ffffffffffff",
        "only B",
    ):
        assert escape(text) in page, text
        assert text in said, text
    assert "the runs judged different windows" in page
    assert "A, B: &lt;no&gt; skill" in page
    assert "! A, B: <no> skill" in said
    assert "that only A took" in page
