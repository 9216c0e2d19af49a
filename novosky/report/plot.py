"""Plotly, imported only when a page is written, and figures as JSON that the page draws itself."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from novosky.errors import ConfigError
from novosky.report.html import Html, element

# Legible on white and on near-black alike, and apart from each other for colour-blind readers.
BLUE, TEAL, RED, AMBER, GREY = "#3b82c4", "#12a08a", "#dc5a43", "#cf8a14", "#8b95a5"

Trace = dict[str, Any]


def plotly_module(name: str) -> Any:
    """A module of plotly; `ConfigError` where it is not installed."""
    try:
        return import_module(f"plotly.{name}")
    except ImportError:
        raise ConfigError(
            "report.html: expected the package plotly to draw report.html, found none; "
            "install the extra `report` (uv sync --extra report) or set report.html=false"
        ) from None


def plotly_source() -> str:
    """plotly.js, the whole library as one script."""
    return str(plotly_module("offline").get_plotlyjs())


def chart(name: str, traces: list[Trace], layout: dict[str, Any], *, height_px: int, label: str) -> Html:
    """A figure: plotly checks it here, the page draws it in the reader's colours.

    Colours that both schemes share are in the traces; those of text and grid come from the page's script.
    """
    figure = plotly_module("graph_objects").Figure(
        data=traces, layout={"template": {}, "height": height_px, "autosize": True, **layout}
    )
    described = Html(str(figure.to_json(engine="json")).replace("<", "\\u003c"))
    drawn = element("div", id=f"chart-{name}", cls="chart", role="img", aria_label=label, style=f"height:{height_px}px")
    return Html(drawn + element("script", described, type="application/json", data_chart=f"chart-{name}"))
