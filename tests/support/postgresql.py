"""A PostgreSQL server of the tests' own, where the machine has one and a driver."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def server() -> Iterator[str]:
    """Its URL without a database's name at `{}`; the test is skipped where there is no server or driver."""
    if shutil.which("pg_ctl") is None or shutil.which("initdb") is None:
        pytest.skip("no PostgreSQL on this machine (pg_ctl, initdb)")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("no driver for PostgreSQL (psycopg)")
    user = _plain_user()
    folder = Path(tempfile.mkdtemp(prefix="novosky-pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        _run(["initdb", "-D", str(folder / "data"), "-U", "novosky", "--auth=trust", "--no-sync"], user)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(["pg_ctl", "-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options, "start"], user)
        try:
            yield f"postgresql+psycopg://novosky@/{{}}?host={folder}"
        finally:
            _run(["pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain_user() -> str | None:
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL refuses root, and there is no user postgres")


def _run(command: list[str], user: str | None) -> None:
    done = subprocess.run(command, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()
