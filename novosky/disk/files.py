"""Every change that a transaction makes on disk, one function each, so that each can be numbered and interrupted.

Nothing here is atomic but `rename` and `link`; what follows from their order is the transaction's. An OSError leaves
with the path in `filename`.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

Hook = Callable[[str, str, Path], None]  # (moment, operation, path); a moment is before, middle or after


class _Watch:
    hook: Hook | None = None


@contextmanager
def observed_by(hook: Hook) -> Iterator[None]:
    """Tell `hook` of every operation in this block; what it raises is raised by the operation."""
    outer, _Watch.hook = _Watch.hook, hook
    try:
        yield
    finally:
        _Watch.hook = outer


def write(path: Path, content: bytes) -> None:
    """A new file, or a new content, forced to disk; a crash leaves any part of it."""
    with _opened(path, "wb") as file:
        with _operation("write", path):
            _put(file, content, "write", path)
        _force(file.fileno(), path)


def append(path: Path, content: bytes) -> None:
    """Put `content` behind what is there, forced to disk; a crash leaves any part of it."""
    with _opened(path, "ab") as file:
        with _operation("append", path):
            _put(file, content, "append", path)
        _force(file.fileno(), path)


def truncate(path: Path, size: int) -> None:
    """Cut a file to `size` bytes."""
    with _opened(path, "rb+") as file:
        with _operation("truncate", path):
            file.truncate(size)
        _force(file.fileno(), path)


def copy(source: Path, target: Path) -> None:
    """A file's content under another name, in folders that are made where they lack."""
    make_folder(target.parent)
    write(target, source.read_bytes())


def make_folder(path: Path) -> None:
    """The folder and those above it, where they lack."""
    if not path.is_dir():
        with _operation("mkdir", path):
            path.mkdir(parents=True, exist_ok=True)


def rename(source: Path, target: Path) -> None:
    """Atomic. A file takes the place of another; a folder needs a free name."""
    with _operation("rename", target):
        os.replace(source, target)


def link(source: Path, target: Path) -> None:
    """A second name, atomically; FileExistsError where it is taken. A copy where the disk knows no links."""
    with _operation("link", target):
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            with target.open("xb") as file:
                file.write(source.read_bytes())


def unlink(path: Path) -> None:
    """Remove a file, if it is there."""
    with _operation("unlink", path):
        path.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds, if it is there; a crash leaves any part of it."""
    if not path.is_dir():
        if path.exists():
            unlink(path)
        return
    with _operation("remove", path):
        found = [file for file in sorted(path.rglob("*")) if file.is_file()]
        for file in found[: len(found) // 2]:
            file.unlink()
        _tell("middle", "remove", path)
        shutil.rmtree(path)


def force_folder(path: Path) -> None:
    """Force names to disk; folders cannot be opened for it on Windows, where a rename is journalled anyway."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        _force(handle, path)
    finally:
        os.close(handle)


def force_folders(root: Path) -> None:
    """`root` and every folder below it, the deepest first."""
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        force_folder(folder)
    force_folder(root)


def _opened(path: Path, mode: str) -> FileIO:
    return path.open(mode, buffering=0)  # type: ignore[return-value]  # buffering=0 gives the raw file


def _force(handle: int, path: Path) -> None:
    with _operation("fsync", path):
        os.fsync(handle)


def _put(file: FileIO, content: bytes, name: str, path: Path) -> None:
    """In two parts, so that one can fall between them."""
    half = len(content) // 2
    _put_all(file, content[:half])
    _tell("middle", name, path)
    _put_all(file, content[half:])


def _put_all(file: FileIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]


def _tell(moment: str, operation: str, path: Path) -> None:
    if _Watch.hook is not None:
        _Watch.hook(moment, operation, path)


@contextmanager
def _operation(name: str, path: Path) -> Iterator[None]:
    try:
        _tell("before", name, path)
        yield
        _tell("after", name, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
