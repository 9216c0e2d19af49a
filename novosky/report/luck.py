"""Could it be luck? What the account's days, and all that was tried on them, say about its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.html import Html, join, table
from novosky.report.text import MISSING, interval, number

LUCK_NOTE = "What was looked at elsewhere, or before this ledger began, is unknown and not counted."
Row = tuple[str, str, str]


def luck(result: Mapping[str, Any]) -> Html:
    """Each test with its figure and how to read it."""
    rows = [*_of_the_days(result), *_of_the_looks(result), *_loss_limits(result["significance"]["loss_limits"])]
    return join([table(("", "", "what it says"), rows, numeric_from=3)])


def _of_the_days(result: Mapping[str, Any]) -> list[Row]:
    """What resampling and the tests of the Sharpe ratio give."""
    found = result["significance"]
    needed = found["min_track_record_days"]
    rows = [
        ("Sharpe", interval(found["sharpe_annual_interval"]), "interval of the ratio a year, by resampling days"),
        (
            "above 0",
            percent(found["probabilistic_sharpe"]),
            "probability that the true ratio is above 0, were this the only thing ever tried",
        ),
        (
            "days needed",
            "never" if needed is None else number(needed, 0),
            f"of such days until that is {100 * found['interval']:g} %; {number(found['days'], 0)} are here",
        ),
        (
            "drawdown",
            interval(found["max_drawdown_pct_interval"]) + " %",
            "what other orders and draws of the same days would have shown, at the ends of days",
        ),
    ]
    if "reference_score_interval" in found:
        rows.append(("reference score", interval(found["reference_score_interval"]), "interval, by resampling days"))
    return rows


def _of_the_looks(result: Mapping[str, Any]) -> list[Row]:
    """What the ledger adds: the more was tried, the better the best of it looks by luck alone."""
    volatile = result["volatile"]
    looks, deflated, budget = volatile["looks"], volatile["deflated"], volatile["budget"]
    tried = f"{looks:,} configuration{'s' if looks != 1 else ''} judged on these bars here"
    rows = []
    if deflated is not None and looks > 1:
        best = number(deflated["best_by_luck_sharpe_annual"])
        rows = [
            ("best by luck", best, f"Sharpe ratio to expect of the best of {tried}, were none of them worth anything"),
            ("above that", percent(deflated["probability"]), "probability that the true ratio is above it (deflated)"),
        ]
    left = "spent: these bars can prove nothing more" if budget["spent"] else f"try {budget['try']} on these bars"
    rows.append(
        (
            "left for a gate",
            f"p {budget['alpha']:.1e}",
            f"significance budget, {left}; fresh after {budget['fresh_after']}",
        )
    )
    return rows


def _loss_limits(found: Mapping[str, Any] | None) -> list[Row]:
    """What a year of such days does to an account with the profile's limits."""
    if found is None:
        return []
    year = f"in {found['horizon_days']} days drawn from these, at {found['risk_pct']:g} % risk"
    falls = found["max_drawdown_pct"]
    return [
        *(
            (f"{limit} limit", percent(found[f"{limit}_reached"]), f"of accounts reach it at least once {year}")
            for limit in ("daily", "weekly", "total")
        ),
        (
            "drawdown ahead",
            f"{number(falls['median'], 1)} %",
            f"median of those accounts; {number(falls['of_20_worst'], 1)} % in the worst of 20",
        ),
    ]


def percent(share: float | None) -> str:
    return MISSING if share is None else number(100.0 * share, 1, unit="%")
