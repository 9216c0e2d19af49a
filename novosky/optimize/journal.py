"""The steps of the transactions, a line each, appended and forced to disk before what it announces is done.

    begin -> prepared -> done        the new state is complete beside the old one at `prepared`: from there it goes on
    begin -> rolled_back             before `prepared` nothing that anybody reads was changed

Each line carries its number and a seal, so that a damaged, a missing and a foreign line are told from the one that a
crash tore, which can only be the last.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from novosky.disk import files
from novosky.errors import DataError

SCHEMA_VERSION = 1
BEGIN, PREPARED, DONE, ROLLED_BACK = "begin", "prepared", "done", "rolled_back"
_FOLLOWS = {None: (BEGIN,), BEGIN: (PREPARED, ROLLED_BACK), PREPARED: (DONE,), DONE: (BEGIN,), ROLLED_BACK: (BEGIN,)}
_HEAD = b'{"journal": "novosky.optimize", '
_MEND = "nothing was changed; bring the file back, or move it away when the set and the log beside it are as you want"


class Step(NamedTuple):
    """One line: what was done and what is known about it."""

    name: str
    facts: Mapping[str, Any]


class Journal(NamedTuple):
    """The steps in their order; `whole_bytes` of the file hold them, what follows was torn by a crash."""

    steps: Sequence[Step]
    whole_bytes: int

    @property
    def open(self) -> Sequence[Step]:
        """The steps of the transaction that was neither finished nor rolled back; empty when there is none."""
        last = next((k for k in reversed(range(len(self.steps))) if self.steps[k].name == BEGIN), None)
        if last is None or self.steps[-1].name in (DONE, ROLLED_BACK):
            return ()
        return self.steps[last:]


def read_journal(path: Path) -> Journal:
    """The journal, empty where there is none.

    Raises DataError for a line that is damaged, out of order, of a newer version or not of a journal at all.
    """
    content = path.read_bytes() if path.exists() else b""
    lines = content.split(b"\n")
    steps: list[Step] = []
    for number, line in enumerate(lines[:-1], start=1):
        steps.append(_step(path, number, line, steps))
    tail = lines[-1]
    if tail and _is_whole(tail):  # all but its newline reached the disk
        steps.append(_step(path, len(lines), tail, steps))
        return Journal(steps, len(content))
    if tail.strip(b"\0") and not tail.startswith(_HEAD[: len(tail)]):
        raise DataError(f"{path}: line {len(lines)}: expected a step of a journal, found something else; {_MEND}")
    return Journal(steps, len(content) - len(tail))


def append_step(path: Path, name: str, facts: Mapping[str, Any]) -> None:
    """Write a step behind what can be read and force it to disk; a torn rest of an earlier one is cut off first."""
    journal = read_journal(path)
    _check_order(path, len(journal.steps) + 1, name, journal.steps)
    is_new = not path.exists()
    line = _line({"schema": SCHEMA_VERSION, "number": len(journal.steps) + 1, "step": name, **facts})
    if not is_new and path.stat().st_size > journal.whole_bytes:
        files.truncate(path, journal.whole_bytes)
    if journal.whole_bytes and not _ends_with_newline(path):
        line = b"\n" + line
    files.append(path, line)
    if is_new:
        files.force_folder(path.parent)


def _line(content: Mapping[str, Any]) -> bytes:
    body = _HEAD + json.dumps(content, allow_nan=False).encode()[1:-1]
    return body + b', "seal": "' + _seal(body) + b'"}\n'


def _seal(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode()


def _is_whole(line: bytes) -> bool:
    body, _, seal = line.rpartition(b', "seal": "')
    return line.startswith(_HEAD) and seal == _seal(body) + b'"}'


def _step(path: Path, number: int, line: bytes, before: Sequence[Step]) -> Step:
    where = f"{path}: line {number}"
    if not line.startswith(_HEAD):
        raise DataError(f"{where}: expected a step of a journal, found something else; {_MEND}")
    if not _is_whole(line):
        raise DataError(f"{where}: damaged: its seal is not that of its content; {_MEND}")
    facts = json.loads(line)
    if facts["schema"] > SCHEMA_VERSION:
        raise DataError(
            f"{where}: written by a newer version (schema {facts['schema']}, this one knows {SCHEMA_VERSION}); "
            "use that version here"
        )
    if facts["number"] != number:
        raise DataError(f"{where}: expected step {number}, found step {facts['number']}: lines are missing; {_MEND}")
    _check_order(path, number, facts["step"], before)
    return Step(facts["step"], facts)


def _check_order(path: Path, number: int, name: str, before: Sequence[Step]) -> None:
    last = before[-1].name if before else None
    if name not in _FOLLOWS[last]:
        raise DataError(
            f"{path}: line {number}: expected {' or '.join(_FOLLOWS[last])} after {last}, found {name}; {_MEND}"
        )


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
