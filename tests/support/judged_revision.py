"""A revision of nothing but what onboarding reads: judged trades, settings, and a record with its facts."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from novosky.config.fingerprint import SAME_RESULT, config_json, fingerprint
from novosky.config.schema import Config
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import pointer_bytes
from novosky.models.revision.record import files_in, made_record, record_bytes

TAG = "v20260131-p3"
COLUMNS = ("ticket", "exit_bar_time", "r", "risk_multiplier", "stop_distance", "entry_price")


def judged_revision(
    root: Path,
    config: Config,
    r: Sequence[float],
    days: int = 28,
    multiplier: float = 1.0,
    stop: float = 500.0,
    interval: Sequence[float | None] | None = (0.1, 0.4),
) -> RevisionPlaces:
    """Promoted with the settings of `config`; the trades spread evenly over so many days of February."""
    places = RevisionPlaces(root / "models", root / "revisions")
    folder = places.folder(TAG)
    folder.mkdir(parents=True)
    with (folder / "judged_trades.csv").open("w", newline="", encoding="utf-8") as text:
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        for number, value in enumerate(r):
            day, hour = divmod(number * 24 * days // len(r), 24)
            rows.writerow((number + 1, f"2026-02-{day + 1:02d}T{hour:02d}:00:00Z", value, multiplier, stop, 60_000.0))
    tree: dict[str, Any] = json.loads(config_json(config))
    (folder / "settings.json").write_text(json.dumps({k: v for k, v in tree.items() if k not in SAME_RESULT}))
    window = {"name": "gate", "bars": 96 * days, "from": "2026-02-01 00:00 UTC", "to": f"2026-02-{days:02d} 23:45 UTC"}
    facts = {
        "broker": config.broker.name,
        "models": "none",
        "passed_over": [],
        "windows": [window],
        "gate": {"trades": len(r), "days": days, "expectancy_r_interval": interval},
        "data": {"source": config.data.source},
        "fingerprints": fingerprint(config).parts,
    }
    record = made_record(TAG, files_in(folder), facts)
    places.records.mkdir()
    places.record(TAG).write_bytes(record_bytes(record))
    places.pointer.write_bytes(pointer_bytes(record))
    return places
