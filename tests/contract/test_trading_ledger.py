"""One contract for every database that a ledger may live in."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from novosky.errors import ConfigError, NovoskyError, UserError
from novosky.trading.ledger import migrations, store
from novosky.trading.ledger.append_only import REFUSAL
from novosky.trading.ledger.engine import open_engine
from novosky.trading.ledger.reading import read_ledger
from novosky.trading.ledger.rows import DONE, LOST, REFUSED, SENT, Equity, Event, OrderRow
from novosky.trading.ledger.state import replay
from novosky.trading.ledger.store import Ledger
from novosky.trading.ledger.tables import METADATA, TABLES
from tests.support import postgresql
from tests.support.ledger_rows import ENTRY_INTENT, FILL, NOW, ONE_OF_EACH, SENT_ROW, entry_at


@pytest.fixture(scope="module")
def postgresql_server() -> Iterator[Callable[[], str]]:
    with postgresql.server() as url:
        admin = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
        numbers = itertools.count()

        def fresh() -> str:
            name = f"ledger_{next(numbers)}"
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            return url.format(name)

        yield fresh
        admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/ledger.sqlite"
    return request.getfixturevalue("postgresql_server")()  # type: ignore[no-any-return]


def test_rows_come_back_as_they_were(url: str) -> None:
    with Ledger(url, "bot") as ledger:
        written = [entry for row in ONE_OF_EACH for entry in ledger.append(NOW, row)]
        state = ledger.state
    assert [entry.row for entry in written] == list(ONE_OF_EACH)
    with Ledger(url, "bot") as again:
        assert again.entries() == written
        assert again.state == state == replay(written)
        assert again.entries(after=6) == written[6:]
    assert read_ledger(url) == {"bot": written}


def test_bots_share_a_database_and_see_their_own(url: str) -> None:
    with Ledger(url, "one") as one, Ledger(url, "two") as two:
        one.append(NOW, *ONE_OF_EACH)
        two.append(NOW, ENTRY_INTENT)
        assert two.state.number == 1
    assert {bot: len(entries) for bot, entries in read_ledger(url).items()} == {"one": 8, "two": 1}


def test_of_two_writers_as_one_bot_the_second_is_refused(url: str) -> None:
    with Ledger(url, "bot") as first, Ledger(url, "bot") as second:
        first.append(NOW, ENTRY_INTENT)
        with pytest.raises(NovoskyError, match="another process trades as this bot"):
            second.append(NOW, ENTRY_INTENT)
        assert second.state == first.state  # read anew
        first.append(NOW, SENT_ROW)
        with pytest.raises(NovoskyError, match="another process"):
            second.append(NOW, SENT_ROW)


def test_all_rows_of_a_call_or_none(url: str) -> None:
    with Ledger(url, "bot") as ledger:
        ledger.append(NOW, ENTRY_INTENT)
        before = ledger.entries()
        with pytest.raises(NovoskyError, match="finite"):
            ledger.append(NOW, SENT_ROW, Equity(1.0, float("nan"), 0.0, 0.0, 0))
        assert ledger.entries() == before
        assert ledger.state == replay(before)
        ledger.append(NOW, SENT_ROW)


@pytest.mark.parametrize("table", [*TABLES, "entries", "schema_versions"])
def test_nothing_is_changed_or_removed(url: str, table: str) -> None:
    with Ledger(url, "bot") as ledger:
        ledger.append(NOW, *ONE_OF_EACH)
        state = ledger.state
    engine = open_engine(url)
    column = "version" if table == "schema_versions" else "number"
    changes = [f"UPDATE {table} SET {column} = 99", f"DELETE FROM {table}"]
    if engine.dialect.name == "sqlite":
        changes.append(f"REPLACE INTO {table} SELECT * FROM {table}")
    else:
        changes.append(f"TRUNCATE {table} CASCADE")
    for change in changes:
        with pytest.raises(DBAPIError, match=REFUSAL), engine.begin() as connection:
            connection.execute(text(change))
    engine.dispose()
    with Ledger(url, "bot") as ledger:
        assert ledger.state == state


def test_a_replaced_deal_is_refused_too(tmp_path: Path) -> None:
    """REPLACE would remove the first row for a unique deal of another number, without asking a trigger for DELETE."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    with Ledger(url, "bot") as ledger:
        ledger.append(NOW, FILL, Event("x", "info", "x"))
    names = ", ".join(column.name for column in TABLES["fills"].columns)
    values = names.replace("number", "2", 1)
    with pytest.raises(DBAPIError, match=REFUSAL), open_engine(url).begin() as connection:
        connection.execute(text(f"REPLACE INTO fills ({names}) SELECT {values} FROM fills"))


def test_the_steps_make_the_tables_that_the_program_uses(url: str) -> None:
    Ledger(url, "bot").close()
    engine = create_engine(url)
    found = inspect(engine)
    assert set(found.get_table_names()) == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        assert [column["name"] for column in found.get_columns(name)] == [column.name for column in table.columns]
        for made, meant in zip(found.get_columns(name), table.columns, strict=True):
            assert made["type"].python_type is meant.type.python_type, f"{name}.{meant.name}"
            assert not made["nullable"]
        unique = {tuple(constraint["column_names"]) for constraint in found.get_unique_constraints(name)}
        meant_unique = {
            tuple(column.name for column in constraint.columns)
            for constraint in table.constraints
            if type(constraint).__name__ == "UniqueConstraint"
        }
        assert unique == meant_unique
    engine.dispose()


def test_a_later_step_keeps_what_was_written(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(url, "bot") as ledger:
        written = ledger.append(NOW, *ONE_OF_EACH)
    more = (*migrations.STEPS, ("ALTER TABLE equity ADD COLUMN credit DOUBLE PRECISION NOT NULL DEFAULT 0",))
    monkeypatch.setattr(migrations, "STEPS", more)
    with Ledger(url, "bot") as ledger:
        assert ledger.entries() == list(written)
    monkeypatch.undo()
    with pytest.raises(UserError, match=r"expected schema 1 or older, found 2.*newer"):
        Ledger(url, "bot")
    with pytest.raises(UserError, match="expected schema 1, found 2"):
        read_ledger(url)


def test_a_step_that_fails_leaves_the_old_schema(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(url, "bot").close()
    broken = (*migrations.STEPS, ("CREATE TABLE halves (a BIGINT)", "CREATE NONSENSE"))
    monkeypatch.setattr(migrations, "STEPS", broken)
    with pytest.raises(NovoskyError, match="the database refused"):
        Ledger(url, "bot")
    monkeypatch.undo()
    engine = create_engine(url)
    assert "halves" not in inspect(engine).get_table_names()
    engine.dispose()
    Ledger(url, "bot").close()


def test_a_missing_row_is_named(url: str) -> None:
    with Ledger(url, "bot") as ledger:
        ledger.append(NOW, *ONE_OF_EACH)
    engine = create_engine(url)
    with engine.begin() as connection:
        name = "keep_fills_delete" if engine.dialect.name == "sqlite" else "keep_fills ON fills"
        connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("DELETE FROM fills"))
    engine.dispose()
    with pytest.raises(NovoskyError, match="expected entry 5 and its row"):
        Ledger(url, "bot")


def test_numbers_of_numpy_are_stored_as_numbers(url: str) -> None:
    row = Equity(np.float64(0.1), np.float32(0.5), 0.0, 0.0, np.int64(3))  # type: ignore[arg-type]
    with Ledger(url, "bot") as ledger:
        assert ledger.append(np.int64(NOW), row)[0].row == Equity(0.1, 0.5, 0.0, 0.0, 3)
        assert ledger.entries()[0].row == Equity(0.1, 0.5, 0.0, 0.0, 3)


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        ((), SENT_ROW, "expected an intent written"),
        ((ENTRY_INTENT,), replace(ENTRY_INTENT, price=1.0), "found it written"),
        ((ENTRY_INTENT,), replace(ENTRY_INTENT, volume=0.2), "expected the first entry of its bar"),
        ((ENTRY_INTENT, SENT_ROW), replace(SENT_ROW, attempt=2), "'sent' cannot follow 'sent'"),
        ((ENTRY_INTENT, SENT_ROW, replace(SENT_ROW, phase=LOST)), replace(SENT_ROW, attempt=2), "cannot follow 'lost'"),
        ((ENTRY_INTENT, SENT_ROW, replace(SENT_ROW, phase=DONE)), replace(SENT_ROW, attempt=2), "found it done"),
        ((ENTRY_INTENT, SENT_ROW, replace(SENT_ROW, phase=REFUSED)), SENT_ROW, "expected attempt 2, found 1"),
        ((ENTRY_INTENT,), replace(SENT_ROW, phase="posted"), "cannot follow"),
        ((FILL,), FILL, "found it booked"),
        ((), replace(ENTRY_INTENT, expires_ms=NOW), "expired"),
        ((), replace(ENTRY_INTENT, magic=2**40), "magic"),
    ],
)
def test_what_may_not_follow_is_refused(tmp_path: Path, first: tuple[Any, ...], then: Any, message: str) -> None:
    with Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", "bot") as ledger:
        ledger.append(NOW, *first)
        before = ledger.entries()
        with pytest.raises(NovoskyError, match=message):
            ledger.append(NOW, then)
        assert ledger.entries() == before


def test_an_entry_leaves_before_its_bar_is_over_or_never(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path}/ledger.sqlite", "bot") as ledger:
        ledger.append(NOW, entry_at(1))
        with pytest.raises(NovoskyError, match="expected to leave before"):
            ledger.append(entry_at(1).expires_ms, OrderRow(entry_at(1).hash, 1, SENT))


@pytest.mark.parametrize(
    ("url", "message"),
    [("nonsense", "expected one that SQLAlchemy knows"), ("oracle9://x", "expected one that SQLAlchemy knows")],
)
def test_a_url_that_leads_nowhere(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        store.Ledger(url, "bot")


def test_a_password_is_not_told(postgresql_server: Callable[[], str]) -> None:
    url = postgresql_server().replace("novosky@", "nobody:secret@")
    with pytest.raises(NovoskyError) as told:
        Ledger(url, "bot")
    assert "secret" not in str(told.value)


def test_every_field_of_a_row_has_a_column() -> None:
    for row in ONE_OF_EACH:
        names = {field.name for field in fields(row)}
        assert any(names <= set(table.columns.keys()) for table in TABLES.values())
