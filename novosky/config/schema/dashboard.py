"""Keys of `mode=dashboard`: where it shows itself, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

VIEWS = ("terminal", "web")


@dataclass
class DashboardConfig:
    view: str = key("terminal", "terminal: in this window; web: a local page for the browser", choices=VIEWS)
    host: str = key("127.0.0.1", "address that the page is served at; another than this machine's own needs a token")
    port: int = key(REQUIRED, "port of the page", ge=1, le=65535)
    refresh_s: float = key(2.0, "seconds between looks at the ledger", ge=0.2, le=3600)
    token_env: str | None = key(None, "NAME of the environment variable that holds the token which the page asks for")
    runs: str = key("outputs/runs", "folder of the runs whose replays are followed and whose reports are linked")
