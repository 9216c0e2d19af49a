"""How the trades' results are spread."""

from __future__ import annotations

import numpy as np

from novosky.market.bars import Floats
from novosky.report.html import Html
from novosky.report.plot import RED, TEAL, chart

WIDTHS_R = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 100.0)
MOST_BINS = 48
ON_PLOT = {"yref": "paper"}  # heights as shares of the plot


def r_chart(r: Floats) -> Html:
    """Histogram of the trades' R (n_trades,), losses and gains in their colours, with the mean marked."""
    edges, counts = r_bins(r)
    width = float(edges[1] - edges[0])
    middle = edges[:-1] + width / 2
    bars = {
        "type": "bar",
        "x": middle,
        "y": counts,
        "width": width * 0.94,
        "customdata": np.column_stack((edges[:-1], edges[1:])),
        "hovertemplate": "%{customdata[0]:+.2f} to %{customdata[1]:+.2f} R: %{y} trades<extra></extra>",
        "marker": {"color": [TEAL if x > 0 else RED for x in middle], "line": {"width": 0}},
    }
    mean = float(r.mean())
    layout = {
        "xaxis": {"ticksuffix": " R", "zeroline": True},
        "yaxis": {"rangemode": "tozero"},
        "showlegend": False,
        "shapes": [{"type": "line", "x0": mean, "x1": mean, "y0": 0, "y1": 1, **ON_PLOT, "line": {"dash": "dot"}}],
        "annotations": [
            {"x": mean, "y": 1, **ON_PLOT, "yanchor": "bottom", "text": f"mean {mean:+.3f} R", "showarrow": False}
        ],
    }
    return chart("r", [bars], layout, height_px=300, label="histogram of the trades' results in R")


def r_bins(r: Floats) -> tuple[Floats, Floats]:
    """Edges on whole multiples of the bin width, so that zero is an edge, and counts; `r` holds at least one value."""
    low, high = float(r.min()), float(r.max())
    width = next((w for w in WIDTHS_R if (high - low) / w <= MOST_BINS), WIDTHS_R[-1])
    first, last = np.floor(low / width), np.floor(high / width) + 1
    edges = np.arange(first, last + 1) * width
    counts, _ = np.histogram(r, edges)
    return edges, counts.astype(np.float64)
