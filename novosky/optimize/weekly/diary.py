"""The week's diary: which phase is where, and what the later ones need of it; replaced whole, forced to disk."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from novosky.disk import files
from novosky.disk.text import as_json
from novosky.errors import DataError
from novosky.market.bars import utc_text

SCHEMA_VERSION = 1
PENDING, RUNNING, DONE, SKIPPED, NO, FAILED = "pending", "running", "done", "skipped", "no", "failed"
OVER = (DONE, SKIPPED, NO)


class Diary:
    """One week. Every change is on disk when the call returns; a kill leaves the diary before or after it."""

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self.path, self.content = path, content

    @classmethod
    def new(cls, path: Path, asked: str, names: list[str], now_s: float) -> Diary:
        """A week that has not begun; `asked` names its settings."""
        made = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
        phases = [{"name": name, "state": PENDING, "seconds": 0.0, "said": ""} for name in names]
        about = {"schema_version": SCHEMA_VERSION, "week": made, "started_s": now_s, "asked": asked, "ended": False}
        diary = cls(path, {**about, "stop": None, "starts": 1, "phases": phases, "facts": {}})
        diary.write()
        return diary

    @classmethod
    def read(cls, path: Path) -> Diary | None:
        """None where there is none; DataError when it is not what was written."""
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_bytes())
            known = content["schema_version"] == SCHEMA_VERSION and {"week", "phases", "facts"} <= content.keys()
        except (ValueError, KeyError, TypeError, AttributeError):
            known = False
        if not known:
            raise DataError(
                f"{path}: expected the diary of a week (schema {SCHEMA_VERSION}), found something else; nothing was "
                "changed: remove the file to begin a new week"
            )
        return cls(path, content)

    def write(self) -> None:
        """All of it, by one rename."""
        following = self.path.with_name(f".{self.path.name}.new")
        files.make_folder(self.path.parent)
        files.write(following, as_json(self.content))
        files.rename(following, self.path)
        files.force_folder(self.path.parent)

    @property
    def week(self) -> str:
        """Its name: when it began, UTC."""
        return str(self.content["week"])

    @property
    def facts(self) -> dict[str, Any]:
        """What phases leave to later ones; written with the phase's end, or by `write`."""
        found: dict[str, Any] = self.content["facts"]
        return found

    @property
    def phases(self) -> list[dict[str, Any]]:
        """A row a phase, in order."""
        found: list[dict[str, Any]] = self.content["phases"]
        return found

    def state(self, name: str) -> str:
        """Of a phase."""
        return str(self._row(name)["state"])

    def enter(self, name: str, state: str, said: str = "", seconds: float = 0.0) -> None:
        """A phase's new state; seconds of several starts add up."""
        row = self._row(name)
        row["state"], row["said"] = state, said
        row["seconds"] = round(row["seconds"] + seconds, 1)
        self.write()

    def open_phase(self) -> str | None:
        """The first phase that is not over."""
        return next((row["name"] for row in self.phases if row["state"] not in OVER), None)

    def begin_again(self, again: tuple[str, ...]) -> None:
        """Another start of the same week: phases that told its end are done anew."""
        for row in self.phases:
            if row["state"] in (RUNNING, FAILED) or row["name"] in again:
                row["state"], row["said"] = PENDING, ""
        self.content |= {"starts": self.content["starts"] + 1, "stop": None, "ended": False}
        self.write()

    def stop(self, phase: str) -> None:
        """The week goes no further than this phase."""
        self.content["stop"] = phase
        self.write()

    def end(self) -> None:
        """Nothing is left to go on with."""
        self.content["ended"] = True
        self.write()

    def told(self) -> str:
        """`week 20260131T020000Z, begun 2026-01-31 02:00 UTC`."""
        return f"week {self.week}, begun {utc_text(int(self.content['started_s'] * 1000))}"

    def _row(self, name: str) -> dict[str, Any]:
        return next(row for row in self.phases if row["name"] == name)
