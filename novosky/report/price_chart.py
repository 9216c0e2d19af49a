"""The last bars of the window as candles, with where trades were opened and closed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import EXIT_NAMES
from novosky.market.bars import Bars, Floats, utc_text
from novosky.report.data import ReportData
from novosky.report.html import Html, element, join
from novosky.report.plot import AMBER, BLUE, GREY, RED, TEAL, Trace, chart
from novosky.report.text import EXIT_WORDS, counted, words


def price_chart(data: ReportData) -> Html:
    """At most `price_bars` candles with their trades, and a line that says what is shown."""
    first, stop = shown_bars(data)
    shown = data.bars.slice(first, stop)
    trades = data.trades[data.trades["exit_bar"] >= first]
    traces = [_candles(shown, data.digits), *_holdings(data, trades), *_entries(data, trades), *_exits(data, trades)]
    price_range = [float(shown.low.min()), float(shown.high.max())]
    pad = 0.04 * (price_range[1] - price_range[0])
    drawn_range = [int(shown.time_ms[0]), int(shown.time_ms[-1]) + shown.timeframe_ms]
    layout = {
        "xaxis": {
            "type": "date",
            "rangeslider": {"visible": True, "thickness": 0.09, "range": drawn_range, "yaxis": {"rangemode": "auto"}},
            "range": drawn_range,
        },
        "yaxis": {"tickformat": ",~f", "range": [price_range[0] - pad, price_range[1] + pad]},
        "hovermode": "closest",
        "dragmode": "pan",
    }
    drawn = chart("price", traces, layout, height_px=520, label="candles with entries and exits")
    note = (
        f"{len(shown):,} of {counted(len(data.window_bars), 'bar')}, up to the "
        f"{'end of the window' if stop == data.window.stop else 'last trade'}, from {utc_text(int(shown.time_ms[0]))} "
        f"to {utc_text(int(shown.time_ms[-1]))}, with {len(trades):,} of {counted(len(data.trades), 'trade')}. "
        "Bid prices; drag the chart to move and the strip below it to zoom."
    )
    return join([element("p", note, cls="note"), drawn])


def shown_bars(data: ReportData) -> tuple[int, int]:
    """Bars `start <= i < stop` to draw: the window's last, or those up to the last exit where trading ended early."""
    last_exit = int(data.trades["exit_bar"].max())
    stop = min(data.window.stop, last_exit + 1 + data.price_bars // 20)
    return max(data.window.start, stop - data.price_bars), stop


def _candles(bars: Bars, digits: int) -> Trace:
    return {
        "type": "candlestick",
        "name": "bars",
        "x": bars.time_ms.tolist(),
        **{name: getattr(bars, name).tolist() for name in ("open", "high", "low", "close")},
        "increasing": {"line": {"color": GREY, "width": 1}, "fillcolor": "rgba(139,149,165,0.15)"},
        "decreasing": {"line": {"color": GREY, "width": 1}, "fillcolor": GREY},
        "hoverinfo": "x+y",
        "yhoverformat": f",.{digits}f",
        "showlegend": False,
    }


def _holdings(data: ReportData, trades: NDArray[Any]) -> list[Trace]:
    """From each entry to its exit, in the colour of what it brought."""
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": _broken(_times(data, of["entry_bar"]), _times(data, of["exit_bar"])),
            "y": _broken(of["entry_price"], of["exit_price"]),
            "line": {"color": colour, "width": 1.4, "dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for of, colour in ((trades[trades["net"] > 0], TEAL), (trades[trades["net"] <= 0], RED))
        if len(of)
    ]


def _entries(data: ReportData, trades: NDArray[Any]) -> list[Trace]:
    return [
        _markers(
            name,
            _times(data, of["entry_bar"]),
            of["entry_price"],
            [_entry_text(data, trade, name) for trade in of],
            {"symbol": symbol, "color": colour, "size": 10, "line": {"width": 1, "color": "white"}},
        )
        for name, of, symbol, colour in (
            ("BUY", trades[trades["side"] > 0], "triangle-up", BLUE),
            ("SELL", trades[trades["side"] < 0], "triangle-down", AMBER),
        )
        if len(of)
    ]


def _exits(data: ReportData, trades: NDArray[Any]) -> list[Trace]:
    return [
        _markers(
            name,
            _times(data, of["exit_bar"]),
            of["exit_price"],
            [_exit_text(data, trade) for trade in of],
            {"symbol": "x", "color": colour, "size": 7},
        )
        for name, of, colour in (
            ("exit, won", trades[trades["net"] > 0], TEAL),
            ("exit, lost", trades[trades["net"] <= 0], RED),
        )
        if len(of)
    ]


def _markers(name: str, x: Any, y: Any, text: list[str], marker: dict[str, Any]) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x,
        "y": np.asarray(y, np.float64),
        "text": text,
        "hovertemplate": "%{text}<extra></extra>",
        "marker": marker,
    }


def _entry_text(data: ReportData, trade: Any, side: str) -> str:
    price = f",.{data.digits}f"
    return "<br>".join(
        (
            f"<b>{side} {trade['volume_lots']:g} lots at {trade['entry_price']:{price}}</b>",
            utc_text(int(data.bars.time_ms[trade["entry_bar"]])),
            f"stop {trade['stop']:{price}}, target {trade['target']:{price}}",
            f"confidence {trade['confidence']:.3f}",
        )
    )


def _exit_text(data: ReportData, trade: Any) -> str:
    price = f",.{data.digits}f"
    side = "BUY" if trade["side"] > 0 else "SELL"
    reason = words(EXIT_NAMES[trade["exit_reason"]], EXIT_WORDS)
    return "<br>".join(
        (
            f"<b>{trade['r']:+.2f} R: {reason} at {trade['exit_price']:{price}}</b>",
            f"bar of {utc_text(int(data.bars.time_ms[trade['exit_bar']]))}",
            f"{side} from {trade['entry_price']:{price}}, confidence {trade['confidence']:.3f}",
            f"net {trade['net']:+,.2f} {data.currency}",
        )
    )


def _times(data: ReportData, index: NDArray[Any]) -> Floats:
    times: Floats = data.bars.time_ms[index].astype(np.float64)
    return times


def _broken(begin: NDArray[Any], end: NDArray[Any]) -> Floats:
    """Pairs of points with a gap after each, so that one trace holds many separate lines."""
    return np.column_stack((begin, end, np.full(len(begin), np.nan))).ravel()
