"""The tables as the newest schema has them: one per kind of row, its columns the row's fields.

`migrations.py` makes them; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_origin, get_type_hints

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.types import Double

from novosky.errors import NovoskyError
from novosky.trading.intent import Intent
from novosky.trading.ledger.rows import Decision, Equity, Event, Fill, OrderRow, PositionEvent, Row
from novosky.trading.ledger.values import from_column, to_column

METADATA: Final = MetaData()
ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("bot", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
)
VERSIONS: Final = Table(
    "schema_versions",
    METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("applied_ms", BigInteger, nullable=False),
)
_FIELD_TYPES: Final[dict[type[Any], dict[str, Any]]] = {}
_COLUMN_TYPES: Final[Mapping[Any, Any]] = {int: BigInteger, float: Double, str: Text}


def field_types(row_type: type[Any]) -> dict[str, Any]:
    """A row's fields and their types, in their order."""
    if row_type not in _FIELD_TYPES:  # reading the annotations takes longer than writing a row
        hints = get_type_hints(row_type)
        _FIELD_TYPES[row_type] = {field.name: hints[field.name] for field in fields(row_type)}
    return _FIELD_TYPES[row_type]


def _columns(row_type: type[Row]) -> list[Column[Any]]:
    """A field of any other type is kept as JSON."""
    return [Column(name, _COLUMN_TYPES.get(kind, Text), nullable=False) for name, kind in field_types(row_type).items()]


def _table(name: str, row_type: type[Row], *unique: str, extra: tuple[Column[Any], ...] = ()) -> Table:
    return Table(
        name,
        METADATA,
        Column("bot", String(64), primary_key=True),
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        *extra,
        *_columns(row_type),
        ForeignKeyConstraint(["bot", "number"], ["entries.bot", "entries.number"]),
        *([UniqueConstraint("bot", *unique)] if unique else []),
    )


ROW_TYPES: Final[Mapping[str, type[Row]]] = {
    "intents": Intent,
    "orders": OrderRow,
    "fills": Fill,
    "positions": PositionEvent,
    "equity": Equity,
    "decisions": Decision,
    "events": Event,
}
TABLES: Final[Mapping[str, Table]] = {
    "intents": _table("intents", Intent, "hash", extra=(Column("hash", String(32), nullable=False),)),
    "orders": _table("orders", OrderRow, "intent", "attempt", "phase"),
    "fills": _table("fills", Fill, "deal_ticket"),
    "positions": _table("positions", PositionEvent),
    "equity": _table("equity", Equity),
    "decisions": _table("decisions", Decision),
    "events": _table("events", Event),
}
_KINDS: Final = {row_type: kind for kind, row_type in ROW_TYPES.items()}
ALL_NAMES: Final = ("schema_versions", "entries", *TABLES)


def kind_of(row: Row) -> str:
    """The table that a row belongs to."""
    return _KINDS[type(row)]


def as_columns(row: Row) -> dict[str, Any]:
    """A row's values as its table takes them; NovoskyError for one that would not come back the same."""
    where = type(row).__name__
    types = field_types(type(row))
    values = {name: to_column(getattr(row, name), kind, f"{where}.{name}") for name, kind in types.items()}
    return values | ({"hash": row.hash} if isinstance(row, Intent) else {})


def as_row(kind: str, values: Mapping[str, Any]) -> Row:
    """The row of a table's line; NovoskyError where an intent is not the one that was hashed."""
    row_type = ROW_TYPES[kind]
    row = row_type(**{name: from_column(values[name], get_origin(t)) for name, t in field_types(row_type).items()})
    if isinstance(row, Intent) and row.hash != values["hash"]:
        raise NovoskyError(
            f"ledger, intents, number {values['number']}: expected the values that hash to {values['hash']}, found "
            f"others ({row.hash}): the row was changed by hand; restore the ledger from a copy"
        )
    return row
