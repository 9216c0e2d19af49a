"""The ledger: append and derive.

One process writes for a bot. Should a second one start, the first of the two that writes goes on; the other's next
entry carries a number that is taken, and is refused before anything leaves for the terminal.
"""

from __future__ import annotations

from types import TracebackType

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from novosky.errors import ConfigError, NovoskyError
from novosky.trading.ledger.engine import fault, one_view, open_engine, shown
from novosky.trading.ledger.migrations import migrate
from novosky.trading.ledger.reading import read_entries
from novosky.trading.ledger.rows import Entry, Row
from novosky.trading.ledger.rules import check
from novosky.trading.ledger.state import LedgerState, replay
from novosky.trading.ledger.tables import ENTRIES, TABLES, as_columns, as_row, kind_of

NAME_LENGTH = 64


class Ledger:
    """Rows of one bot in one database. `bot` names account, symbol and magic, so that several share a database."""

    def __init__(self, url: str, bot: str) -> None:
        """Make or migrate the schema and replay what is there.

        UserError where a newer program wrote it or the URL is wrong, NovoskyError where it cannot be read whole.
        """
        if not 1 <= len(bot) <= NAME_LENGTH:
            raise ConfigError(f"ledger: expected a bot's name of 1 to {NAME_LENGTH} characters, found {bot!r}")
        self.bot = bot
        self._engine = open_engine(url)
        self._state: LedgerState | None = None
        try:
            with self._engine.begin() as connection:
                migrate(connection)
            self._state = self._replayed()
        except SQLAlchemyError as error:
            raise fault(self._engine, error) from error
        finally:
            if self._state is None:
                self.close()

    @property
    def state(self) -> LedgerState:
        """What the rows amount to; to be read, not changed."""
        if self._state is None:
            self._state = self._replayed()
        return self._state

    def append(self, time_ms: int, *rows: Row) -> tuple[Entry, ...]:
        """Write `rows`, all or none; they are on the disk when this returns.

        After an error the state is read anew: what the database holds is what happened.
        """
        state, entries = self.state, []
        self._state = None
        try:
            with self._engine.begin() as connection:
                for row in rows:
                    check(state, row, time_ms)
                    kind, values = kind_of(row), as_columns(row)
                    entry = Entry(state.number + 1, int(time_ms), as_row(kind, values))
                    place = {"bot": self.bot, "number": entry.number}
                    connection.execute(insert(ENTRIES), place | {"time_ms": entry.time_ms, "kind": kind})
                    connection.execute(insert(TABLES[kind]), place | values)
                    state.apply(entry)
                    entries.append(entry)
        except IntegrityError as error:
            raise self._taken(state.number + 1, error) from error
        except SQLAlchemyError as error:
            raise fault(self._engine, error) from error
        self._state = state
        return tuple(entries)

    def entries(self, after: int = 0) -> list[Entry]:
        """What was written beyond number `after`."""
        try:
            with one_view(self._engine) as connection:
                return list(read_entries(connection, self.bot, after))
        except SQLAlchemyError as error:
            raise fault(self._engine, error) from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _replayed(self) -> LedgerState:
        return replay(self.entries())

    def _taken(self, number: int, error: IntegrityError) -> NovoskyError:
        return NovoskyError(
            f"ledger {shown(self._engine.url)}, bot {self.bot}: expected entry {number} to be free, found it written "
            f"({str(error.orig).splitlines()[0]}): another process trades as this bot; stop one of the two"
        )
