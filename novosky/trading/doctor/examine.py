"""All checks in their order, each finding as soon as it is there; what a check needs is imported when it is due."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from novosky.config.schema import Config
from novosky.config.schema.trade import LIVE_LEDGER
from novosky.errors import NovoskyError
from novosky.trading.doctor import machine
from novosky.trading.doctor.finding import FAIL, PASS, Finding, refused
from novosky.trading.doctor.secrets import names_in, names_of_terminal, secrets
from novosky.trading.doctor.storage import disk, kill_switch, ledger, outputs

if TYPE_CHECKING:
    from novosky.trading.doctor.look import Seen
    from novosky.trading.doctor.models import ModelSet
    from novosky.trading.doctor.terms import Terms
    from novosky.trading.terminal.port import Terminal

STRICT = "NOVOSKY_STRICT_CONFIG_SYNC"


def examine(config: Config, reach: Callable[[], Terminal], folder: Path) -> Iterator[Finding]:
    """Everything. `reach` opens the terminal, `folder` is where the run is written."""
    yield from of_machine(config, folder)
    now_ms = time.time_ns() // 1_000_000
    try:
        terminal = reach()
    except NovoskyError as error:
        yield refused("connection", "connected", error)
    else:
        terms, seen = _look(config, terminal)
        yield from of_terminal(terms, seen)
        yield from _pinged(terms, terminal, seen)
        terminal.shutdown()
        now_ms = seen.utc_ms
    yield from of_models(config, now_ms)


def failing_part(
    config: Config, terminal: Terminal, folder: Path, found: ModelSet | None = None
) -> tuple[Finding, ...]:
    """What the bot's start has to say, without repeated pings: every finding that does not pass, the failed first.

    `found`: the set that the bot has loaded already.
    """
    terms, seen = _look(config, terminal)
    findings = [
        *of_machine(config, folder),
        *of_terminal(terms, seen),
        *of_models(config, seen.utc_ms, found),
    ]
    amiss = [finding for finding in findings if finding.verdict != PASS]
    return tuple(sorted(amiss, key=lambda finding: finding.verdict != FAIL))


def of_machine(config: Config, folder: Path) -> Iterator[Finding]:
    """Python, libraries, disk, ledger, environment variables, kill switch."""
    kind, notify = config.terminal.kind, getattr(config, "notify", None)
    yield machine.python()
    yield machine.system(kind)
    yield machine.libraries(kind)
    yield machine.threads(config.threads)
    yield outputs(folder)
    yield disk([folder, Path(config.paths.data)], config.doctor.disk_free_mb)
    yield ledger(config.trade.ledger or LIVE_LEDGER)
    if config.trade.kill_file:
        yield kill_switch(Path(config.trade.kill_file))
    yield secrets([*names_of_terminal(config.terminal), *(names_in(notify) if notify is not None else ())])


def of_terminal(terms: Terms, seen: Seen) -> Iterator[Finding]:
    """Connection, clock, symbol, account, limits, bars."""
    from novosky.trading.doctor import account, connection, dealing, inputs, sizes, symbol

    checks = (
        connection.connection, connection.clock, connection.quotes,
        symbol.prices, symbol.contract_size, symbol.tick_value, symbol.volumes, symbol.levels,
        dealing.trade_mode, dealing.execution_mode, dealing.filling, dealing.spread, dealing.swap,
        account.currency, account.leverage, account.position_mode, account.permissions, account.balance,
        account.foreign,
        sizes.margin, sizes.smallest_lot, sizes.trial,
        inputs.history,
    )  # fmt: skip
    for check in checks:
        yield check(terms, seen)


def of_models(config: Config, now_ms: int, found: ModelSet | None = None) -> Iterator[Finding]:
    """The set, its settings, its age, and the calendar; `now_ms` by the terminal's clock."""
    from novosky.trading.doctor import inputs, models

    found = models.ModelSet() if found is None else found
    yield models.revision(config, found)
    yield models.models(config, found)
    in_sync = models.settings(config, found, os.environ.get(STRICT) == "1")
    age = models.training_age(found, now_ms, config.doctor.training_age_days)
    yield from (finding for finding in (in_sync, age) if finding is not None)
    yield inputs.calendar(config, now_ms, config.doctor.calendar_days_ahead)


def _look(config: Config, terminal: Terminal) -> tuple[Terms, Seen]:
    from novosky.trading.doctor.look import look
    from novosky.trading.doctor.terms import terms_of

    terms = terms_of(config)
    return terms, look(terminal, terms)


def _pinged(terms: Terms, terminal: Terminal, seen: Seen) -> Iterator[Finding]:
    """Not where the terminal is silent anyway: each call would wait its time limit out."""
    from novosky.trading.doctor.connection import latency

    if seen.account is not None:
        yield latency(terms, terminal)
