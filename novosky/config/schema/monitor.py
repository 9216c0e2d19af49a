"""Keys of `mode=monitor`: limits of live results, and how sure an alarm of drift must be."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class MonitorConfig:
    lookback: int = key(REQUIRED, "last closed trades that the limits are held against; 0 is all", ge=0)
    min_win_rate: float = key(REQUIRED, "lowest win rate, a fraction; 0 is off", ge=0, lt=1)
    min_profit_factor: float = key(REQUIRED, "lowest profit factor; 0 is off", ge=0)
    max_losses_in_row: int = key(REQUIRED, "losses in a row that alarm; 0 is off", ge=0)
    max_drawdown_pct: float = key(REQUIRED, "largest drawdown of the equity, %; 0 is off", ge=0, lt=100)
    min_trades: int = key(REQUIRED, "fewer trades say nothing of win rate and profit factor", ge=1)
    alpha: float = key(REQUIRED, "chance of a false alarm of drift, over all looks together", ge=1e-6, le=0.2)
    cost_tolerance_r: float = key(REQUIRED, "R a trade by which costs may exceed the judged ones", ge=0, lt=0.2)
