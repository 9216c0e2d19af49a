"""`mode=dashboard`: the bot at a glance, in this terminal or as a local page; it reads and never writes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.checks.dashboard import MIN_TOKEN
from novosky.config.schema import Config
from novosky.config.schema.trade import LIVE_LEDGER
from novosky.errors import ConfigError
from novosky.models.revision.places import revision_places
from novosky.modes.monitor import terms_of
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import near, say
from novosky.modes.volatile import volatile_block
from novosky.report.dashboard.observer import Observer, Place
from novosky.report.dashboard.sources import Sources
from novosky.trading.bot.start_facts import start_facts

EXTRA = "install the extra `dashboard` (uv sync --extra dashboard), or leave dashboard.view=web away"


def run(config: Config, run_dir: Path) -> ModeResult:
    """Until Ctrl-C; where the output is no terminal the terminal's view is printed once."""
    started = time.time()
    observer = Observer(_place(config))
    result: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "mode": "dashboard", "view": config.dashboard.view}
    if config.dashboard.view == "web":
        result |= _web(config, observer)
    else:
        from novosky.report.dashboard.terminal import watch

        result |= {"summary": watch(observer, config.dashboard.refresh_s)}
    state = observer.state() or {}
    result |= {"bot": state.get("bot"), "account": state.get("account"), "problems": state.get("problems", [])}
    result["volatile"] = volatile_block(started, looks=observer.looks)
    write_json(run_dir / "result.json", result)
    say(f"result: {near(run_dir)}")
    return ModeResult()


def _place(config: Config) -> Place:
    runs = Path(config.dashboard.runs)
    return Place(
        sources=Sources(config.trade.ledger, LIVE_LEDGER, runs, config.trade.bot),
        revisions=revision_places(config),
        loop=Path(config.optimize.folder),
        runs=runs,
        terms=terms_of(config),
        own=start_facts(config),
    )


def _web(config: Config, observer: Observer) -> dict[str, Any]:
    """Serve the page; what the result says of it."""
    token = _token(config.dashboard.token_env)
    try:
        from novosky.report.dashboard.security import Keys
        from novosky.report.dashboard.serve import Page, bound, stopped_by_signals
    except ModuleNotFoundError as error:
        raise ConfigError(f"dashboard.view=web: expected the package {error.name}, found none; {EXTRA}") from None
    dashboard = config.dashboard
    with bound(dashboard.host, dashboard.port) as sock:
        page = Page(observer, sock, dashboard.host, dashboard.refresh_s, Keys(token))
        address = page.address  # the server closes its socket when it stops
        page.ready = lambda: say(f"dashboard: {address}  (Ctrl-C ends it)")
        with stopped_by_signals(page.stop):
            page.run()
    asked = {"answered": page.tally.answered, "refused": page.tally.refused}
    return {"summary": "Stopped.", "address": address, "with_token": bool(token), "requests": asked}


def _token(name: str | None) -> str:
    """The secret itself never enters the configuration or a file."""
    if name is None:
        return ""
    token = os.environ.get(name, "")
    if len(token) < MIN_TOKEN:
        raise ConfigError(
            f"dashboard.token_env={name}: expected an environment variable with a secret of {MIN_TOKEN} characters or "
            f"more, found {len(token) or 'none'}; make one: export {name}=$(python -c 'import secrets; "
            "print(secrets.token_urlsafe(24))')"
        )
    return token
