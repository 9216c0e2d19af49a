"""What notices and commands from a chat need."""

from __future__ import annotations

from urllib.parse import urlsplit

from novosky.config.schema import Config
from novosky.errors import ConfigError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _check_services(config: Config) -> None:
    if config.notify.kind == "apprise" and not config.notify.urls_env:
        raise ConfigError("notify.urls_env: required with notify=apprise; add notify.urls_env=<NAME of a variable>")


def _check_message(config: Config) -> None:
    if config.mode == "notify" and not config.notify.message.strip():
        raise ConfigError('notify.message: required with mode=notify; add notify.message="text"')


def _check_telegram(config: Config) -> None:
    telegram = config.notify.telegram
    if telegram.enabled and not telegram.chat_ids:
        raise ConfigError(
            "notify.telegram.chat_ids: required with notify.telegram.enabled=true; add notify.telegram.chat_ids=[ID] "
            "(docs/notices.md says how a chat's number is found)"
        )
    address = urlsplit(telegram.api_url)
    if not address.hostname or (address.scheme != "https" and address.hostname not in LOOPBACK):
        raise ConfigError(
            "notify.telegram.api_url: expected https://HOST, because the bot's token travels in every request; "
            "http:// is for this machine alone"
        )
    if address.username or address.query or address.fragment:
        raise ConfigError("notify.telegram.api_url: expected an address without user, password, ? and #")


NOTIFY_CHECKS = (_check_services, _check_message, _check_telegram)
