"""Who may see the dashboard."""

from __future__ import annotations

from ipaddress import ip_address

from novosky.config.schema import Config
from novosky.errors import ConfigError

MIN_TOKEN = 16  # characters; checked where the variable is read


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address; a name other than localhost is taken for another's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_host(config: Config) -> None:
    dashboard = config.dashboard
    if config.mode == "dashboard" and not dashboard.token_env and not is_loopback(dashboard.host):
        raise ConfigError(
            f"dashboard.host={dashboard.host}: other machines reach it, so a token is needed; set an environment "
            "variable to a secret and name it: dashboard.token_env=NOVOSKY_DASHBOARD_TOKEN, or leave dashboard.host "
            "away"
        )


DASHBOARD_CHECKS = (_check_host,)
