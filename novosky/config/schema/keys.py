"""How a key is declared: default, one line of documentation, and the values it may take."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from omegaconf import MISSING

REQUIRED = MISSING


def key(
    default: Any,
    doc: str,
    *,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    choices: tuple[Any, ...] | None = None,
) -> Any:
    """A dataclass field whose range, choices and documentation the checks and the reference read."""
    metadata = {"doc": doc, "ge": ge, "gt": gt, "le": le, "lt": lt, "choices": choices}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=metadata)
    return field(default=default, metadata=metadata)
