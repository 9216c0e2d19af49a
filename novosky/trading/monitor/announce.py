"""Alarms to a person, through whatever notifies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from novosky.trading.monitor.report import DRIFT, Report
from novosky.trading.notices.notifier import Notifier

DRIFT_KIND: Final = "drift"
GUARD_KIND: Final = "guard"
ALARM: Final = "alarm"


def announce(reports: Iterable[Report], notifier: Notifier) -> int:
    """One notice an alarm; how many."""
    told = 0
    for report in reports:
        for alarm in report.alarms:
            kind = DRIFT_KIND if alarm.name.startswith(DRIFT) else GUARD_KIND
            notifier.notify(kind, ALARM, f"{report.bot}: {alarm.text}")
            told += 1
    return told
