"""A power cut keeps what was forced to disk and no more; SIGKILL cannot show that, since the system writes the rest.

The worst case that POSIX allows is kept beside the real files: a file's content as of its last fsync, a folder's names
as of its own. That image is what the next start finds.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from campaigns.crash_checks import Plan, check_next_start
from campaigns.crash_child import WAYS, Fault
from novosky.disk import files
from support.kept_sets import places_in

Names = dict[str, int]


@dataclass
class Disk:
    """What would survive: contents by inode, names by the inode of their folder."""

    root: Path
    content: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, Names] = field(default_factory=dict)

    def keep_all(self) -> None:
        """All that is there now is on disk."""
        for path in (self.root, *self.root.rglob("*")):
            self.keep(path)

    def keep(self, path: Path) -> None:
        """fsync of a file or a folder."""
        if path.is_dir():
            self.names[_inode(path)] = {entry.name: _inode(entry) for entry in path.iterdir()}
        else:
            self.content[_inode(path)] = path.read_bytes()

    def forget(self, path: Path) -> None:
        """A file that is written anew, a folder that is new: an inode may have been another's."""
        if path.is_dir():
            self.names[_inode(path)] = {}
        else:
            self.content[_inode(path)] = b""

    def write_image(self, target: Path) -> None:
        """What the next start finds."""
        self._write(_inode(self.root), target)

    def watching(self, cut: Callable[[str], None], every: int) -> Callable[[str, str, Path], None]:
        """An observer of `files`: it keeps what was forced to disk, and cuts at every so many moments."""
        count = itertools.count()

        def watch(moment: str, operation: str, path: Path) -> None:
            if moment == "after" and operation == "fsync":
                self.keep(path)
            elif (moment, operation) in (("middle", "write"), ("after", "mkdir")):
                self.forget(path)
            if next(count) % every == 0:
                cut(f"{moment} {operation} {path.relative_to(self.root)}")

        return watch

    def _write(self, inode: int, target: Path) -> None:
        if inode not in self.names:
            target.write_bytes(self.content.get(inode, b""))
            return
        target.mkdir(parents=True)
        for name, child in self.names[inode].items():
            self._write(child, target / name)


def power_cuts(plan: Plan, scratch: Path, every: int = 1) -> list[tuple[str, str, str]]:
    """Cut the power at each moment, or every so many, and at the end: where, what the next start says, what is off."""
    root, found = scratch / "powered", []
    shutil.copytree(plan.template, root)
    disk, done = Disk(root), [0]
    disk.keep_all()

    def cut(where: str) -> None:
        image = scratch / f"image_{len(found)}"
        disk.write_image(image)
        _reboot(image)
        with files.observed_by(Fault("none", 0)):
            words, wrong = check_next_start(image, plan, done[0])
        found.append((where, words, wrong))
        shutil.rmtree(image)

    with files.observed_by(disk.watching(cut, every)):
        WAYS[plan.way](root, plan.steps, lambda number: done.__setitem__(0, number))
    cut("after the last step was told")
    shutil.rmtree(root)
    return found


def _reboot(image: Path) -> None:
    """The lock's owner lived before the cut."""
    lock = places_in(image).lock
    if lock.exists() and (content := lock.read_bytes()):
        owner = json.loads(content)
        lock.write_bytes(json.dumps({**owner, "started": "another boot:1"}).encode())


def _inode(path: Path) -> int:
    return path.stat().st_ino
