"""The port: how the bot tells people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from novosky.config.schema.notify import DAILY_REPORT, DRIFT, ERROR, GUARD, KINDS, START_STOP, TRADE

INFO, WARNING, ALARM = "info", "warning", "alarm"  # the ledger's levels
MESSAGE = "message"  # kind of a notice by hand, which no list of kinds leaves out


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the notices so far, texts that were held back included."""

    sent: int = 0  # taken by every service
    failed: int = 0  # by one service or more not, after all attempts
    dropped: int = 0  # never tried: the queue was full, or the bot stopped
    held_back: int = 0  # said before within the hour, or more than notify.per_hour


class Notifier(Protocol):
    """Takes notices. No call waits for a service, and none raises."""

    def notify(self, kind: str, level: str, text: str) -> None:
        """Send `text` soon. `kind` is one of KINDS, `level` one of the ledger's; equal texts of an hour count once."""

    def close(self, timeout_s: float) -> Tally:
        """Send what waits, within `timeout_s`; then nothing more is taken."""


class Silent:
    """notify=none."""

    def notify(self, kind: str, level: str, text: str) -> None:
        return

    def close(self, timeout_s: float) -> Tally:
        return Tally()


__all__ = [
    "ALARM",
    "DAILY_REPORT",
    "DRIFT",
    "ERROR",
    "GUARD",
    "INFO",
    "KINDS",
    "MESSAGE",
    "START_STOP",
    "TRADE",
    "WARNING",
    "Notifier",
    "Silent",
    "Tally",
]
