"""Compile a plain function and keep the machine code between runs.

Numba's disk cache looks only at the file of the function itself: after an edit of a *callee* in another file it
would go on serving the old machine code. A backtest that runs yesterday's rules is a lie, so the cache lives in
a folder named by the hash of every source file of the package.
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


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]  # set at run time by numba


def compiled(function: F) -> F:
    """Compile `function` on first use; the plain body stays reachable as `.py_func`.

    No fastmath and no parallel reduction: money code gives the same bits in both forms. Without the interpreter's lock,
    so that threads may share work that is cut into independent parts.
    """
    return numba.njit(function, cache=True, nogil=True, error_model="numpy")  # type: ignore[no-any-return]
