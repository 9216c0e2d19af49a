"""How the bot trades: where it writes, what it never does, and when it stops."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

LIVE_LEDGER = "sqlite:///outputs/trade/ledger.sqlite"  # where a bot at a broker's terminal writes unless told otherwise
UNKNOWN = ("adopt", "close", "report")


@dataclass
class TradeConfig:
    dry: bool = key(False, "decide and write down, send nothing")
    bot: str | None = key(None, "the bot's name in the ledger; null: account, symbol and magic")
    ledger: str | None = key(
        None, "SQLAlchemy URL of the ledger; null: a file, in a replay's own folder or under outputs/trade"
    )
    magic: int = key(7001, "the bot's own number on its orders", ge=1, lt=2**32)
    unknown: str = key(
        "adopt", "a position with the bot's magic that the ledger does not know: adopt, close, report", choices=UNKNOWN
    )
    history_bars: int = key(REQUIRED, "closed bars read at a start, from which the features begin", ge=600, le=500_000)
    deviation_points: int = key(100, "most that a fill may lie off the quote, points (instant execution)", ge=0)
    enter_within_s: float = key(REQUIRED, "seconds after a bar's open in which an entry may leave", gt=0, le=86_400)
    poll_s: float = key(1.0, "seconds between looks for a bar that is due", gt=0, le=60)
    watch_s: float = key(60.0, "seconds between looks at what is open, within a bar", ge=1, le=3600)
    kill_file: str = key(REQUIRED, "while this file is there the bot does not trade; it stops when it appears")
    stop_after_bars: int = key(0, "stop after so many decisions; 0: never", ge=0)
    constant_features: list[str] = key([], "features that may have one value all over a broker's history")
    stale_bars: float = key(2.0, "periods that a bar may be late before nothing is opened; 0 is off", ge=0)
    clock_drift_s: float = key(30.0, "seconds between this clock and the server's; 0 is off", ge=0)
    spread_spike: float = key(5.0, "multiple of the usual spread above which nothing is opened; 0 is off", ge=0)
    parity_alarm_r: float = key(1.0, "fills worse than the core's by so many R in a day are an alarm; 0 is off", ge=0)
