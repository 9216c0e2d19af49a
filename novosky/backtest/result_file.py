"""`result.json` as a file, for every mode: its schema is documented in docs/results.md. Imports nothing heavy."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 3


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Sorted keys, NaN refused, whole or not at all: written beside and renamed."""
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n"
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def stable_part(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result without `volatile`: what two runs of the same thing must share."""
    return {key: value for key, value in result.items() if key != "volatile"}
