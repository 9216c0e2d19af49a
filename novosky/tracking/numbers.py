"""A block of `result.json` as metrics: every number by its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

BOUNDS = ("low", "high")


def numbers_of(tree: Any, path: str) -> dict[str, float]:
    """`{"a": {"b_interval": [1, 2]}}` below `w` is `w/a/b_interval/low` and `.../high`; what is no number stays out."""
    return dict(_numbers(tree, path))


def _numbers(tree: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _numbers(value, f"{path}/{name}")
    elif isinstance(tree, list | tuple) and len(tree) == len(BOUNDS):
        for name, value in zip(BOUNDS, tree, strict=True):
            yield from _numbers(value, f"{path}/{name}")
    elif isinstance(tree, int | float) and not isinstance(tree, bool):
        yield path, tree
