"""The ledger as it grows: each look reads what was written since the last one, and keeps what is shown of it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from novosky.errors import NovoskyError, UserError
from novosky.trading.ledger.engine import one_view, shown
from novosky.trading.ledger.migrations import STEPS, schema_version
from novosky.trading.ledger.read_only import read_only_engine
from novosky.trading.ledger.reading import read_entries
from novosky.trading.ledger.rows import GUARD, Decision, Entry, Equity, Event
from novosky.trading.ledger.state import LedgerState
from novosky.trading.ledger.tables import ENTRIES

KEPT_DECISIONS: Final = 300  # with their gates; of the others the bar remains
KEPT_EVENTS: Final = 200
STARTED, STOPPED, NOT_OPENED = "started", "stopped", "not_opened"
Bar = tuple[int, float, float, float, float]  # open time in UTC ms, open, high, low, close


@dataclass
class Book:
    """What is kept of one bot's rows. Times are the bot's clock, UTC ms; of a replay that is the bars' time."""

    bot: str
    state: LedgerState = field(default_factory=LedgerState)
    entries: list[Entry] = field(default_factory=list)  # decisions without gates and details, no chatter
    bars: list[Bar] = field(default_factory=list)  # as the bot saw them when it decided
    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=KEPT_DECISIONS))
    verdicts: Counter[str] = field(default_factory=Counter)
    events: deque[tuple[int, Event]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    held: dict[str, int] = field(default_factory=dict)  # guards that hold -> since when
    refused: dict[int, str] = field(default_factory=dict)  # bar -> why its entry was not sent at the open
    run: Event | None = None  # the last start
    run_ms: int = 0
    stop: Event | None = None  # of that run, where it is over
    stop_ms: int = 0
    book: Mapping[str, Any] = field(default_factory=dict)  # the account as the core saw it at the last close

    def take(self, entry: Entry) -> None:
        """The next row."""
        row = entry.row
        self.state.apply(entry)
        if isinstance(row, Decision):
            self._decided(row)
            entry = replace(entry, row=replace(row, gates={}, details={}))
        elif isinstance(row, Event):
            self._happened(entry.time_ms, row)
            if row.name != "parity":  # nothing else of them enters a figure
                return
        self.entries.append(entry)

    def _decided(self, row: Decision) -> None:
        details = dict(row.details)
        checkpoint = details.pop("checkpoint", None)
        if checkpoint is not None:
            self.book = checkpoint["book"]
        if "bar" in details and (not self.bars or row.bar_time_ms > self.bars[-1][0]):
            o, h, low, c = details["bar"][:4]
            self.bars.append((row.bar_time_ms, o, h, low, c))
        self.decisions.append(replace(row, details=details))
        self.verdicts[row.verdict] += 1

    def _happened(self, time_ms: int, row: Event) -> None:
        if row.name == STARTED:
            self.run, self.run_ms, self.stop = row, time_ms, None
        elif row.name == STOPPED:
            self.stop, self.stop_ms = row, time_ms
        elif row.name == GUARD and row.details.get("answer") == "free":
            self.held.pop(row.details["guard"], None)
        elif row.name == GUARD:
            self.held.setdefault(row.details["guard"], time_ms)
        elif row.name == NOT_OPENED and "bar_ms" in row.details:
            self.refused[row.details["bar_ms"]] = str(row.details["why"])
        if row.level != "info" or row.name in (STARTED, STOPPED, "daily_report", "money_moved", NOT_OPENED):
            self.events.append((time_ms, row))

    @property
    def equities(self) -> list[Entry]:
        """The account at each bar's close."""
        return [entry for entry in self.entries if isinstance(entry.row, Equity)]


class Follower:
    """One ledger. What was read stays where a look fails, so that a page has something to show beside the reason."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.shown = shown(make_url(url))
        self.file = sqlite_file(url)
        self.books: dict[str, Book] = {}
        self.is_wanted = False  # until it is, the names of its bots are all that is read

    def look(self) -> bool:
        """Take in what is new; whether there was anything. NovoskyError where the ledger cannot be read."""
        if self.file is not None and not self.file.is_file():
            had, self.books = bool(self.books), {}
            return had
        engine = read_only_engine(self.url)
        try:
            with one_view(engine) as connection:
                self._check(connection)
                return self._read(connection)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            if "not a database" in reason:
                raise UserError(f"ledger {self.shown}: expected a bot's ledger, found a file that is none") from error
            raise NovoskyError(f"ledger {self.shown}: the database refused ({reason})") from error
        finally:
            engine.dispose()

    def _check(self, connection: Connection) -> None:
        version = schema_version(connection)
        if version != len(STEPS):
            raise UserError(
                f"ledger {self.shown}: expected schema {len(STEPS)}, found {version or 'no ledger'}; an older one is "
                "brought up to date when the bot starts"
            )

    def _read(self, connection: Connection) -> bool:
        names = connection.execute(select(ENTRIES.c.bot).distinct().order_by(ENTRIES.c.bot)).scalars().all()
        before = list(self.books)
        self.books = {name: self.books.get(name) or Book(name) for name in names}
        is_new = before != list(self.books)
        for name, book in list(self.books.items()) if self.is_wanted else ():
            going_on = book if self._goes_on(connection, book.state, name) else Book(name)
            self.books[name] = going_on
            for entry in read_entries(connection, name, going_on.state.number):
                going_on.take(entry)
                is_new = True
        return is_new

    @staticmethod
    def _goes_on(connection: Connection, state: LedgerState, bot: str) -> bool:
        """Whether the last row that was read still is where it was; no where another ledger lies there now."""
        query = select(ENTRIES.c.time_ms).where(ENTRIES.c.bot == bot, ENTRIES.c.number == state.number)
        return state.number == 0 or connection.execute(query).scalar_one_or_none() == state.time_ms


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite URL; None for another database."""
    parsed = make_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None
