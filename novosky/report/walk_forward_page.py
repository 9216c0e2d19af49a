"""A walk-forward as a page: the one out-of-sample account, what each fold learned from and what it made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.walk_forward import WalkForward
from novosky.market.bars import Bars
from novosky.report.document import document, write_page
from novosky.report.equity_chart import equity_and_drawdown
from novosky.report.headline import answer, figure_card, stamps, with_bounds
from novosky.report.html import Html, element, folded, join, section, table
from novosky.report.luck import LUCK_NOTE, luck
from novosky.report.r_chart import r_chart
from novosky.report.tables import settings
from novosky.report.text import counted, interval, number
from novosky.report.timeline import moment_ms

FOLDS_NOTE = (
    "Each row is the time before holdout: what the fold's models learned from, then the bars they were judged on. "
    "Purge and embargo lie between; holdout is not drawn and stays closed."
)
SEEN = "settings have seen these bars"


def write_walk_forward(path: Path, result: Mapping[str, Any], done: WalkForward, bars: Bars) -> None:
    """Write the page; the same run gives the same bytes. `ConfigError` where plotly is not installed."""
    data = result["data"]
    write_page(path, document(f"{data['symbol']} {data['timeframe']} walk-forward", parts(result, done, bars)))


def parts(result: Mapping[str, Any], done: WalkForward, bars: Bars) -> list[Html]:
    """The parts of the page, the answer first."""
    currency = str(result["settings"]["account"]["currency"])
    found = [
        _masthead(result),
        _cards(result, currency),
        section("Windows", _folds_drawn(result, bars), _folds_table(result), note=FOLDS_NOTE),
        section(
            "Equity",
            _equity(result, done, bars, currency),
            note=f"In {currency}, all folds as one account, marked to market at every close; grey where {SEEN}.",
        ),
        section("Could it be luck?", luck(result), note=LUCK_NOTE),
    ]
    if len(done.course.trades):
        found.append(section("Results of the trades", r_chart(np.ascontiguousarray(done.course.trades["r"]))))
    return [*found, folded("Settings and fingerprints", settings(result))]


def _masthead(result: Mapping[str, Any]) -> Html:
    data, folds = result["data"], result["walk_forward"]["folds"]
    span = f"{folds[0]['from']} to {folds[-1]['to']} · {counted(len(folds), 'fold')}, trained anew for each"
    return element(
        "header",
        element("h1", f"{data['symbol']} {data['timeframe']} · walk-forward"),
        element("p", span, cls="span"),
        answer(result["summary"], result["walk_forward"]),
        element("ul", *(element("li", stamp) for stamp in stamps({**result, "models": {}})), cls="stamps"),
        element("p", f"{data['source']} data, {data['bars']:,} bars, snapshot {data['snapshot']}", cls="note"),
    )


def _cards(result: Mapping[str, Any], currency: str) -> Html:
    whole, sharpe = result["walk_forward"], result["significance"]["sharpe_annual_interval"]
    held, coverage = whole["buy_and_hold"] or {"return_pct": None, "max_drawdown_pct": None}, whole["interval"]
    sides = ", ".join(f"{number(count, 0)} {side}" for side, count in whole["sides"].items())
    cards = [
        ("Trades", number(whole["trades"], 0), sides),
        ("Profit factor", number(whole["profit_factor"]), with_bounds(whole["profit_factor_interval"], coverage, 2)),
        (
            "Expectancy",
            number(whole["expectancy_r"], 3, sign=True, unit="R"),
            with_bounds(whole["expectancy_r_interval"], coverage, 3, sign=True),
        ),
        (
            "Return",
            number(whole["return_pct"], 2, sign=True, unit="%"),
            f"{number(whole['net_profit'], 2, sign=True, unit=currency)} net",
        ),
        ("Max drawdown", number(whole["max_drawdown_pct"], 2, unit="%"), "of equity, marked to market"),
        ("Sharpe", number(whole["sharpe_annual"]), f"daily, annualised; {with_bounds(sharpe, coverage, 2)}"),
        (
            "Buy and hold",
            number(held["return_pct"], 2, sign=True, unit="%"),
            f"drawdown {number(held['max_drawdown_pct'], unit='%')}, no leverage",
        ),
        ("Looks", number(result["volatile"]["looks"], 0), "configurations judged on these bars so far"),
    ]
    return element("div", *(figure_card(*card) for card in cards), cls="cards")


def _folds_drawn(result: Mapping[str, Any], bars: Bars) -> Html:
    """A strip a fold, to scale."""
    folds = result["walk_forward"]["folds"]
    begin, end = float(bars.time_ms[0]), moment_ms(folds[-1]["to"])

    def span(start: float, stop: float, cls: str, said: str) -> Html:
        left, width = 100.0 * (start - begin) / (end - begin), 100.0 * (stop - start) / (end - begin)
        style = f"left:{left:.3f}%;width:{width:.3f}%"
        return element("div", element("small", said), cls=f"window {cls}", style=style, title=said)

    strips = []
    for k, fold in enumerate(folds, start=1):
        learned, judged = moment_ms(fold["trained_until"]), (moment_ms(fold["from"]), moment_ms(fold["to"]))
        state = "sealed" if fold["settings_have_seen"] else "judged"
        strips.append(
            element(
                "div",
                span(begin, learned, "open", f"fold {k} learns"),
                span(*judged, state, SEEN if fold["settings_have_seen"] else "judged"),
                cls="strip",
            )
        )
    return join(strips)


def _folds_table(result: Mapping[str, Any]) -> Html:
    header = ("fold", "from", "to", "trades", "R a trade", "interval", "return, %", "drawdown, %", "score", "hold, %")
    rows = [
        (
            f"{k} ({SEEN})" if fold["settings_have_seen"] else str(k),
            fold["from"][:10],
            fold["to"][:10],
            number(fold["trades"], 0),
            number(fold["expectancy_r"], 3, sign=True),
            interval(fold["expectancy_r_interval"], 3, sign=True),
            number(fold["return_pct"], 2, sign=True),
            number(fold["max_drawdown_pct"]),
            number(fold["reference_score"]),
            number(fold["buy_and_hold_pct"], 2, sign=True),
        )
        for k, fold in enumerate(result["walk_forward"]["folds"], start=1)
    ]
    return table(header, rows)


def _equity(result: Mapping[str, Any], done: WalkForward, bars: Bars, currency: str) -> Html:
    course = done.course
    step = float(bars.timeframe_ms)
    time = np.concatenate(([float(course.time_ms[0])], course.time_ms + step))
    close = bars.close[np.searchsorted(bars.time_ms, course.time_ms)]
    holding = np.concatenate(([course.start_balance], course.start_balance * close / close[0]))
    shaded = [
        (moment_ms(fold["from"]), moment_ms(fold["to"]) + step)
        for fold in result["walk_forward"]["folds"]
        if fold["settings_have_seen"]
    ]
    return equity_and_drawdown(time, np.concatenate(([course.start_balance], course.equity)), holding, currency, shaded)
