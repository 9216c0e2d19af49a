"""Room on the disk, and a ledger that can be written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from novosky.errors import NovoskyError
from novosky.trading.doctor.finding import Finding, judged, refused


def disk(folders: Iterable[Path], free_mb: int) -> Finding:
    """The least room of the disks that these folders lie on, or will."""
    free = [(shutil.disk_usage(near(folder)).free // 2**20, folder) for folder in folders]
    least, folder = min(free)
    fail = f"make room on the disk of {folder}, or point the ledger and hydra.run.dir at another" * (least < free_mb)
    return judged("disk", f"{least} MB free", f"at least {free_mb} MB", fail=fail)


def outputs(folder: Path) -> Finding:
    """Where runs are written."""
    place = near(folder)
    fail = "" if os.access(place, os.W_OK | os.X_OK) else f"give this user the right to write in {place}"
    return judged("outputs", "writable" if not fail else f"{place} may not be written", "writable", fail=fail)


def ledger(url: str) -> Finding:
    """Opened and locked for writing as the bot does it, then let go; nothing is written into one that is there."""
    from sqlalchemy.exc import SQLAlchemyError

    from novosky.trading.ledger.engine import fault, open_engine
    from novosky.trading.ledger.migrations import STEPS, schema_version

    expected = "opens for writing"
    try:
        engine = open_engine(url)
    except (NovoskyError, OSError) as error:
        return refused("ledger", expected, error)
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    was_there = file is None or file.exists()
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            schema = schema_version(connection)
            transaction.rollback()
    except SQLAlchemyError as error:
        return refused("ledger", expected, fault(engine, error))
    except NovoskyError as error:
        return refused("ledger", expected, error)
    finally:
        engine.dispose()
        if file is not None and not was_there:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{file}{suffix}").unlink(missing_ok=True)
    newer = "a newer version of this program wrote it: update, or name another ledger" * (schema > len(STEPS))
    return judged("ledger", f"opens, schema {schema}" if schema else "opens, new", expected, fail=newer)


def kill_switch(file: Path) -> Finding:
    """A person's file that keeps the bot from trading."""
    mend = f"take {file} away when trading may go on" if file.exists() else ""
    return judged("kill switch", "the file is there" if mend else "no file", f"no {file}", fail=mend)


def near(path: Path) -> Path:
    """The path, or the nearest of its parents that is there."""
    path = path.absolute()
    return next(one for one in (path, *path.parents) if one.exists())
