"""From the configuration to a notifier; secrets are read here, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping

from novosky.config.schema.notify import NotifyConfig
from novosky.trading.notices.background import BackgroundNotifier
from novosky.trading.notices.notes import Notes
from novosky.trading.notices.notifier import Notifier, Silent
from novosky.trading.notices.services import open_services


def open_notifier(
    config: NotifyConfig, title: str, notes: Notes, environment: Mapping[str, str] = os.environ
) -> Notifier:
    """Who is told under the group `notify`; `title` says which bot speaks. Raises ConfigError."""
    if config.kind == "none":
        return Silent()
    services = open_services(str(config.urls_env), config.timeout_s, environment)
    return BackgroundNotifier(services, title, config.events, config.per_hour, notes)
