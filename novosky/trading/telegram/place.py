"""The place in the stream of updates, on disk before a command is done: none is done twice, whatever falls over."""

from __future__ import annotations

import json
from pathlib import Path

from novosky.disk import files
from novosky.disk.text import as_json

# Telegram keeps what was not fetched for 24 hours, and after a week without any update it begins to count anew,
# maybe below: https://core.telegram.org/bots/api#update. An older place tells nothing and could hide new messages.
USEFUL_S = 2 * 86_400


class Place:
    """The next update of one bot, in one file."""

    def __init__(self, path: Path, bot_id: str, now_s: float) -> None:
        self._path, self._bot_id = path, bot_id
        self._next, self._since_s = self._read(now_s)

    def next(self, now_s: float) -> int | None:
        """Number of the first update that was not seen; None where that is not known."""
        return self._next if now_s - self._since_s < USEFUL_S else None

    def move(self, next_update: int, now_s: float) -> bool:
        """Everything before `next_update` was seen. False where it could not be written."""
        self._next, self._since_s = next_update, now_s
        content = as_json({"bot": self._bot_id, "next_update": next_update, "time_s": int(now_s)})
        beside = self._path.with_name(self._path.name + ".new")
        try:
            files.make_folder(self._path.parent)
            files.write(beside, content)
            files.rename(beside, self._path)
        except OSError:
            return False
        return True

    def _read(self, now_s: float) -> tuple[int | None, float]:
        """A file that is missing, broken or another bot's tells nothing."""
        try:
            kept = json.loads(self._path.read_bytes())
            if kept["bot"] != self._bot_id:
                return None, now_s
            return int(kept["next_update"]), float(kept["time_s"])
        except (OSError, ValueError, KeyError, TypeError):
            return None, now_s
