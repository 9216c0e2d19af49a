"""Codes that the compiled core returns, and their names on screens and in files."""

from __future__ import annotations

from typing import Final

# What became of the decision made at a bar's close, in the order in which the gates are asked.
OPENED: Final = 0
NO_VOTE: Final = 1
LOW_CONFIDENCE: Final = 2
LOW_PROBABILITY_GAP: Final = 3
ATR_FLOOR: Final = 4
NEWS_BLOCK: Final = 5
EMA_TREND: Final = 6
SESSION: Final = 7
SPREAD_LIMIT: Final = 8
TOTAL_HALT: Final = 9
WEEKLY_LOSS: Final = 10
DAILY_LOSS: Final = 11
CONSECUTIVE_LOSSES: Final = 12
POSITION_OPEN: Final = 13
NO_NEXT_BAR: Final = 14
VOLUME_BELOW_MINIMUM: Final = 15
STOPS_LEVEL: Final = 16

VERDICT_NAMES: Final = (
    "opened",
    "no_vote",
    "low_confidence",
    "low_probability_gap",
    "atr_floor",
    "news_block",
    "ema_trend",
    "session",
    "spread_limit",
    "total_halt",
    "weekly_loss",
    "daily_loss",
    "consecutive_losses",
    "position_open",
    "no_next_bar",
    "volume_below_minimum",
    "stops_level",
)

# Why a position was closed.
NOT_CLOSED: Final = 0
STOP: Final = 1
TARGET: Final = 2
TIME: Final = 3
WINDOW_END: Final = 4
POSITION_MODEL: Final = 5

EXIT_NAMES: Final = ("not_closed", "stop", "target", "time", "window_end", "position_model")
