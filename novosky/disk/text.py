"""JSON for people and for files that are hashed: the same content, the same bytes."""

from __future__ import annotations

import json
from typing import Any


def as_json(content: Any) -> bytes:
    """Indented JSON with a newline at its end; no NaN, no infinity."""
    return (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode()
