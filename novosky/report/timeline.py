"""The four windows on one line of time: what was learned from, what is judged, what stays closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from novosky.report.data import ReportData
from novosky.report.html import Html, element, join, table
from novosky.report.thinning import drawn_points

SEALED = ("gate", "holdout")
MEANING = {
    "train": "models learned here",
    "sweep": "settings are compared here",
    "gate": "decides what is kept",
    "holdout": "never decides",
}


def timeline(data: ReportData) -> Html:
    """Windows to scale; the price behind them ends where the judged window ends, as what follows is closed."""
    windows = data.result["windows"]
    begin, end = moment_ms(windows[0]["from"]), moment_ms(windows[-1]["to"])
    judged = data.window.name.removesuffix("_oof")  # out-of-fold predictions are judged on the bars of train
    drawn = element(
        "div",
        _price(data, begin, end),
        *(_window(window, judged, begin, end) for window in windows),
        cls="timeline",
    )
    rows = [
        (window["name"], f"{window['bars']:,}", window["from"], window["to"], MEANING[window["name"]])
        for window in windows
    ]
    return join([drawn, table(("window", "bars", "from", "to", "for"), rows)])


def moment_ms(text: str) -> float:
    """`2024-01-01 22:00 UTC` or ISO 8601 as UTC epoch milliseconds."""
    return datetime.fromisoformat(text.replace(" UTC", "+00:00")).timestamp() * 1000.0


def _window(window: dict[str, Any], judged: str, begin: float, end: float) -> Html:
    name = window["name"]
    start, stop = moment_ms(window["from"]), moment_ms(window["to"])
    state = "judged" if name == judged else "sealed" if name in SEALED else "open"
    left, width = 100.0 * (start - begin) / (end - begin), 100.0 * (stop - start) / (end - begin)
    label = {"judged": "judged here", "sealed": "closed"}.get(state, MEANING[name])
    return element(
        "div",
        element("b", name),
        element("small", label),
        cls=f"window {state}",
        style=f"left:{left:.3f}%;width:{width:.3f}%",
        title=f"{name}: {window['from']} to {window['to']}, {window['bars']:,} bars; {label}",
    )


def _price(data: ReportData, begin: float, end: float) -> Html:
    seen = data.bars.slice(0, data.window.stop)
    drawn = drawn_points(seen.close, 200)
    x = 1000.0 * (seen.time_ms[drawn] - begin) / (end - begin)
    low, high = float(np.min(seen.close)), float(np.max(seen.close))
    y = 97.0 - 55.0 * (seen.close[drawn] - low) / max(high - low, 1e-12)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return Html(
        '<svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{points}" vector-effect="non-scaling-stroke"/></svg>'
    )
