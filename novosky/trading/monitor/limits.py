"""Fixed limits, as the original's users know them. Each look may cross one by luck: docs/monitor.md says how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from novosky.trading.monitor.course import Drawdown
from novosky.trading.monitor.figures import Figures


@dataclass(frozen=True)
class Limits:
    """0 is off."""

    min_win_rate: float
    min_profit_factor: float
    max_losses_in_row: int
    max_drawdown_pct: float
    min_trades: int  # fewer say nothing of win rate and profit factor


class Alarm(NamedTuple):
    """What crossed which limit, in words."""

    name: str
    text: str


def crossed(limits: Limits, found: Figures, fall: Drawdown | None) -> list[Alarm]:
    """By the figures of the last trades, and the drawdown since the first of them."""
    alarms = []
    if found.trades >= max(limits.min_trades, 1):
        rate, factor = found.win_rate, found.profit_factor
        if rate is not None and rate < limits.min_win_rate:
            alarms.append(
                Alarm("win_rate", f"win rate {rate:.1%} of {found.trades} trades, at least {limits.min_win_rate:.1%}")
            )
        if factor is not None and factor < limits.min_profit_factor:
            text = f"profit factor {factor:.2f} of {found.trades} trades, at least {limits.min_profit_factor:.2f}"
            alarms.append(Alarm("profit_factor", text))
    if limits.max_losses_in_row and found.losses_in_row_now >= limits.max_losses_in_row:
        text = f"{found.losses_in_row_now} losses in a row, below {limits.max_losses_in_row}"
        alarms.append(Alarm("losses_in_row", text))
    if limits.max_drawdown_pct and fall is not None and fall.most_pct > limits.max_drawdown_pct:
        text = f"drawdown {fall.most_pct:.2f} % (now {fall.now_pct:.2f} %), at most {limits.max_drawdown_pct:.2f} %"
        alarms.append(Alarm("drawdown", text))
    return alarms
