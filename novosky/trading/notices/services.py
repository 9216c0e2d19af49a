"""The services that Apprise reaches, by addresses that nobody else gets to see.

An address holds its service's secrets, so that it must not leave this file: Apprise's own log, which names addresses
that it cannot read, is switched off, and what is said of a service is its name and its place in the list.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from novosky.errors import ConfigError

EXTRA = "install the extra `notify` (uv sync --extra notify)"
_TYPES = {"info": "info", "warning": "warning", "alarm": "failure"}
_BETWEEN = re.compile(r"[\s,;]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")


class Service:
    """One service; `name` is safe to print."""

    def __init__(self, name: str, apprise: Any) -> None:
        self.name = name
        self._apprise = apprise

    def send(self, level: str, title: str, text: str) -> bool:
        """Whether the service took it. Waits, as long as the service's time limit; never raises."""
        try:
            return bool(self._apprise.notify(body=text, title=title, notify_type=_TYPES[level], body_format="text"))
        except Exception:  # a service of 130 that breaks must not break more; its words may hold its address
            return False


def open_services(urls_env: str, timeout_s: float, environment: Mapping[str, str]) -> list[Service]:
    """The services whose addresses the variable holds, each with its time limit.

    Raises ConfigError where Apprise is not installed, the variable is empty, or an address cannot be read.
    """
    try:
        import apprise
    except ImportError as error:
        raise ConfigError(f"notify=apprise: expected the package apprise, found none; {EXTRA}") from error
    logging.getLogger("apprise").disabled = True
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # names paths of addresses
    addresses = [one for one in _BETWEEN.split(environment.get(urls_env, "").strip(" \t\r\n,;")) if one]
    if not addresses:
        raise ConfigError(
            f"notify.urls_env={urls_env}: expected addresses in this environment variable, found nothing; "
            f"set it, for instance to tgram://TOKEN/CHAT or mailto://USER:PASSWORD@HOST"
        )
    # In the caller's thread: threads of Apprise's own would have to end before the program can.
    asset = apprise.AppriseAsset(app_id="NOVOSKY", app_desc="NOVOSKY", app_url="", async_mode=False, service_timeout=0)
    services = []
    for place, address in enumerate(addresses, 1):
        found = apprise.Apprise.instantiate(address, asset=asset)
        if found is None:
            raise ConfigError(
                f"{urls_env}: address {place} of {len(addresses)} ({_schema(address)}) is none that Apprise can read; "
                f"see https://github.com/caronc/apprise/wiki for the service's form"
            )
        _limit_time(found, timeout_s)
        one = apprise.Apprise(asset=asset)
        one.add(found)
        services.append(Service(f"{place} ({found.service_name})", one))
    return services


def _limit_time(service: Any, timeout_s: float) -> None:
    """Where the address itself (rto, cto) sets no other."""
    for name in ("socket_connect_timeout", "socket_read_timeout"):
        if getattr(service, name) == getattr(type(service), name):
            setattr(service, name, timeout_s)


def _schema(address: str) -> str:
    """The only part of an address that may be shown."""
    schema, mark, _ = address.partition("://")
    return f"{schema}://" if mark and re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,15}", schema) else "without a schema"
