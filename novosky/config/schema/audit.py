"""What `mode=audit` looks for, and how hard."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class AuditConfig:
    level: str = key(REQUIRED, "quick: minutes, before each training; full: before money", choices=("quick", "full"))
    known_events_days: int = key(REQUIRED, "days ahead that a calendar is published", ge=1, le=366)
    implausible_auc: float = key(REQUIRED, "area under ROC above which a lone feature has been told", gt=0.5, lt=1)
    duplicate_correlation: float = key(REQUIRED, "rank correlation above which two features are one", gt=0, lt=1)
    drift_psi: float = key(REQUIRED, "population stability index above which a feature has shifted", gt=0)
    latest_rows: int = key(REQUIRED, "latest bars that are held against train", ge=200, le=1_000_000)
    ledger: str | None = key(
        None, "URL of a bot's ledger: replay it through the backtest instead; ${oc.env:NAME} where it holds a password"
    )
    ledger_bot: str | None = key(None, "whose rows, where the ledger holds several bots'")
