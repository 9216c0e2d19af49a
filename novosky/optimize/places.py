"""Where the state of a loop lies, and how its content is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from novosky.config.schema import Config

Contents = Mapping[str, str]  # sha256 of each file by its path in the folder, with / between the parts


@dataclass(frozen=True)
class Places:
    """What a COMMIT changes as one, and `folder` for all that the loop keeps about it."""

    train: Path  # the working set: paths.train
    current: Path  # conf/experiment/current.yaml
    folder: Path  # outputs/optimize

    @classmethod
    def of(cls, config: Config) -> Places:
        """Where the configuration has them."""
        return cls(Path(config.paths.train), Path(config.optimize.current), Path(config.optimize.folder))

    @property
    def log(self) -> Path:
        """A list with an entry for each COMMIT and REVERT."""
        return self.folder / "optimize_log.json"

    @property
    def best(self) -> Path:
        """The best that was ever kept."""
        return self.folder / "optimize_best.json"

    @property
    def journal(self) -> Path:
        """The steps of the transactions."""
        return self.folder / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """Who works here now."""
        return self.folder / "lock.json"


def contents(folder: Path) -> dict[str, str]:
    """Every file of a working set; empty where there is none.

    Hidden folders at the top are leftovers of an interrupted training (`.signal.new`) and no part of it.
    """
    if not folder.is_dir():
        return {}
    found = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = file.relative_to(folder).parts
        if len(parts) == 1 or not parts[0].startswith("."):
            found["/".join(parts)] = file_hash(file)
    return found


def folder_hash(folder: Path) -> str | None:
    """The name of a working set: its files and their bytes; None where there is no file."""
    return name_of(found) if (found := contents(folder)) else None


def file_hash(file: Path) -> str:
    """sha256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def content_hash(path: Path) -> str | None:
    """Of a folder or a file, None where there is none."""
    if path.is_dir():
        return folder_hash(path)
    return file_hash(path) if path.exists() else None


def name_of(found: Contents) -> str:
    """sha256 over sorted paths and hashes."""
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
