"""What the bot was told, as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass, field

from novosky.trading.guards.market import MarketLimits
from novosky.trading.reconcile.seen import Own


@dataclass(frozen=True)
class BotSettings:
    """Times in ms. `magic` and `unknown` are `own`'s."""

    own: Own
    revision: str  # of the models that decide
    dry: bool = False
    history_bars: int = 30_000
    deviation_points: int = 100
    enter_within_ms: int = 60_000  # after a bar's open an entry may still leave
    poll_ms: int = 1_000  # between looks for a bar that is due
    watch_ms: int = 60_000  # between looks at what is open
    sends: int = 3  # of one intent in a row, where the answer lets it be sent again
    kill_file: str = ""  # stops the bot while it is there
    stop_after_bars: int = 0  # 0: never
    constant_features: tuple[str, ...] | None = None  # those that may be constant; None: any
    parity_alarm_r: float = 1.0  # differences to the core in a day, in R
    limits: MarketLimits = field(default_factory=MarketLimits)
