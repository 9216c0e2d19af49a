"""What a decision's row keeps of the bar that it was made on, so that a replay can tell whether it saw the same."""

from __future__ import annotations

import zlib
from typing import Any, Final

from novosky.market.bars import Bars
from novosky.models.classes import Inputs

BAR: Final = "bar"
FEATURES: Final = "features"
COLUMNS: Final = ("open", "high", "low", "close", "tick_volume", "spread_points")


def bar_facts(bars: Bars, i: int, x: Inputs) -> dict[str, Any]:
    """For the details of a decision at the close of bar `i` with features `x` (features,)."""
    return {BAR: bar_values(bars, i), FEATURES: features_digest(x)}


def bar_values(bars: Bars, i: int) -> list[float]:
    """Prices, ticks and spread as the bar shows them, by `COLUMNS`."""
    return [float(getattr(bars, name)[i]) for name in COLUMNS]


def features_digest(x: Inputs) -> int:
    """32 bits over the features' own bits."""
    return zlib.crc32(x.tobytes())
