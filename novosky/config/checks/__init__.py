"""What keys must be to each other: one small function a rule, the first that fails speaks."""

from __future__ import annotations

from novosky.config.checks.contract import CONTRACT_CHECKS
from novosky.config.checks.dashboard import DASHBOARD_CHECKS
from novosky.config.checks.execution import EXECUTION_CHECKS
from novosky.config.checks.learning import LEARNING_CHECKS
from novosky.config.checks.market import MARKET_CHECKS
from novosky.config.checks.notify import NOTIFY_CHECKS
from novosky.config.checks.runs import RUNS_CHECKS
from novosky.config.checks.trading import TRADING_CHECKS
from novosky.config.schema import Config


def check_consistency(config: Config) -> None:
    """Hold a config, whose single values are in range, to every rule across keys. Raises ConfigError."""
    for check in (*MARKET_CHECKS, *LEARNING_CHECKS, *TRADING_CHECKS, *CONTRACT_CHECKS, *EXECUTION_CHECKS, *RUNS_CHECKS):
        check(config)
    for check in (*NOTIFY_CHECKS, *DASHBOARD_CHECKS):
        check(config)


__all__ = ["check_consistency"]
