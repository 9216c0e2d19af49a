"""Features that no importance drops: history hardly shows what they warn of, live trading does."""

from __future__ import annotations

PROTECTED = (
    "is_news_near",
    "news_minutes_away",
    "news_count_today",
    "is_news_risk_window",
    "is_london_session",
    "is_ny_session",
    "is_asian_session",
)
