"""From the configuration to a listener; the token is read here, from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from novosky.config.schema.notify import TelegramConfig
from novosky.errors import ConfigError
from novosky.trading.notices.notes import Notes
from novosky.trading.notices.services import EXTRA
from novosky.trading.telegram.commands import Commands

if TYPE_CHECKING:
    from novosky.trading.telegram.listener import Listener

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")


def listen(
    config: TelegramConfig, commands: Commands, notes: Notes, environment: Mapping[str, str] = os.environ
) -> Listener | None:
    """A started listener that feeds `commands`; None where Telegram is not enabled. Raises ConfigError."""
    if not config.enabled:
        return None
    if find_spec("requests") is None:
        raise ConfigError(f"notify.telegram.enabled: expected the package requests, found none; {EXTRA}")
    from novosky.trading.telegram.listener import Listener, Settings

    token = environment.get(config.token_env, "").strip()
    if not TOKEN.fullmatch(token):
        found = "nothing" if not token else "something else"
        raise ConfigError(
            f"notify.telegram.token_env={config.token_env}: expected a bot's token (NUMBER:LETTERS, from @BotFather) "
            f"in this environment variable, found {found}"
        )
    settings = Settings(
        config.api_url, token, tuple(config.chat_ids), config.poll_timeout_s, config.confirm_s, Path(config.state)
    )
    listener = Listener(settings, commands, notes)
    listener.start()
    return listener
