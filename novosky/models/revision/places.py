"""Where revisions lie: `models/` (DVC's) holds a folder each and the pointer, `revisions/` (git's) their records.

models/pointer.json             which revision trades
models/v20260131-p3/signal/...  a set, with its card, its settings and the trades it was judged by
revisions/v20260131-p3.json     what these files are, by hash, and what is known of them
.models.moving/                 what is being put there: the lock, the next folder, the intent
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from novosky.config.schema import Config

WORK = "promote or pull"


@dataclass(frozen=True)
class RevisionPlaces:
    """`models` and what moves into it share a disk; `records` may lie elsewhere."""

    models: Path
    records: Path

    @property
    def pointer(self) -> Path:
        """Names the revision that trades; replaced by one rename."""
        return self.models / "pointer.json"

    @property
    def moving(self) -> Path:
        """Beside `models`, so that DVC never sees anything half done."""
        return self.models.with_name(f".{self.models.name}.moving")

    @property
    def lock(self) -> Path:
        """Who promotes or pulls now."""
        return self.moving / "lock.json"

    @property
    def intent(self) -> Path:
        """Once it is there, the move is gone on with."""
        return self.moving / "intent.json"

    @property
    def following(self) -> Path:
        """The next revision's folder, before it moves in."""
        return self.moving / "next"

    @property
    def former(self) -> Path:
        """A damaged folder of the same revision, before it goes."""
        return self.moving / "former"

    def folder(self, tag: str) -> Path:
        """The files of a revision."""
        return self.models / tag

    def record(self, tag: str) -> Path:
        """The record of a revision."""
        return self.records / f"{tag}.json"


def revision_places(config: Config) -> RevisionPlaces:
    """As the configuration says."""
    return RevisionPlaces(Path(config.paths.models), Path(config.paths.revisions))
