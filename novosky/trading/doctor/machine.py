"""This machine: Python, system, libraries, threads. Imports none of what it looks for."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from novosky.trading.doctor.finding import Finding, judged

OLDEST, NEWEST = (3, 11), (3, 13)
LIBRARIES = ("numpy", "numba", "polars", "sqlalchemy", "hydra-core", "rich")
OF_TERMINAL = {"metatrader5": ("MetaTrader5",), "mt5linux": ("rpyc",)}


def python() -> Finding:
    """The version that the project is tested on."""
    now = sys.version_info[:2]
    expected = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    fail = "" if OLDEST <= now <= NEWEST else f"install one of {expected} (uv python install 3.13)"
    return judged("python", platform.python_version(), expected, fail=fail)


def system(kind: str) -> Finding:
    """The vendor's package exists for Windows alone."""
    found = f"{platform.system()} {platform.release()}, {platform.machine()}"
    if kind != "metatrader5":
        return judged("system", found, f"any (terminal={kind})")
    mend = "reach the terminal with terminal=mt5linux or terminal=http" if sys.platform != "win32" else ""
    return judged("system", found, "Windows (terminal=metatrader5)", fail=mend)


def libraries(kind: str, more: Iterable[str] = ()) -> Finding:
    """What trades, by version; `more`: what else the configuration uses."""
    found, missing = [], []
    for name in (*LIBRARIES, *OF_TERMINAL.get(kind, ()), *more):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    fail = f"not installed: {', '.join(missing)}; uv sync (--extra {kind} for the terminal's)" if missing else ""
    return judged("libraries", ", ".join(found), "installed", fail=fail)


def threads(asked: int) -> Finding:
    """More threads than cores make a decision slower."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    warn = f"set threads={cores}" if asked > cores else ""
    return judged("threads", f"{asked} on {cores} cores", f"up to {cores}", warn=warn)
