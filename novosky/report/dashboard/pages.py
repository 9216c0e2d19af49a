"""Report pages on the disk, each under a name of our own: what a browser asks for is never a path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

SHOWN: Final = 12
PAGE: Final = "report.html"


class Page(NamedTuple):
    """A page that a run left."""

    id: str
    mode: str
    made_ms: int  # when the file was last written
    file: Path


def pages(runs: Path, limit: int = SHOWN) -> list[Page]:
    """The newest first; links are not followed, for they may lead anywhere."""
    found = []
    for file in runs.glob(f"*/*/{PAGE}"):
        if any(part.is_symlink() for part in (file, file.parent, file.parent.parent)):
            continue
        try:
            made_ms = file.stat().st_mtime_ns // 1_000_000
        except OSError:
            continue
        name = file.relative_to(runs).as_posix()
        found.append(Page(hashlib.sha256(name.encode()).hexdigest()[:16], file.parts[-3], made_ms, file))
    return sorted(found, key=lambda page: (-page.made_ms, page.id))[:limit]


def page_rows(found: Sequence[Page]) -> list[dict[str, Any]]:
    """For links."""
    return [{"id": page.id, "mode": page.mode, "run": page.file.parent.name, "made_ms": page.made_ms} for page in found]
