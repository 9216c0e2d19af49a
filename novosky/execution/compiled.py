"""Compile a plain function and keep the machine code between runs.

Numba's disk cache looks only at the file of the function itself: after an edit of a *callee* in another file it
would go on serving the old machine code. A backtest that runs yesterday's rules is a lie, so the cache lives in
a folder named by the hash of every source file of the package. That name says all that numba would learn from the
place and the time of a file, so two checkouts of the same source share what either has compiled.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.caching import UserProvidedCacheLocator

F = TypeVar("F", bound=Callable[..., Any])

KEEP_SECONDS = 30 * 86_400  # machine code of source that has not been compiled for so long is removed


def _source_hash(package: Path) -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    base = Path(os.environ.get("NUMBA_CACHE_DIR") or Path.home() / ".cache" / "novosky")
    folder = base / f"kernels-{_source_hash(Path(__file__).resolve().parents[1])}"
    for old in base.glob("kernels-*"):
        if old != folder and time.time() - old.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    return folder


class KernelLocator(UserProvidedCacheLocator):
    """Where the machine code of this package's kernels lies: by module, wherever the source is. Others' as ever."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        super().__init__(py_func, py_file)  # type: ignore[no-untyped-call]
        self._cache_path = os.path.join(numba.config.CACHE_DIR, *py_func.__module__.split(".")[:-1])  # type: ignore[attr-defined]

    def get_source_stamp(self) -> str:
        return "in the folder's name"

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Any:
        if not py_func.__module__.startswith("novosky."):
            return None
        return super().from_function(py_func, py_file)  # type: ignore[no-untyped-call]


# Set at run time by numba. https://numba.readthedocs.io/en/stable/reference/envvars.html#caching-options
numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]
numba.config.CACHE_LOCATOR_CLASSES = f"{__name__}.{KernelLocator.__name__},{UserProvidedCacheLocator.__name__}"  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    """Compile `function` on first use; the plain body stays reachable as `.py_func`.

    No fastmath and no parallel reduction: money code gives the same bits in both forms. Without the interpreter's lock,
    so that threads may share work that is cut into independent parts.
    """
    return numba.njit(function, cache=True, nogil=True, error_model="numpy")  # type: ignore[no-any-return]
