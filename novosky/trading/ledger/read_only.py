"""A database that is only read: nothing is made, changed or kept waiting, whatever is asked of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from novosky.errors import ConfigError

WAIT_S: Final = 2.0


def read_only_engine(url: str) -> Engine:
    """SQLite by its own read-only mode, other databases by read-only transactions; ConfigError for a URL that is none.

    Each connection is a new one, so that a file that was replaced is seen as it is now.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            engine = create_engine(parsed, poolclass=NullPool)
            if engine.dialect.name == "postgresql":
                engine = engine.execution_options(postgresql_readonly=True)
            return engine
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            "ledger url: expected one that SQLAlchemy knows, such as sqlite:///outputs/trade/ledger.sqlite, found one "
            f"it refuses ({error}); mend it or install its driver"
        ) from error
    file = Path(str(parsed.database)).absolute()

    def connect() -> sqlite3.Connection:
        link = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=WAIT_S, check_same_thread=False)
        link.isolation_level = None  # the driver would begin transactions late
        return link

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> Any:
    connection.exec_driver_sql("BEGIN")
