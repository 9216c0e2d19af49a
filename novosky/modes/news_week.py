"""The week's feed in `mode=data`: what a fetch brought, on the screen and in the result."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.config.schema.market import NewsConfig
from novosky.errors import NovoskyError
from novosky.market.bars import utc_text
from novosky.market.feed_calendar import calendar_of, is_known, known_runs
from novosky.market.feed_refresh import Refreshed, refresh
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import near, say, show_table
from novosky.modes.volatile import volatile_block


def fetch_week(news: NewsConfig) -> Refreshed:
    """Ask the feed where that is due; what went wrong is said."""
    found = refresh(news, time.time_ns() // 1_000_000)
    if found.warning:
        say(f"! {found.warning}")
    return found


def week_alone(config: Config, found: Refreshed, run_dir: Path, started: float) -> ModeResult:
    """`news.fetch_only`: the archive and nothing else. Raises NovoskyError where this week is still not known."""
    if not is_known(found.archive, round(started * 1000)):
        raise NovoskyError(f"this week's events are not known: {found.warning}; try again in five minutes")
    block = week_block(config.news, found, round(started * 1000))
    result = {"schema_version": SCHEMA_VERSION, "mode": "data", "news": block, "volatile": volatile_block(started)}
    write_json(run_dir / "result.json", result)
    show_table("news=forexfactory", _rows(block, config.news))
    say(f"archive: {near(Path(str(config.news.path)))}")
    return ModeResult()


def week_block(news: NewsConfig, found: Refreshed, now_ms: int) -> dict[str, Any]:
    """What is known; `fetched` is null where the feed was not asked or did not answer."""
    archive = found.archive
    runs = known_runs(archive)
    start, end = next(week for week in sorted(archive.weeks) if week[0] <= now_ms < week[1])
    calendar = calendar_of(archive, start, end - 1).calendar
    return {
        "fetched": None if found.added is None else found.added._asdict(),
        "warning": found.warning,
        "answers": archive.answers,
        "last_answer": None if archive.last_ms is None else utc_text(archive.last_ms),
        "events": len(archive.versions),
        "known": [{"from": utc_text(start), "to": utc_text(end)} for start, end in runs],
        "this_week": {"events": len(calendar), "that_count": [
            utc_text(int(time_ms)) for time_ms in calendar.select(news.currencies, news.min_impact)
        ]},
    }  # fmt: skip


def _rows(block: dict[str, Any], news: NewsConfig) -> list[tuple[str, str]]:
    fetched, week = block["fetched"], block["this_week"]
    told = "nothing: the last answer is fresh enough"
    if fetched is not None:
        told = f"{fetched['new']} new events, {fetched['revised']} revised, {fetched['gone']} gone"
    elif block["warning"]:
        told = "nothing: the feed gave no answer"
    times = week["that_count"]
    which = f"{', '.join(news.currencies)}, {news.min_impact} and above"
    return [
        ("fetched", told),
        ("this week", f"{week['events']} events, {len(times)} count ({which})"),
        ("that count", "  ".join(text.removesuffix(" UTC") for text in times) + " UTC" if times else "none"),
        ("known weeks", "; ".join(f"{run['from']} to {run['to']}" for run in block["known"])),
        ("archive", f"{block['events']} events from {block['answers']} answers, the last of {block['last_answer']}"),
    ]
