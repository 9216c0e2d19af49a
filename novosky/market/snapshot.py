"""A market, frozen: read once from its source, then always from the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from novosky.config.instants import instant_ms
from novosky.config.schema.market import GENERATED_SOURCES, DataConfig, NewsConfig
from novosky.errors import ConfigError, DataError
from novosky.market.bars import Bars, utc_text
from novosky.market.calendar import Calendar, require_cover
from novosky.market.calendar_csv import read_calendar_csv
from novosky.market.exchange_pages import Report
from novosky.market.feed_archive import read_archive
from novosky.market.feed_calendar import FeedCalendar, calendar_of
from novosky.market.load import AskTerminal, bars_from_exchange, bars_from_file, bars_from_terminal
from novosky.market.quality import quality
from novosky.market.snapshot_files import Contents, read_snapshot, write_snapshot
from novosky.market.sources import READERS, file_bytes
from novosky.market.synthetic import GENERATOR_VERSION, generate
from novosky.market.timeframes import timeframe_minutes

SCHEMA_VERSION = 1

_USED = dict.fromkeys(READERS, ("clock", "repair")) | {
    "ccxt": ("repair", "exchange", "market", "api_url"),
    "terminal": ("clock", "repair"),
}
"""Settings of a source that its bars depend on; those of generated markets where none are named."""


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """Which snapshot the bars come from and what is known of them.

    `quality` counts gaps and doubtful bars, `source` what the reader did (rows dropped, resampling, events without a
    time), `facts` the edge of a generated market (empty for files).
    """

    name: str
    folder: Path
    bars_hash: str
    calendar_hash: str | None
    quality: Mapping[str, Any]
    source: Mapping[str, Any]
    facts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Market:
    """Bars, the events around them (None without news), and where both come from."""

    bars: Bars
    calendar: Calendar | None
    snapshot: SnapshotInfo


def open_market(
    data: DataConfig,
    news: NewsConfig,
    folder: Path,
    report: Report = lambda _text, _share: None,
    ask: AskTerminal | None = None,
) -> Market:
    """The market of a configuration: its snapshot under `folder` if there is one, else loaded, checked and written.

    A snapshot is found by the source's settings and, for files, the sha256 of their bytes; nothing overwrites one.
    With `data.snapshot` it must be that one, and is then read without the files where no path is given. An exchange, or
    a terminal by `ask`, is asked only where there is no snapshot yet; `report` hears how far that is.

    Raises DataError when the source, or a snapshot edited since, breaks its contract; ConfigError when settings
    contradict each other; NovoskyError when the snapshot cannot be written, or the exchange not be read.
    """
    if data.snapshot is not None and _without_files(data, news):
        name, contents = data.snapshot, _named(data, news, folder)
    else:
        name, contents = _found(data, news, folder, report, ask)
    meta = contents.meta
    info = SnapshotInfo(
        name=name,
        folder=folder / name,
        bars_hash=meta["bars"]["content_hash"],
        calendar_hash=meta["calendar"]["content_hash"] if meta["calendar"] else None,
        quality=meta["quality"],
        source=meta["source"],
        facts=meta["facts"],
    )
    return Market(contents.bars, contents.calendar, info)


def _found(
    data: DataConfig, news: NewsConfig, folder: Path, report: Report, ask: AskTerminal | None
) -> tuple[str, Contents]:
    """Name and contents by the source's settings and bytes."""
    sources = _Sources(data, news, report=report, ask=ask)
    settings = sources.settings()
    key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    name = f"{data.source}-{data.symbol}-{data.timeframe}-{key}"
    if data.snapshot not in (None, name):
        raise ConfigError(
            f"data.snapshot={data.snapshot}: these settings give the snapshot {name}; set it so, or data.snapshot=null "
            "to leave it open, or take the settings back"
        )
    contents = read_snapshot(folder / name)
    return name, contents or write_snapshot(folder / name, sources.load(settings))


def _without_files(data: DataConfig, news: NewsConfig) -> bool:
    if data.source not in READERS:
        return news.source == "forexfactory"  # what was fetched since says nothing about the snapshot
    return data.path is None or (news.source == "csv" and news.path is None)


def _named(data: DataConfig, news: NewsConfig, folder: Path) -> Contents:
    """The snapshot that `data.snapshot` names, if it was read from its files by the same settings."""
    contents = read_snapshot(folder / str(data.snapshot))
    if contents is None:
        raise DataError(
            f"data.snapshot={data.snapshot}: no such snapshot in {folder}; bring it there (dvc pull data.dvc), or make "
            "it from its file: mode=data data.path=<file>"
        )
    then, now = contents.meta["settings"], _Sources(data, news, is_read=False).settings()
    for name in sorted((then.keys() | now.keys()) - {"file_sha256", "news_sha256"}):
        if then.get(name) != now.get(name):
            raise ConfigError(
                f"data.snapshot={data.snapshot}: was made with {name}={then.get(name)}, found {now.get(name)}; set it "
                "back, or data.snapshot=null with data.path=<file>"
            )
    return contents


class _Sources:
    """The bytes of the source files, read once, and what is made of them."""

    def __init__(
        self,
        data: DataConfig,
        news: NewsConfig,
        is_read: bool = True,
        report: Report = lambda _text, _share: None,
        ask: AskTerminal | None = None,
    ) -> None:
        self.data, self.news, self.report, self.ask = data, news, report, ask
        self.from_file = data.source in READERS
        if news.source == "synthetic" and data.source not in GENERATED_SOURCES:
            raise ConfigError(
                f"news=synthetic is made with a generated market, found data={data.source}: set news=csv or news=none"
            )
        self.bars_file = file_bytes(data.path, "data.path") if self.from_file and is_read else b""
        self.news_file = file_bytes(news.path, "news.path") if news.source == "csv" and is_read else b""
        self.is_fed = news.source == "forexfactory" and is_read

    def settings(self) -> dict[str, Any]:
        """What the snapshot depends on; no path, so that it is the same on every machine."""
        values = asdict(self.data)
        used = _USED.get(self.data.source, ("bars", "start", "seed", "oracle_sharpe"))
        settings = {name: values[name] for name in ("source", "symbol", "timeframe", "point", *used)}
        if self.from_file:
            settings["file_sha256"] = hashlib.sha256(self.bars_file).hexdigest()
        elif self.data.source in ("ccxt", "terminal"):
            for name in ("since", "until"):  # however they are written
                settings[name] = values[name] and utc_text(instant_ms(f"data.{name}", values[name]))
        else:
            settings["generator_version"] = GENERATOR_VERSION
            if self.data.structure != "trend":  # snapshots from before there was a choice keep their name
                settings["structure"] = self.data.structure
        settings["news"] = self.news.source
        if self.news_file:
            settings["news_sha256"] = hashlib.sha256(self.news_file).hexdigest()
        if self.is_fed:
            settings["news_sha256"] = self._feed.calendar.content_hash()
        return settings

    def load(self, settings: dict[str, Any]) -> Contents:
        """Load, check and describe the market."""
        bars, calendar, notes, facts = self._bars
        if self.news.source == "csv":
            calendar, untimed = read_calendar_csv(self.news_file, Path(str(self.news.path)).name)
            notes["events_without_time"] = untimed
        if self.is_fed:
            calendar = self._feed.calendar
            notes["events_listed_late"] = self._feed.late
        if calendar is not None:
            require_cover(calendar, bars)
        meta = {
            "schema_version": SCHEMA_VERSION,
            "settings": settings,
            "source": notes,
            "quality": quality(bars),
            "facts": facts,
        }
        return Contents(bars, calendar, meta)

    @cached_property
    def _feed(self) -> FeedCalendar:
        """The calendar of the weeks that hold the bars: weeks fetched later leave the snapshot as it is."""
        first, end = self._range()
        return calendar_of(read_archive(Path(str(self.news.path))), first, end - 1)

    def _range(self) -> tuple[int, int]:
        """First open and last close of the bars, or bounds of both: nobody is asked for bars to know them."""
        data = self.data
        if self.from_file:
            bars = self._bars[0]
            return int(bars.time_ms[0]), int(bars.time_ms[-1]) + bars.timeframe_ms
        if data.source in ("ccxt", "terminal"):
            return instant_ms("data.since", str(data.since)), instant_ms("data.until", str(data.until))
        first = instant_ms("data.start", str(data.start))
        return first, first + int(data.bars or 0) * timeframe_minutes(data.timeframe) * 60_000

    @cached_property
    def _bars(self) -> tuple[Bars, Calendar | None, dict[str, Any], dict[str, float]]:
        if self.from_file:
            bars, notes = bars_from_file(self.data, self.bars_file)
            return bars, None, {"file": Path(str(self.data.path)).name, **notes}, {}
        if self.data.source == "ccxt":
            bars, notes = bars_from_exchange(self.data, self.report)
            return bars, None, notes, {}
        if self.data.source == "terminal":
            bars, notes = bars_from_terminal(self.data, self.ask)
            return bars, None, notes, {}
        made = generate(self.data)
        calendar = made.calendar if self.news.source == "synthetic" else None
        return made.bars, calendar, {"rows_read": len(made.bars), "rows_dropped": 0}, made.facts()
