"""Triggers that refuse to change or remove a row, whoever asks."""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import Connection, PrimaryKeyConstraint, Table, UniqueConstraint, inspect, text

from novosky.trading.ledger.tables import METADATA

_log = logging.getLogger(__name__)
REFUSAL: Final = "the ledger is append-only"

_POSTGRESQL_FUNCTION: Final = f"""
CREATE OR REPLACE FUNCTION novosky_append_only() RETURNS trigger LANGUAGE plpgsql AS
$body$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $body$"""


def protect(connection: Connection) -> None:
    """Put the triggers on every table that is there; a dialect that we know none for is told of in the log."""
    dialect = connection.dialect.name
    if dialect not in ("sqlite", "postgresql"):
        _log.warning("ledger on %s: no triggers keep its rows from being changed", dialect)
        return
    if dialect == "postgresql":
        connection.execute(text(_POSTGRESQL_FUNCTION))
    there = set(inspect(connection).get_table_names())
    for table in METADATA.sorted_tables:
        if table.name in there:
            for statement in _on_sqlite(table) if dialect == "sqlite" else _on_postgresql(table.name):
                connection.execute(text(statement))


def _on_sqlite(table: Table) -> list[str]:
    """Of its own accord REPLACE removes what is in its way without asking the triggers for DELETE."""
    taken = []
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
            same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in constraint.columns)
            taken.append(f"EXISTS (SELECT 1 FROM {table.name} WHERE {same})")
    moments = {"update": "BEFORE UPDATE", "delete": "BEFORE DELETE", "insert": "BEFORE INSERT"}
    when = {"insert": f"WHEN {' OR '.join(taken)} "}
    return [
        f"CREATE TRIGGER IF NOT EXISTS keep_{table.name}_{name} {moment} ON {table.name} {when.get(name, '')}"
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for name, moment in moments.items()
    ]


def _on_postgresql(table: str) -> list[str]:
    name = f"keep_{table}"
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION novosky_append_only()",
    ]
