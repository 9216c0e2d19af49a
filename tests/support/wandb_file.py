"""What an offline run of W&B holds, read from its file: a LevelDB log of protocol buffers."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK, HEADER = 32768, 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def chunks(file: Path) -> Iterator[bytes]:
    """The log's records, each checksum held to its bytes (the type is part of it)."""
    data = file.read_bytes()
    assert data[:4] == b":W&B"
    at, parts = HEADER, []
    while at + HEADER <= len(data):
        if BLOCK - at % BLOCK < HEADER:  # zeros up to the next block
            at += BLOCK - at % BLOCK
            continue
        checksum, length, kind = struct.unpack("<IHB", data[at : at + HEADER])
        content = data[at + HEADER : at + HEADER + length]
        assert zlib.crc32(content, zlib.crc32(bytes([kind]))) & 0xFFFFFFFF == checksum
        parts.append(content)
        at += HEADER + length
        if kind in (FULL, LAST):
            yield b"".join(parts)
            parts = []


class OfflineRun:
    """Run, configuration, last values and artifacts of an offline run."""

    def __init__(self, folder: Path) -> None:
        from wandb.proto.wandb_internal_pb2 import Record

        (file,) = folder.glob("run-*.wandb")
        self.folder = folder
        self.config: dict[str, Any] = {}
        self.history: dict[str, Any] = {}
        self.summary: dict[str, Any] = {}
        self.artifacts: list[Any] = []
        for chunk in chunks(file):
            record = Record()
            record.ParseFromString(chunk)
            self._take(record)

    def _take(self, record: Any) -> None:
        kind = record.WhichOneof("record_type")
        if kind == "run":
            self.id, self.group, self.name = record.run.run_id, record.run.run_group, record.run.display_name
            self.kind, self.notes = record.run.job_type, record.run.notes
            self.config |= {item.key: json.loads(item.value_json) for item in record.run.config.update}
        elif kind == "history":
            for item in record.history.item:
                name = item.key or "\0".join(item.nested_key)  # a table's facts are nested
                self.history[name] = json.loads(item.value_json)
        elif kind == "summary":
            for item in record.summary.update:
                self.summary[item.key or "\0".join(item.nested_key)] = json.loads(item.value_json)
        elif kind == "artifact":
            self.artifacts.append(record.artifact)

    def metrics(self) -> dict[str, float]:
        """The numbers that were logged."""
        return {
            name: value
            for name, value in self.history.items()
            if isinstance(value, int | float) and not name.startswith("_") and "\0" not in name
        }

    def table(self, name: str) -> dict[str, Any]:
        """Columns and data of a table."""
        (file,) = (self.folder / "files" / "media" / "table").glob(f"{name}_[0-9]*.table.json")
        found: dict[str, Any] = json.loads(file.read_bytes())
        return found


def offline_runs(run_dir: Path) -> list[OfflineRun]:
    """Those of a run's folder, in the order in which they were made."""
    found = [OfflineRun(folder) for folder in (run_dir / "wandb").glob("offline-run-*")]
    return sorted(found, key=lambda run: float(run.history["_timestamp"]))
