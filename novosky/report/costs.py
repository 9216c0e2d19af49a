"""What trading cost, under which terms, and what other terms would have left of the same decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.report.data import ReportData
from novosky.report.html import Html, element, join, table
from novosky.report.text import interval, number

KINDS = ("spread", "slippage", "commission", "swap")
READING = {
    "pessimistic": "the stop comes first",
    "optimistic": "the target comes first",
    "finer_bars": "finer bars say which came first, else the stop",
}


def costs(data: ReportData) -> Html:
    """What trading cost by kind, what else counts into the figures and what does not."""
    judged, broker = data.result["judged"], data.result["broker"]
    paid = judged["costs"]
    rows = [
        ("won", number(judged["gross_profit"], 2, unit=data.currency)),
        ("lost", number(judged["gross_loss"], 2, unit=data.currency)),
        ("net profit", number(judged["net_profit"], 2, sign=True, unit=data.currency)),
        ("balance at the end", number(judged["final_balance"], 2, unit=data.currency)),
        ("spread paid, inside the prices", number(paid["spread"], 2, unit=data.currency)),
        ("slippage paid, inside the prices", number(paid["slippage"], 2, unit=data.currency)),
        ("commission paid", number(paid["commission"], 2, unit=data.currency)),
        ("swap, paid below zero", number(paid["swap"], 2, sign=True, unit=data.currency)),
        ("costs in all", number(paid["total"], 2, unit=data.currency)),
        (f"spread that a bar asks, median, in price (mode {broker['spread_mode']})", _price(paid)),
        *_ambiguous(judged["ambiguous_trades"]),
    ]
    return element("div", table((), rows), _what_counts(paid), cls="pair")


def _price(paid: Mapping[str, Any]) -> str:
    return number(paid["spread_median_price"], 2)


def _ambiguous(twice: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("trades whose last bar held stop and target", number(twice["count"], 0)),
        ("of them settled by finer bars", number(twice["settled_by_finer_bars"], 0)),
        ("how such a bar was read here", READING[twice["reading"]]),
        ("expectancy with the stop first", number(twice["expectancy_r_pessimistic"], 3, sign=True, unit="R")),
        (
            "expectancy of the same trades with the target first",
            number(twice["expectancy_r_optimistic"], 3, sign=True, unit="R"),
        ),
    ]


def _what_counts(paid: Mapping[str, Any]) -> Html:
    parts = [
        ("modelled", ", ".join(paid["modelled"])),
        ("switched off here", ", ".join(paid["off"]) or "nothing"),
        ("not modelled: real trading may cost more", ", ".join(paid["not_modelled"])),
    ]
    return element("div", *(join([element("h3", title), element("p", text)]) for title, text in parts))


def costs_in_turn(data: ReportData) -> Html:
    """The same decisions without costs, by spread alone, and at each broker."""
    rows = data.result["costs_in_turn"]
    header = (
        "terms",
        "trades",
        "expectancy, R",
        "interval, R",
        "return, %",
        "max drawdown, %",
        "reference score",
        *(f"{kind}, {data.currency}" for kind in KINDS),
        f"in all, {data.currency}",
        "a bar asks, price",
    )
    body = [
        (
            row["costs"],
            number(row["trades"], 0),
            number(row["expectancy_r"], 3, sign=True),
            interval(row["expectancy_r_interval"], 3, sign=True),
            number(row["return_pct"], 2, sign=True),
            number(row["max_drawdown_pct"]),
            number(row["reference_score"]),
            *(number(row["paid"][kind]) for kind in (*KINDS, "total")),
            number(row["spread_median_price"]),
        )
        for row in rows
    ]
    warning = f"Each row is a look of its own at these bars: whoever takes the best of {len(rows)} has searched."
    return join([element("ul", element("li", warning), cls="stamps"), table(header, body)])
