"""Equity over time, how far it fell, and what holding would have given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from novosky.market.bars import Floats
from novosky.report.data import ReportData
from novosky.report.html import Html
from novosky.report.plot import BLUE, GREY, RED, Trace, chart
from novosky.report.thinning import drawn_points


def equity_chart(data: ReportData) -> Html:
    """Equity and drawdown of the judged window, and what holding would have given."""
    time = np.concatenate(([float(data.window_bars.time_ms[0])], data.close_ms()))
    return equity_and_drawdown(time, np.concatenate(([data.start_balance], data.equity)), _holding(data), data.currency)


def equity_and_drawdown(
    time: Floats, equity: Floats, holding: Floats, currency: str, shaded: Sequence[tuple[float, float]] = ()
) -> Html:
    """One above the other on the same time axis, each (n,) from the start balance on; `time` in epoch milliseconds.

    `shaded` spans of time are drawn grey.
    """
    start = float(equity[0])
    drawdown = 100.0 * (equity / np.maximum.accumulate(equity) - 1.0)
    money = f"%{{y:,.2f}} {currency}"
    traces = [
        _line("buy and hold", time, holding, money, {"color": GREY, "width": 1}),
        _line("equity", time, equity, money, {"color": BLUE, "width": 1.8}),
        {
            **_line("drawdown", time, drawdown, "%{y:.2f} %", {"color": RED, "width": 1}),
            "yaxis": "y2",
            "fill": "tozeroy",
            "showlegend": False,
        },
    ]
    grey = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "fillcolor": GREY, "opacity": 0.18, "line": {"width": 0}}
    layout = {
        "xaxis": {"type": "date", "anchor": "y2", "hoverformat": "%Y-%m-%d %H:%M"},
        "yaxis": {"domain": [0.32, 1.0], "tickformat": ",~f"},
        "yaxis2": {
            "domain": [0.0, 0.26],
            "ticksuffix": " %",
            "range": [min(-1.0, 1.05 * float(drawdown.min())), 0.0],
            "nticks": 4,
        },
        "hovermode": "x unified",
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": start, "y1": start, "line": {"dash": "dot"}},
            *({**grey, "x0": begin, "x1": end} for begin, end in shaded),
        ],
    }
    return chart("equity", traces, layout, height_px=440, label="equity and drawdown over the window")


def _holding(data: ReportData) -> Floats:
    """The start balance in the symbol; scaled so that it ends where the result says that holding ended."""
    close = data.window_bars.close
    grown = 1.0 + data.result["judged"]["buy_and_hold"]["return_pct"] / 100.0
    return np.concatenate(([data.start_balance], data.start_balance * grown * close / close[-1]))


def _line(name: str, time: Floats, values: Floats, hover: str, line: dict[str, object]) -> Trace:
    drawn = drawn_points(values)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": time[drawn],
        "y": values[drawn],
        "line": line,
        "hovertemplate": hover,
    }
