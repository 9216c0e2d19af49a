"""Which code and which libraries gave a result: machine facts, told where a reproduction differs."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import novosky

LIBRARIES = ("numpy", "numba", "polars", "scikit-learn", "xgboost", "xgboost-cpu", "lightgbm", "onnxruntime")


@cache
def code_block() -> dict[str, Any]:
    """Version of the package, sha256 of its sources, and versions of the libraries that are installed."""
    return {"version": novosky.__version__, "sources": _sources_sha256(), "libraries": _libraries()}


def code_notes(then: dict[str, Any]) -> list[str]:
    """What of the code differs from `then`, one line each."""
    if not then:
        return ["the run did not write down its code: it was made by an older version"]
    now = code_block()
    notes = []
    if then["sources"] != now["sources"]:
        before, here = (f"{block['version']} ({block['sources'][:12]})" for block in (then, now))
        notes.append(f"code: {before} then, {here} now")
    for name in sorted(then["libraries"].keys() | now["libraries"].keys()):
        before, here = (block["libraries"].get(name, "none") for block in (then, now))
        if before != here:
            notes.append(f"library {name}: {before} then, {here} now")
    return notes


def _sources_sha256() -> str:
    package = Path(novosky.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
