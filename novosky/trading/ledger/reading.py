"""Entries in their order, for a start, a monitor or a replay; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from novosky.errors import NovoskyError, UserError
from novosky.trading.ledger.engine import fault, one_view, open_engine, shown
from novosky.trading.ledger.migrations import STEPS, schema_version
from novosky.trading.ledger.rows import Entry
from novosky.trading.ledger.tables import ENTRIES, TABLES, as_row


def read_ledger(url: str) -> dict[str, list[Entry]]:
    """All entries of each bot, beside a bot that writes; UserError for a ledger of another version of the program."""
    engine = open_engine(url, writes=False)
    try:
        with one_view(engine) as connection:
            version = schema_version(connection)
            if version != len(STEPS):
                raise UserError(
                    f"ledger {shown(engine.url)}: expected schema {len(STEPS)}, found {version or 'no ledger'}; "
                    "an older one is brought up to date when the bot starts"
                )
            bots = connection.execute(select(ENTRIES.c.bot).distinct().order_by(ENTRIES.c.bot)).scalars().all()
            return {bot: list(read_entries(connection, bot)) for bot in bots}
    except DatabaseError as error:
        if "not a database" in str(error.orig):
            raise UserError(
                f"ledger {shown(engine.url)}: expected a bot's ledger, found a file that is none"
            ) from error
        raise fault(engine, error) from error
    except SQLAlchemyError as error:
        raise fault(engine, error) from error
    finally:
        engine.dispose()


def read_entries(connection: Connection, bot: str, after: int = 0) -> Iterator[Entry]:
    """A bot's entries beyond number `after`; NovoskyError where one is missing or lacks its row."""
    rows = merge(*(_rows(connection, kind, bot, after) for kind in TABLES), key=lambda row: row[0])
    places = select(ENTRIES.c.number, ENTRIES.c.time_ms, ENTRIES.c.kind)
    places = places.where(ENTRIES.c.bot == bot, ENTRIES.c.number > after).order_by(ENTRIES.c.number)
    for expected, place in enumerate(connection.execute(places), after + 1):
        number, values, kind = next(rows, (0, {}, "no table"))
        if not expected == place.number == number or kind != place.kind:
            raise NovoskyError(
                f"ledger of {bot}: expected entry {expected} and its row, found entry {place.number} of {place.kind} "
                f"and row {number} of {kind}: rows were lost or added by hand; restore the ledger from a copy"
            )
        yield Entry(place.number, place.time_ms, as_row(place.kind, values))
    if (left := next(rows, None)) is not None:
        raise NovoskyError(f"ledger of {bot}: row {left[0]} of {left[2]} has no entry; restore the ledger from a copy")


def _rows(connection: Connection, kind: str, bot: str, after: int) -> Iterator[tuple[int, dict[str, Any], str]]:
    table = TABLES[kind]
    query = select(table).where(table.c.bot == bot, table.c.number > after).order_by(table.c.number)
    for row in connection.execute(query).mappings():
        yield row["number"], dict(row), kind
