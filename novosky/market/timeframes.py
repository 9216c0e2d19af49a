"""Bar lengths by their MetaTrader names."""

from __future__ import annotations

TIMEFRAME_MINUTES = {"M1": 1, "M5": 5, "M15": 15, "M30": 30, "H1": 60, "H4": 240, "D1": 1440}


def timeframe_minutes(name: str) -> int:
    """Minutes of a bar; the configuration has checked the name."""
    return TIMEFRAME_MINUTES[name]


def timeframe_name(minutes: int) -> str:
    """`M30` for 30; `10 minutes` where MetaTrader's name is not one of ours."""
    names = {value: name for name, value in TIMEFRAME_MINUTES.items()}
    return names.get(minutes, f"{minutes} minutes")
