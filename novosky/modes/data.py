"""`mode=data`: fetch or generate the bars, check them, freeze them, and say what they look like."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.config.schema.market import NewsConfig
from novosky.market.bars import utc_text
from novosky.market.calendar import Calendar
from novosky.market.exchange_pages import Report
from novosky.market.load import AskTerminal
from novosky.market.snapshot import Market, open_market
from novosky.modes.news_week import fetch_week, week_alone
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import progress, say, show_table
from novosky.modes.volatile import volatile_block


def run(config: Config, run_dir: Path) -> ModeResult:
    """Open the configured market, show its quality, write `result.json` into `run_dir`."""
    started = time.time()
    if config.news.source == "forexfactory":
        fetched = fetch_week(config.news)
        if config.news.fetch_only:
            return week_alone(config, fetched, run_dir, started)
    with progress("bars") as report:
        market = open_market(config.data, config.news, Path(config.paths.data), report, asker(config, report))
    result = describe(market, config)
    write_json(run_dir / "result.json", result | {"volatile": volatile_block(started)})
    show_table(f"{config.data.symbol} {config.data.timeframe}, {config.data.source}", table_rows(result))
    say(f"snapshot: {market.snapshot.folder}")
    return ModeResult()


def asker(config: Config, report: Report) -> AskTerminal | None:
    """How data=terminal asks for bars: the terminal is reached when they are wanted."""
    if config.data.source != "terminal":
        return None
    from novosky.trading.terminal.connect import open_terminal, settings_of
    from novosky.trading.terminal.history import read_history, require_same

    data = config.data

    def ask(date_from: int, date_to: int) -> NDArray[Any]:
        terminal = open_terminal(settings_of(config.terminal))
        try:
            require_same(terminal, data.symbol, data.point, data.clock)
            return read_history(terminal, data.symbol, data.timeframe, date_from, date_to, report)
        finally:
            terminal.shutdown()

    return ask


def describe(market: Market, config: Config) -> dict[str, Any]:
    """The result of the mode: which snapshot, and what its bars and events are."""
    info = market.snapshot
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "data",
        "snapshot": info.name,
        "bars_hash": info.bars_hash,
        "calendar_hash": info.calendar_hash,
        "bars": len(market.bars),
        "first": utc_text(int(market.bars.time_ms[0])),
        "last": utc_text(int(market.bars.time_ms[-1])),
        "quality": dict(info.quality),
        "source": dict(info.source),
        "facts": dict(info.facts),
        "calendar": None if market.calendar is None else _calendar_block(market.calendar, config.news),
    }


def _calendar_block(calendar: Calendar, news: NewsConfig) -> dict[str, Any]:
    return {
        "events": len(calendar),
        "events_that_count": len(calendar.select(news.currencies, news.min_impact)),
        "currencies": list(news.currencies),
        "min_impact": news.min_impact,
        "from": utc_text(calendar.covers_from_ms),
        "to": utc_text(calendar.covers_to_ms),
    }


def table_rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the screen shows of a result."""
    quality, source = result["quality"], result["source"]
    rows = [
        ("bars", f"{result['bars']}, {result['first']} to {result['last']}"),
        ("left out", _left_out(source)),
        ("gaps", _gaps(quality)),
        ("spread unknown", f"{quality['zero_spread_share']:.1%} of the bars"),
        ("bars without volume", f"{quality['zero_volume_bars']}"),
        ("flat bars", f"{quality['flat_bars']}"),
        ("outlying bars", _listed(quality["outliers"], "from the close before")),
        ("torn bars", _listed(quality["torn"], "between a close and the next open")),
        ("by weekday", "  ".join(f"{day} {count}" for day, count in quality["bars_by_weekday"].items())),
    ]
    if "pages" in source:
        rows.append(("exchange", _exchange(source)))
    if "resampled_from" in source:
        gaps = source["buckets_with_gaps"]
        rows.append(("resampled", f"from {source['resampled_from']}; {gaps} bars lack some of theirs"))
    if quality["closes_off_point_share"]:
        share = quality["closes_off_point_share"]
        rows.append(("finer than a point", f"{share:.1%} of the closes: is data.point too coarse?"))
    if source.get("ambiguous_times"):
        rows.append(("clock change", f"{source['ambiguous_times']} times that the clock shows twice, read in order"))
    if result["facts"].get("oracle_sharpe_expected"):
        facts = result["facts"]
        rows.append(
            (
                "planted edge",
                f"oracle Sharpe {facts['oracle_sharpe_expected']:.2f} a year before costs "
                f"({facts['oracle_sharpe_realised']:.2f} realised on these bars)",
            )
        )
    if result["calendar"] is not None:
        rows.append(("calendar", _calendar(result["calendar"], source)))
    return rows


def _left_out(source: Mapping[str, Any]) -> str:
    rules = "".join(f"; {count}: {rule}" for rule, count in source.get("broken_rules", {}).items())
    return f"{source['rows_dropped']} of {source['rows_read']} rows{rules}"


def _exchange(source: Mapping[str, Any]) -> str:
    """How the pages were, and what is missing at both ends: an exchange may keep its newest bars alone."""
    counted = [
        ("bars_unfinished", "bar left out that closes after data.until"),
        ("bars_repeated", "rows twice in a page"),
        ("bars_revised", "bars that came again with other values, the later ones kept"),
        ("empty_pages", "pages without bars"),
        ("bars_missing_at_start", "bars missing after data.since"),
        ("bars_missing_at_end", "bars missing before data.until"),
    ]
    found = [f"{source[name]} {what}" for name, what in counted if source[name]]
    return "; ".join([f"{source['exchange']} {source['market']}, {source['pages']} pages", *found])


def _gaps(quality: Mapping[str, Any]) -> str:
    largest = quality["largest_gap"]
    if largest is None:
        return "none"
    return (
        f"{quality['gaps']}, {quality['missing_bars']} bars missing; the largest {largest['missing_bars']} bars, "
        f"{largest['after']} to {largest['until']}"
    )


def _listed(found: Mapping[str, Any], of_what: str) -> str:
    named = ", ".join(f"{bar['time']} ({bar['sigmas']:g})" for bar in found["largest"][:3])
    where = f": {named}" + (" ..." if found["count"] > 3 else "") if named else ""
    return f"{found['count']} beyond {found['beyond_sigmas']:g} robust sigma {of_what}{where}"


def _calendar(calendar: Mapping[str, Any], source: Mapping[str, Any]) -> str:
    untimed = source.get("events_without_time", 0)
    left_out = f"; {untimed} without a time left out" if untimed else ""
    return (
        f"{calendar['events']} events, {calendar['events_that_count']} count ({', '.join(calendar['currencies'])}, "
        f"{calendar['min_impact']} and above), {calendar['from']} to {calendar['to']}{left_out}"
    )
