"""The answer first: title, skill sentence, stamps and the figures that carry it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.config.schema.market import GENERATED_SOURCES
from novosky.report.costs import KINDS
from novosky.report.html import Html, element, join
from novosky.report.text import MISSING, counted, interval, number


def masthead(result: Mapping[str, Any]) -> Html:
    """Symbol, timeframe, window and dates; then the skill sentence and what qualifies it."""
    data, window = result["data"], result["window"]
    title = f"{data['symbol']} {data['timeframe']} · {window['name']} window"
    span = f"{window['from']} to {window['to']} · {window['bars']:,} bars · {number(window['days'], 0)} days"
    stages = ", ".join(result["models"])
    origin = f"{data['source']} data, {data['bars']:,} bars, snapshot {data['snapshot']} · decided by {stages}"
    return element(
        "header",
        element("h1", title),
        element("p", span, cls="span"),
        answer(result["summary"], result["judged"]),
        element("ul", *(element("li", stamp) for stamp in stamps(result)), cls="stamps"),
        element("p", origin, cls="note"),
    )


def answer(summary: str, judged: Mapping[str, Any]) -> Html:
    """The first sentence large, what else is said smaller; coloured by the side of zero on which the interval lies."""
    low, high = judged["expectancy_r_interval"] or (None, None)
    colour = "better" if low is not None and low > 0 else "loses" if high is not None and high < 0 else "none"
    first, stop, more = summary.partition(". ")
    return element("p", first + stop.strip(), *([element("small", more)] if more else []), cls=f"answer {colour}")


def stamps(result: Mapping[str, Any]) -> list[str]:
    """What must be read beside the figures: the run's warnings, and what its facts demand if no warning says it."""
    source, warnings = result["data"]["source"], result["warnings"]
    demanded = []
    if source in GENERATED_SOURCES:
        demanded.append(f"{source} market: not a real result")
    for stage, block in result["models"].items():
        if block["no_skill_found"]:
            demanded.append(f"{stage} stage, no skill found: it decides all the same")
    missing = [stamp for stamp in demanded if not any(said.startswith(stamp.split(":")[0]) for said in warnings)]
    return list(dict.fromkeys([*missing, *warnings]))


def figure_cards(result: Mapping[str, Any], currency: str) -> Html:
    """The headline figures, each with its interval or what it was counted on."""
    judged, looks, found = result["judged"], result["volatile"]["looks"], result["significance"]
    trades = counted(judged["trades"], "trade")
    reference, holding, score = judged["reference"], judged["buy_and_hold"], judged["score"]
    costs = judged["costs"]
    sides = ", ".join(f"{number(count, 0)} {side}" for side, count in judged["sides"].items())
    even = f"; {number(reference['equal_sizes']['value'])} with equal sizes" if "risk" in result["models"] else ""
    won = None if judged["win_rate"] is None else 100.0 * judged["win_rate"]
    net = f"{number(judged['net_profit'], 2, sign=True, unit=currency)} net"
    cards = [
        ("Trades", number(judged["trades"], 0), f"in {number(result['window']['days'], 0)} days; {sides}"),
        ("Win rate", number(won, 1, unit="%"), f"of {trades}"),
        (
            "Profit factor",
            number(judged["profit_factor"]),
            with_bounds(judged["profit_factor_interval"], judged["interval"], 2),
        ),
        (
            "Expectancy",
            number(judged["expectancy_r"], 3, sign=True, unit="R"),
            with_bounds(judged["expectancy_r_interval"], judged["interval"], 3, sign=True),
        ),
        ("Return", number(judged["return_pct"], 2, sign=True, unit="%"), net),
        ("Max drawdown", number(judged["max_drawdown_pct"], 2, unit="%"), "of equity, marked to market"),
        (
            "Sharpe",
            number(judged["sharpe_annual"]),
            f"daily, annualised; {with_bounds(found['sharpe_annual_interval'], judged['interval'], 2)}",
        ),
        ("Score", number(score["value"]), score["note"] or f"on {trades}"),
        (
            "Reference score",
            number(reference["value"]),
            f"{reference['note'] or 'band: ' + reference['band']}, at {reference['risk_pct']:g}\u00a0% risk, "
            f"drawdown {number(reference['max_drawdown_pct'], unit='%')}{even}",
        ),
        (
            "Buy and hold",
            number(holding["return_pct"], 2, sign=True, unit="%"),
            f"drawdown {number(holding['max_drawdown_pct'], unit='%')}, no leverage",
        ),
        (
            "Costs paid",
            number(costs["total"]),
            f"{currency}, " + ", ".join(f"{kind} {number(costs[kind])}" for kind in KINDS),
        ),
        ("Looks", number(looks, 0), "configurations judged on these bars so far"),
    ]
    return element("div", *(figure_card(*card) for card in cards), cls="cards")


def with_bounds(bounds: list[float | None] | None, coverage: float, decimals: int, *, sign: bool = False) -> str:
    """`95 % interval low to high`."""
    text = interval(bounds, decimals, sign=sign)
    return "no interval" if text == MISSING else f"{100 * coverage:.3g}\u00a0% interval {text}"


def figure_card(label: str, value: str, beside: str) -> Html:
    """A headline figure with what stands beside it."""
    return element("div", join([element("h3", label), element("b", value), element("small", beside)]), cls="card")
