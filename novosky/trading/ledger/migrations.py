"""The schema's steps. A fresh ledger walks all of them, an old one those that it lacks.

A list of our own rather than alembic: the schema only ever grows (no row is changed, so no step rewrites one), the
same text runs on SQLite and PostgreSQL, and a trader's machine is spared a script folder and two libraries. A step
that was released is never edited.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, inspect, text

from novosky.errors import NovoskyError, UserError
from novosky.trading.ledger.append_only import protect

Step = Sequence[str]

_PLACE: Final = "bot VARCHAR(64) NOT NULL, number BIGINT NOT NULL"
_KEYS: Final = "PRIMARY KEY (bot, number), FOREIGN KEY (bot, number) REFERENCES entries (bot, number)"

_FIRST: Final[Step] = (
    "CREATE TABLE schema_versions (version BIGINT NOT NULL PRIMARY KEY, applied_ms BIGINT NOT NULL)",
    f"CREATE TABLE entries ({_PLACE}, time_ms BIGINT NOT NULL, kind VARCHAR(16) NOT NULL, PRIMARY KEY (bot, number))",
    f"""CREATE TABLE intents ({_PLACE}, hash VARCHAR(32) NOT NULL, action TEXT NOT NULL, symbol TEXT NOT NULL,
    bar_time_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL, side BIGINT NOT NULL, volume DOUBLE PRECISION NOT NULL,
    price DOUBLE PRECISION NOT NULL, stop DOUBLE PRECISION NOT NULL, target DOUBLE PRECISION NOT NULL,
    position_ticket BIGINT NOT NULL, revision TEXT NOT NULL, magic BIGINT NOT NULL, details TEXT NOT NULL,
    {_KEYS}, UNIQUE (bot, hash))""",
    f"""CREATE TABLE orders ({_PLACE}, intent TEXT NOT NULL, attempt BIGINT NOT NULL, phase TEXT NOT NULL,
    retcode BIGINT NOT NULL, order_ticket BIGINT NOT NULL, deal_ticket BIGINT NOT NULL,
    volume DOUBLE PRECISION NOT NULL, price DOUBLE PRECISION NOT NULL, text TEXT NOT NULL,
    {_KEYS}, UNIQUE (bot, intent, attempt, phase))""",
    f"""CREATE TABLE fills ({_PLACE}, deal_ticket BIGINT NOT NULL, order_ticket BIGINT NOT NULL,
    position_ticket BIGINT NOT NULL, intent TEXT NOT NULL, symbol TEXT NOT NULL, entry TEXT NOT NULL,
    side BIGINT NOT NULL, volume DOUBLE PRECISION NOT NULL, price DOUBLE PRECISION NOT NULL,
    commission DOUBLE PRECISION NOT NULL, swap DOUBLE PRECISION NOT NULL, fee DOUBLE PRECISION NOT NULL,
    profit DOUBLE PRECISION NOT NULL, deal_time_ms BIGINT NOT NULL, reason TEXT NOT NULL,
    {_KEYS}, UNIQUE (bot, deal_ticket))""",
    f"""CREATE TABLE positions ({_PLACE}, position_ticket BIGINT NOT NULL, event TEXT NOT NULL, symbol TEXT NOT NULL,
    side BIGINT NOT NULL, volume DOUBLE PRECISION NOT NULL, price DOUBLE PRECISION NOT NULL,
    stop DOUBLE PRECISION NOT NULL, target DOUBLE PRECISION NOT NULL, wanted_stop DOUBLE PRECISION NOT NULL,
    wanted_target DOUBLE PRECISION NOT NULL, intent TEXT NOT NULL, text TEXT NOT NULL, {_KEYS})""",
    f"""CREATE TABLE equity ({_PLACE}, balance DOUBLE PRECISION NOT NULL, equity DOUBLE PRECISION NOT NULL,
    margin DOUBLE PRECISION NOT NULL, margin_free DOUBLE PRECISION NOT NULL, positions BIGINT NOT NULL, {_KEYS})""",
    f"""CREATE TABLE decisions ({_PLACE}, bar_time_ms BIGINT NOT NULL, symbol TEXT NOT NULL, side BIGINT NOT NULL,
    verdict TEXT NOT NULL, intent TEXT NOT NULL, gates TEXT NOT NULL, details TEXT NOT NULL, {_KEYS})""",
    f"""CREATE TABLE events ({_PLACE}, name TEXT NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL,
    details TEXT NOT NULL, {_KEYS})""",
)

STEPS: tuple[Step, ...] = (_FIRST,)


def migrate(connection: Connection, steps: Sequence[Step] | None = None) -> None:
    """Bring the schema to `len(steps)` in the caller's transaction; UserError for a ledger of a newer program."""
    steps = STEPS if steps is None else steps
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(7815696)"))  # two bots that start on an empty database
    version = schema_version(connection)
    if version > len(steps):
        raise UserError(
            f"ledger {connection.engine.url!r}: expected schema {len(steps)} or older, found {version}, which a newer "
            "version of this program wrote; update the program, or name another ledger"
        )
    for number, step in enumerate(steps[version:], version + 1):
        for statement in step:
            connection.execute(text(statement))
        connection.execute(
            text("INSERT INTO schema_versions (version, applied_ms) VALUES (:version, :now)"),
            {"version": number, "now": time.time_ns() // 1_000_000},
        )
    if version < len(steps):
        protect(connection)


def schema_version(connection: Connection) -> int:
    """0 for a database without a ledger; NovoskyError for tables that are not a ledger's."""
    names = inspect(connection).get_table_names()
    if "schema_versions" not in names:
        if "entries" in names:
            raise NovoskyError(
                f"ledger {connection.engine.url!r}: expected a ledger or an empty database, found a table `entries` of "
                "something else; name another database"
            )
        return 0
    return int(connection.execute(text("SELECT COALESCE(MAX(version), 0) FROM schema_versions")).scalar_one())
