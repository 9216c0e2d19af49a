"""Codes that the compiled core returns, and their names on screens and in files."""

from __future__ import annotations

from typing import Final

# What became of the decision made at a bar's close, in the order in which the gates are asked: where several refuse,
# the lowest code names it. Those from POSITION_OPEN on are asked at the open, too.
OPENED: Final = 0
NO_VOTE: Final = 1
LOW_CONFIDENCE: Final = 2
LOW_PROBABILITY_GAP: Final = 3
ATR_FLOOR: Final = 4
NEWS_BLOCK: Final = 5
EMA_TREND: Final = 6
SESSION: Final = 7
WEEK_END: Final = 8
EQUITY_FILTER: Final = 9
CONSECUTIVE_LOSSES: Final = 10
DAILY_LOSS: Final = 11
WEEKLY_LOSS: Final = 12
TOTAL_HALT: Final = 13
SPREAD_LIMIT: Final = 14
POSITION_OPEN: Final = 15
NO_NEXT_BAR: Final = 16
STOPS_LEVEL: Final = 17
VOLUME_BELOW_MINIMUM: Final = 18
STOP_CAP: Final = 19
MARGIN: Final = 20

VERDICT_NAMES: Final = (
    "opened",
    "no_vote",
    "low_confidence",
    "low_probability_gap",
    "atr_floor",
    "news_block",
    "ema_trend",
    "session",
    "week_end",
    "equity_filter",
    "consecutive_losses",
    "daily_loss",
    "weekly_loss",
    "total_halt",
    "spread_limit",
    "position_open",
    "no_next_bar",
    "stops_level",
    "volume_below_minimum",
    "stop_cap",
    "margin",
)

# Why a position was closed.
NOT_CLOSED: Final = 0
STOP: Final = 1
TARGET: Final = 2
TIME: Final = 3
WINDOW_END: Final = 4
POSITION_MODEL: Final = 5
MOVED_STOP: Final = 6
WEEK_END_EXIT: Final = 7
OPPOSITE_SIGNAL: Final = 8
STOP_OUT: Final = 9

EXIT_NAMES: Final = (
    "not_closed",
    "stop",
    "target",
    "time",
    "window_end",
    "position_model",
    "moved_stop",
    "week_end",
    "opposite_signal",
    "stop_out",
)

# How a bar that holds stop and target is read.
PESSIMISTIC: Final = 0
OPTIMISTIC: Final = 1
FINER_BARS: Final = 2
READINGS: Final = ("pessimistic", "optimistic", "finer_bars")

# What an intent against an open position does.
IGNORE: Final = 0
CLOSE: Final = 1
REVERSE: Final = 2
ON_OPPOSITE: Final = ("ignore", "close", "reverse")

# What is wished of an open position at a close; the position model's classes have the same codes.
NO_WISH: Final = -1
WISH_EXIT: Final = 0
WISH_HOLD: Final = 1
WISH_ADD: Final = 2

PARTIAL_OPEN: Final = 0
PARTIAL_DUE: Final = 1
PARTIAL_DONE: Final = 2

DEAL_OPEN: Final = 0
DEAL_ADD: Final = 1
DEAL_PARTIAL: Final = 2
DEAL_CLOSE: Final = 3
DEAL_NAMES: Final = ("open", "add", "partial", "close")
