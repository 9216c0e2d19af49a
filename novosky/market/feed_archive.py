"""Every answer of the week's feed, appended and never changed: what was known of each event, and since when.

One JSON object a line, one line an answer: the week that it covers, what is new or reads otherwise than before, and
what is gone. Each line names the one before by its sha256, so that a past that was rewritten is seen. A line is forced
to disk before it counts; one torn by a crash has no end of line, is passed over, and is cut off by the next append.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from novosky.disk import files
from novosky.errors import DataError, NovoskyError
from novosky.market.weekly_feed import Key, Listed, Week


class Version(NamedTuple):
    """What was listed of an event from `seen_ms` on; None: it was listed no more."""

    seen_ms: int
    listed: Listed | None


@dataclass(slots=True)
class Archive:
    """All answers: `versions` of each event as they came, `weeks` that were listed whole (ms, end excluded)."""

    versions: dict[Key, list[Version]] = field(default_factory=dict)
    weeks: set[tuple[int, int]] = field(default_factory=set)
    answers: int = 0
    last_ms: int | None = None  # time of the last answer
    end: str = ""  # sha256 of the last line
    whole_bytes: int = 0  # up to the end of the last line

    def take(self, line: bytes) -> None:
        """One more answer. Raises ValueError, KeyError or TypeError for a line that is none."""
        said = json.loads(line)
        if said["after"] != self.end:
            raise ValueError("it does not follow the line before")
        seen_ms = _ms(said["at"])
        for change in said["changes"]:
            self._add(_key(change), Version(seen_ms, Listed(**{name: change[name] for name in _LISTED})))
        for gone in said["gone"]:
            self._add(_key(gone), Version(seen_ms, None))
        self.weeks.add((_ms(said["from"]), _ms(said["to"])))
        self.answers, self.last_ms = self.answers + 1, seen_ms
        self.end = hashlib.sha256(line).hexdigest()
        self.whole_bytes += len(line) + 1

    def latest(self, key: Key) -> Listed | None:
        """What was listed last; None of an event that never was, or is no more."""
        return self.versions[key][-1].listed if key in self.versions else None

    def _add(self, key: Key, version: Version) -> None:
        self.versions.setdefault(key, []).append(version)


def read_archive(file: Path) -> Archive:
    """What `file` holds, nothing where there is none. Raises DataError for a line that was changed since."""
    archive = Archive()
    try:
        content = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise DataError(f"calendar archive {file}: expected a readable file, found: {error.strerror}") from error
    *lines, _torn = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            archive.take(line)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"calendar archive {file}: line {number} is not what was written ({error}): bring the file back as it "
                "was, or cut it off before that line; what came after is lost then"
            ) from error
    return archive


class Added(NamedTuple):
    """What an answer brought: events never listed before, ones that read otherwise, and ones that are gone."""

    new: int
    revised: int
    gone: int


def add_answer(file: Path, archive: Archive, week: Week, at_ms: int) -> Added:
    """Append an answer to the file that `archive` was read from; the caller sees to it that nobody else does.

    Raises NovoskyError when it cannot be written; then it is not there.
    """
    changed = {key: listed for key, listed in week.events.items() if archive.latest(key) != listed}
    inside = [key for key in archive.versions if week.from_ms <= key.time_ms < week.to_ms]
    gone = [key for key in inside if key not in week.events and archive.latest(key) is not None]
    new = sum(key not in archive.versions for key in changed)
    line = json.dumps({
        "at": _text(at_ms),
        "from": _text(week.from_ms),
        "to": _text(week.to_ms),
        "listed": len(week.events),
        "changes": [_named(key) | asdict(listed) for key, listed in sorted(changed.items(), key=lambda item: item[0])],
        "gone": [_named(key) for key in sorted(gone)],
        "after": archive.end,
    }, ensure_ascii=False).encode()  # fmt: skip
    try:
        files.make_folder(file.parent)
        if file.exists() and file.stat().st_size > archive.whole_bytes:
            files.truncate(file, archive.whole_bytes)
        files.append(file, line + b"\n")
    except OSError as error:
        raise NovoskyError(
            f"calendar archive {error.filename or file}: could not be written ({error.strerror}); the answer is lost"
        ) from error
    archive.take(line)
    return Added(new, len(changed) - new, len(gone))


_LISTED = tuple(Listed.__dataclass_fields__)


def _named(key: Key) -> dict[str, Any]:
    return {"time": _text(key.time_ms), "country": key.country, "title": key.title}


def _key(said: dict[str, Any]) -> Key:
    return Key(_ms(said["time"]), said["country"], said["title"])


def _text(time_ms: int) -> str:
    """To the millisecond, so that it reads back as it was."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
