"""`mode=monitor`: the bot's ledger against limits and against what the promoted revision was judged by."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.config.schema.trade import LIVE_LEDGER
from novosky.errors import ConfigError, UserError
from novosky.models.revision.places import revision_places
from novosky.modes.blocks import fingerprints_block
from novosky.modes.monitor_screen import show_monitor
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.volatile import volatile_block
from novosky.trading.ledger.reading import read_ledger
from novosky.trading.ledger.rows import Entry
from novosky.trading.monitor.announce import announce
from novosky.trading.monitor.blocks import report_block
from novosky.trading.monitor.limits import Limits
from novosky.trading.monitor.promise import Promise, promise_of
from novosky.trading.monitor.report import Report, Terms, report_of
from novosky.trading.notices.connect import open_notifier
from novosky.trading.notices.notes import Notes

FLUSH_S = 10.0


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where something alarms; a ledger without trades is no alarm."""
    started = time.time()
    ledger = _ledger(config)
    promise, without = _promise(config)
    reports = [report_of(bot, entries, terms_of(config), promise) for bot, entries in ledger.items()]
    notifier = open_notifier(config.notify, "monitor", Notes())
    told = announce(reports, notifier)
    tally = notifier.close(FLUSH_S)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "monitor",
        "summary": _summary(config, reports),
        "promise": None if promise is None else promise.revision,
        "without_promise": without,
        "limits": asdict(config.monitor),
        "bots": [report_block(report) for report in reports],
        "fingerprints": fingerprints_block(config),
        "volatile": volatile_block(started, told=told, notices=asdict(tally)),
    }
    write_json(run_dir / "result.json", result)
    show_monitor(result, config.account.currency, run_dir)
    return ModeResult(ANSWER_IS_NO if any(report.alarms for report in reports) else DONE)


def _ledger(config: Config) -> dict[str, list[Entry]]:
    """Of the bots that are asked for, those that wrote something; none where there is no file yet."""
    url, name = config.trade.ledger or LIVE_LEDGER, config.trade.bot
    if not _is_there(url):
        return {}
    found = read_ledger(url)
    if name is not None and found and name not in found:
        raise ConfigError(f"trade.bot={name}: expected one of {', '.join(found)}, which the ledger holds")
    return {bot: entries for bot, entries in found.items() if name in (None, bot) and entries}


def _is_there(url: str) -> bool:
    """Opening a SQLite file would make it; what is no URL is refused where it is opened."""
    try:
        parsed = make_url(url)
    except Exception:  # every kind of wrong URL has its own
        return True
    return parsed.get_backend_name() != "sqlite" or Path(str(parsed.database)).is_file()


def _promise(config: Config) -> tuple[Promise | None, str]:
    """Of the revision that trades, or why there is none: the limits hold without it."""
    try:
        return promise_of(revision_places(config)), ""
    except UserError as error:
        return None, str(error)


def terms_of(config: Config) -> Terms:
    """What is asked of the figures."""
    monitor = config.monitor
    limits = Limits(
        min_win_rate=monitor.min_win_rate,
        min_profit_factor=monitor.min_profit_factor,
        max_losses_in_row=monitor.max_losses_in_row,
        max_drawdown_pct=monitor.max_drawdown_pct,
        min_trades=monitor.min_trades,
    )
    clock = config.profile.loss_clock
    return Terms(limits, monitor.lookback, monitor.alpha, monitor.cost_tolerance_r, clock)


def _summary(config: Config, reports: Sequence[Report]) -> str:
    where = (config.trade.ledger or LIVE_LEDGER).rpartition("@")[2]
    if not reports:
        return f"No ledger yet at {where}: nothing was traded, nothing alarms."
    alarms = sum(len(report.alarms) for report in reports)
    closed = sum(len(report.trades.closed) for report in reports)
    if not closed:
        return "No trade was closed yet: nothing to judge, nothing alarms."
    trades = f"{closed} closed trade{'s' if closed != 1 else ''}"
    return f"{trades}: {'nothing alarms' if not alarms else f'{alarms} alarm' + ('s' if alarms != 1 else '')}."
