"""From foreign answers to records, and from a request to what the vendor's package takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from math import isfinite
from numbers import Integral, Real
from typing import Any, TypeVar

from novosky.errors import NovoskyError
from novosky.trading.terminal.records import TradeRequest

R = TypeVar("R")


def record_of(kind: type[R], answer: Any) -> R:
    """A record from the vendor's tuple, a bridge's namespace or a mapping; fields that it lacks take their defaults.

    Raises NovoskyError where a field without a default is missing or a value is not what the field holds: the other
    end is not a MetaTrader terminal.
    """
    values, missing = {}, []
    told = answer if isinstance(answer, Mapping) else None
    for field in fields(kind):  # type: ignore[arg-type]
        found = told.get(field.name, MISSING) if told is not None else getattr(answer, field.name, MISSING)
        if found is not MISSING and found is not None:
            values[field.name] = _value(kind.__name__, field.name, str(field.type), found)
        elif field.default is MISSING:
            missing.append(field.name)
    if missing:
        raise NovoskyError(f"{kind.__name__} of the terminal: expected the field(s) {', '.join(missing)}, found none")
    return kind(**values)


def request_dict(request: TradeRequest) -> dict[str, Any]:
    """The mapping that the vendor's order_check and order_send take: action and type, and what is set of the rest."""
    return {name: value for name, value in asdict(request).items() if value or name in ("action", "type")}


def _value(record: str, name: str, kind: str, found: Any) -> Any:
    """The value as the field's type (`bool`, `int`, `float` or `str`)."""
    if kind == "str" and isinstance(found, str):
        return found
    if isinstance(found, Real) and kind != "str" and isfinite(found):
        if kind == "float":
            return float(found)
        if isinstance(found, Integral):
            return bool(found) if kind == "bool" else int(found)
        if float(found).is_integer():  # JSON knows one kind of number
            return bool(found) if kind == "bool" else int(float(found))
    raise NovoskyError(f"{record} of the terminal: expected {name} as {kind}, found {str(found)[:40]!r}")
