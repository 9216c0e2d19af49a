"""A database of the ledger's: SQLite as crash-safe as it can be set, or any other that SQLAlchemy knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from novosky.errors import ConfigError, NovoskyError

BUSY_MS = 5_000


def open_engine(url: str, *, writes: bool = True) -> Engine:
    """An engine for `url`; a SQLite file's folder is made. ConfigError for a URL or a driver that is not there.

    One that only reads never keeps the bot waiting.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed, pool_pre_ping=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_MS / 1000})
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            f"ledger url: expected one that SQLAlchemy knows, such as sqlite:///outputs/trade/ledger.sqlite, found one "
            f"it refuses ({error}); mend it or install its driver"
        ) from error
    if parsed.database not in (None, "", ":memory:"):
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_at_once if writes else _begin)
    return engine


@contextmanager
def one_view(engine: Engine) -> Iterator[Connection]:
    """A transaction whose queries all see the same rows."""
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect() as connection, connection.execution_options(**level).begin():
        yield connection


def shown(url: URL) -> str:
    """A URL for messages, without its password."""
    return url.render_as_string(hide_password=True)


def fault(engine: Engine, error: SQLAlchemyError) -> NovoskyError:
    """What a database's refusal becomes."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return NovoskyError(
        f"ledger {shown(engine.url)}: the database refused ({reason}); nothing of this was kept, and nothing may be "
        "sent until it answers: see to its disk or its server and start again"
    )


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """A commit is on the disk when it returns (FULL), readers never wait for the writer (WAL)."""
    connection.isolation_level = None  # the driver would begin transactions late, and none for CREATE
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode not in ("wal", "memory"):
        raise NovoskyError(
            f"ledger: SQLite's WAL mode is needed, the file's folder allows {mode!r} only (a network drive?); "
            "name a folder of a local disk"
        )
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_at_once(connection: Connection) -> None:
    """Take the writer's place from the start: a transaction that began as a reader could not be made one later."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
