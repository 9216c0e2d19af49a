"""Values on their way to a column and back: what is read is what was written, bit for bit."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from novosky.errors import NovoskyError


def to_column(value: Any, kind: Any, where: str) -> int | float | str:
    """A plain number or text of the field's type; anything else as JSON with sorted keys.

    Numbers of numpy become Python's (a driver would write their bytes). NaN and infinity are refused: SQLite turns
    NaN into NULL.
    """
    try:
        if kind is int:
            return _integer(value)
        if kind is float:
            return _finite(value)
        if kind is str:
            return _text(value)
        return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise NovoskyError(f"ledger, {where}: {error}; nothing was written") from error


def from_column(value: Any, origin: Any) -> Any:
    """What `to_column` was given."""
    return json.loads(value) if origin is Mapping else value


def _integer(value: Any) -> int:
    number = int(value)
    if number != value or not -(2**63) <= number < 2**63:
        raise ValueError(f"expected an integer of 64 bits, found {value!r}")
    return number


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number, found {value!r}")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(f"expected a text without NUL, found {value!r}")
    value.encode()  # a lone surrogate is refused here, not by a driver
    return str(value)


def _plain(value: Any) -> Any:
    """Numpy's scalars as Python's, mappings with names as keys, sequences as lists."""
    if isinstance(value, Mapping):
        return {_text(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    return value.item() if hasattr(value, "item") else value
