"""What `mode=doctor` and the start of the bot let pass."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import key


@dataclass
class DoctorConfig:
    pings: int = key(5, "calls to the terminal whose median is its latency", ge=1, le=100)
    latency_warn_ms: float = key(500.0, "median of a call above which it warns, ms", gt=0)
    tick_age_s: int = key(60, "age of the last tick above which it warns, seconds", ge=1, le=86_400)
    tick_value_pct: float = key(2.0, "between the symbol's tick value and the configured one, %", gt=0, le=50)
    margin_pct: float = key(1.0, "between the server's margin of the smallest lot and the core's, %", gt=0, le=50)
    spread_factor: float = key(3.0, "times broker.spread above which the spread warns", ge=1, le=100)
    calendar_days_ahead: int = key(7, "days that the calendar should still cover", ge=0, le=366)
    training_age_days: int = key(90, "days since the last bar of training above which it warns", ge=1, le=3_650)
    disk_free_mb: int = key(500, "least room on the disks of ledger and outputs, MB", ge=1)
