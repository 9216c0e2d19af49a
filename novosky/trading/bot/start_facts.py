"""What a start writes down of its settings, so that whoever reads the ledger later judges by these."""

from __future__ import annotations

from typing import Any, Final

from novosky.config.schema import Config

PROFILE_KEYS: Final = (
    "number", "name", "risk_pct", "daily_loss_pct", "weekly_loss_pct", "total_loss_pct", "loss_base", "loss_pct_of",
    "loss_clock",
)  # fmt: skip


def start_facts(config: Config) -> dict[str, Any]:
    """JSON-ready: where it trades, in what, and how much it may lose."""
    return {
        "terminal": config.terminal.kind,
        "symbol": config.broker.symbol,
        "timeframe": config.data.timeframe,
        "digits": config.broker.digits,
        "currency": config.account.currency,
        "dry": config.trade.dry,
        "profile": {name: getattr(config.profile, name) for name in PROFILE_KEYS},
        "max_positions": config.execution.max_positions,
        "max_consecutive_losses": config.execution.max_consecutive_losses,
    }
