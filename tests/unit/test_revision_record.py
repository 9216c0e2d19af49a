"""Records: what they are refused for, and how revisions are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from novosky.errors import DataError
from novosky.models.revision.listing import next_tag, tags_in
from novosky.models.revision.record import facts_of, made_record, read_record, record_bytes

TAG = "v20260131-p3"


def written(folder: Path, name: str = "signal/trees.npz", tag: str = TAG) -> Path:
    file = folder / f"{TAG}.json"
    file.write_bytes(record_bytes(made_record(tag, {name: facts_of(b"trees")}, {"models": "abc"})))
    return file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    record = read_record(written(tmp_path))
    assert (record.tag, dict(record.facts)) == (TAG, {"models": "abc"})
    assert record.files["signal/trees.npz"].bytes == 5


def test_other_line_ends_are_the_same_record(tmp_path: Path) -> None:
    """As git writes it on Windows."""
    file = written(tmp_path)
    before = read_record(file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert read_record(file) == before


@pytest.mark.parametrize("change", [{"revision": "v20260131-p4"}, {"facts": {"models": "abd"}}, {"files": {}}])
def test_an_edited_record_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    file = written(tmp_path)
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(DataError, match="edited: its seal says"):
        read_record(file)


@pytest.mark.parametrize("name", ["../pointer.json", "/etc/passwd", "a//b", "a\\b", "C:x", ".hidden", ""])
def test_no_file_outside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="is no name of a file inside a revision"):
        read_record(written(tmp_path, name))


def test_not_a_record(tmp_path: Path) -> None:
    file = written(tmp_path)
    for content in (b"", b"[]", b"{}", b"\xff", b'{"seal": 1}'):
        file.write_bytes(content)
        with pytest.raises(DataError, match="expected the record of a revision, found something else"):
            read_record(file)
    with pytest.raises(DataError, match="no such revision is known here"):
        read_record(tmp_path / "v20250101-p1.json")
    with pytest.raises(DataError, match="expected the record of v20260131-p3, found that of v20260131-p4"):
        read_record(written(tmp_path, tag="v20260131-p4"))


def test_names_in_the_order_of_time(tmp_path: Path) -> None:
    for name in ("v20260131-p3.10", "v20260131-p3.2", "v20260131-p3", "v20251231-p5", "vague", "v20260131-p9"):
        (tmp_path / f"{name}.json").touch()
    assert tags_in(tmp_path) == ["v20251231-p5", "v20260131-p3", "v20260131-p3.2", "v20260131-p3.10"]
    assert next_tag("20260131", 3, set()) == "v20260131-p3"
    assert next_tag("20260131", 3, {"v20260131-p3", "v20260131-p3.2"}) == "v20260131-p3.3"
