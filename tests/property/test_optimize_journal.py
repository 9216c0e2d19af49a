"""Whatever a crash leaves of a journal is a beginning of it, and whatever else happened to it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novosky.errors import DataError
from novosky.optimize.journal import BEGIN, DONE, PREPARED, ROLLED_BACK, append_step, read_journal

ENDINGS = {"done": (BEGIN, PREPARED, DONE), "back": (BEGIN, ROLLED_BACK), "ready": (BEGIN, PREPARED), "begun": (BEGIN,)}
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)

histories = st.tuples(
    st.lists(st.sampled_from(["done", "back"]), max_size=3), st.sampled_from(sorted(ENDINGS)), st.text(max_size=20)
)


def written(path: Path, history: tuple[list[str], str, str]) -> list[str]:
    closed, last, text = history
    path.unlink(missing_ok=True)
    names = [name for ending in (*closed, last) for name in ENDINGS[ending]]
    for name in names:
        append_step(path, name, {"name": text})
    return names


@SAME_FOLDER
@given(histories, st.data())
def test_cut_anywhere_it_reads_as_a_beginning_and_goes_on(tmp_path: Path, history, data) -> None:
    path = tmp_path / "journal.jsonl"
    names = written(path, history)
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:cut])
    journal = read_journal(path)
    found = [step.name for step in journal.steps]
    assert found == names[: len(found)]
    assert len(found) >= content[:cut].count(b"\n")
    following = {None: BEGIN, BEGIN: PREPARED, PREPARED: DONE, DONE: BEGIN, ROLLED_BACK: BEGIN}
    name = following[found[-1] if found else None]
    append_step(path, name, {"name": "after"})
    assert [step.name for step in read_journal(path).steps] == [*found, name]
    assert read_journal(path).whole_bytes == path.stat().st_size


@SAME_FOLDER
@given(histories, st.data())
def test_a_changed_byte_is_never_read_as_another_step(tmp_path: Path, history, data) -> None:
    path = tmp_path / "journal.jsonl"
    names = written(path, history)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        found = [step.name for step in read_journal(path).steps]
    except DataError:
        return
    assert found in (names, names[:-1])  # the newline at the very end, which a crash may tear too


@SAME_FOLDER
@given(histories, st.data())
def test_a_missing_line_is_refused(tmp_path: Path, history, data) -> None:
    path = tmp_path / "journal.jsonl"
    if len(written(path, history)) < 2:
        return
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[data.draw(st.integers(0, len(lines) - 2))]
    path.write_bytes(b"".join(lines))
    with pytest.raises(DataError, match=r"lines are missing|expected .* after"):
        read_journal(path)


@pytest.mark.parametrize("content", [b"hello", b"hello\n", b'{"step": "done"}\n', b"\x89PNG", b'[{"iteration": 1}]'])
def test_a_foreign_file_is_named_and_left(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    for attempt in (lambda: read_journal(path), lambda: append_step(path, BEGIN, {"name": "x"})):
        with pytest.raises(DataError, match=r"journal\.jsonl: line 1: expected a step of a journal"):
            attempt()
    assert path.read_bytes() == content


def test_a_newer_journal_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    with monkeypatch.context() as newer:
        newer.setattr("novosky.optimize.journal.SCHEMA_VERSION", 2)
        append_step(path, BEGIN, {"name": "x"})
    with pytest.raises(DataError, match=r"line 1: written by a newer version \(schema 2, this one knows 1\)"):
        read_journal(path)


def test_steps_out_of_order_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with pytest.raises(DataError, match="expected begin after None, found done"):
        append_step(path, DONE, {})
    append_step(path, BEGIN, {"name": "x"})
    with pytest.raises(DataError, match="expected prepared or rolled_back after begin, found done"):
        append_step(path, DONE, {})
    assert json.loads(path.read_text())["step"] == BEGIN


def test_zeros_behind_the_last_line_are_a_torn_write(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    append_step(path, BEGIN, {"name": "x"})
    with path.open("ab") as file:
        file.write(b"\0" * 50)
    assert [step.name for step in read_journal(path).steps] == [BEGIN]
    append_step(path, ROLLED_BACK, {})
    assert [step.name for step in read_journal(path).steps] == [BEGIN, ROLLED_BACK]
