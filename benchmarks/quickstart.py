"""The quickstart experiment in an empty folder: the first run compiles, the second finds the machine code."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as cache:
        first, second = _seconds(cache), _seconds(cache)
    return [("run.py experiment=quickstart, nothing compiled", f"{first:.0f} s"), ("again, warm", f"{second:.0f} s")]


def _seconds(cache: str) -> float:
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, str(ROOT / "run.py"), "experiment=quickstart"],
            cwd=folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return time.perf_counter() - started
