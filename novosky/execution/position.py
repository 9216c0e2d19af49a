"""What an open position looks like at a bar's close: the four inputs of the position model besides the market's.

Labels, backtest and bot call this one function.
"""

from __future__ import annotations

from novosky.execution.brackets import exit_price
from novosky.execution.compiled import compiled

POSITION_FEATURES = ("bars_held_norm", "pnl_pct", "r_multiple", "pos_direction")


@compiled
def position_state(
    side: int,
    entry: float,
    stop_distance: float,
    entry_bar: int,
    number: int,
    close: float,
    spread: float,
    horizon: int,
) -> tuple[float, float, float, float]:
    """Values of `POSITION_FEATURES` at the close of bar `number`, as if the position were closed there.

    `bars_held_norm` is the share of the `horizon` (bars) that is over, the entry bar counted; `pnl_pct` the profit in
    % of the entry price; `r_multiple` the profit in distances from entry to the first stop; `pos_direction` the side.
    """
    profit = side * (exit_price(side, close, spread) - entry)
    return (number - entry_bar + 1) / horizon, 100.0 * profit / entry, profit / stop_distance, float(side)
