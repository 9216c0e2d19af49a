"""Which ledgers there are to look at: the one that is named, else the bot's at a broker and the newest replays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from novosky.report.dashboard.follow import Book, Follower, sqlite_file

REPLAYS: Final = 4  # newest ones that are offered beside the bot at a broker
REPLAY: Final = "trade/*/ledger.sqlite"  # below the folder of the runs


@dataclass(frozen=True)
class Source:
    """One bot of one ledger, under a name that a browser may ask for."""

    id: str
    bot: str
    follower: Follower

    @property
    def book(self) -> Book:
        return self.follower.books[self.bot]


@dataclass
class Sources:
    """`named` is `trade.ledger`, `bot` is `trade.bot`; None follows what is there."""

    named: str | None
    live: str
    runs: Path
    bot: str | None = None
    followers: dict[str, Follower] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)  # by URL, of the last look

    def look(self) -> bool:
        """Read what is new in each; whether anything was. A ledger that cannot be read is a problem, not an end."""
        is_new = False
        urls = self._urls()
        for url in [url for url in self.followers if url not in urls]:
            del self.followers[url]
            is_new = True
        before, self.problems = self.problems, {}
        for url in urls:
            try:
                follower = self.followers.setdefault(url, Follower(url))
                follower.is_wanted |= url == urls[0]
                is_new |= follower.look()
            except Exception as error:  # whatever a database or a disk comes up with
                self.problems[url] = str(error)
        return is_new or before != self.problems

    def want(self, source: Source) -> None:
        """Somebody looks at this one: from now on it is read whole."""
        if source.follower.is_wanted:
            return
        source.follower.is_wanted = True
        try:
            source.follower.look()
        except Exception as error:
            self.problems[source.follower.url] = str(error)

    def found(self) -> list[Source]:
        """Those that hold a row, the preferred first."""
        return [
            Source(_id(url, name), name, follower)
            for url in self._urls()
            if (follower := self.followers.get(url)) is not None
            for name in follower.books
            if self.bot in (None, name)
        ]

    @property
    def expected(self) -> str:
        """Where a ledger would lie, for a page that has none to show."""
        url = self.named or self.live
        return url.rpartition("@")[2]

    def _urls(self) -> list[str]:
        if self.named:
            return [self.named]
        live = sqlite_file(self.live)
        first = [self.live] if live is None or live.is_file() else []
        replays = [file for file in self.runs.glob(REPLAY) if file.is_file()]
        replays.sort(key=lambda file: file.parent.name, reverse=True)
        return [*first, *(f"sqlite:///{file}" for file in replays[:REPLAYS])]


def _id(url: str, bot: str) -> str:
    return hashlib.sha256(f"{url}\n{bot}".encode()).hexdigest()[:16]
