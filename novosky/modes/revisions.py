"""`mode=revisions`: what git knows of revisions, and what of it is here."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.models.revision.listing import Listed, revisions
from novosky.models.revision.places import revision_places
from novosky.modes.outcome import ModeResult
from novosky.modes.revision_screen import show_revisions
from novosky.modes.volatile import volatile_block


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    places = revision_places(config)
    listed = revisions(places)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "revisions",
        "revisions": [_row(one) for one in listed],
        "current": next((one.tag for one in listed if one.is_current), None),
        "warnings": [f"{one.tag}: {one.wrong}" for one in listed if one.wrong],
        "volatile": volatile_block(started),
    }
    if places.intent.exists():
        result["warnings"].append(f"{places.intent}: a promote or pull was interrupted; the next one goes on with it")
    write_json(run_dir / "result.json", result)
    show_revisions(result, run_dir)
    return ModeResult()


def _row(one: Listed) -> dict[str, Any]:
    """Figures are those of the day of the promotion."""
    row: dict[str, Any] = {"revision": one.tag, "is_current": one.is_current, "files": one.files}
    if one.record is None:
        return row
    facts = one.record.facts
    names = ("made", "symbol", "timeframe", "models", "promotable", "gate", "looks", "skill")
    over = [reason["name"] for reason in facts["passed_over"]]
    return {**row, **{name: facts[name] for name in names}, "kept": facts["loop"] is not None, "passed_over": over}
