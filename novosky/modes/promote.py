"""`mode=promote`: the kept set becomes the revision that trades, or the reasons why not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from novosky.audit.subject import trained_models
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.errors import ModelCompatibilityError
from novosky.models.bundle.bundle import Bundle
from novosky.models.revision.move import settle
from novosky.models.revision.places import WORK, revision_places
from novosky.modes.blocks import data_block, fingerprints_block, warnings_of, windows_block
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.revision_screen import show_promotion
from novosky.modes.screen import progress, say
from novosky.modes.volatile import volatile_block
from novosky.optimize.places import Places
from novosky.optimize.promoting import Promotion, promote


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    places, loop = revision_places(config), Places.of(config)
    with Lock(loop.lock), Lock(places.lock, WORK) as lock:
        if words := settle(places, lock):
            say(f"! {words}")
        prepared = prepare(config)
        bundle = trained_models(config, prepared)
        if bundle is None:
            raise ModelCompatibilityError(
                f"{config.paths.train}: expected trained models to promote, found none; run.py mode=optimize"
            )
        with progress("promote") as report:
            found = promote(config, prepared, bundle, loop, places, lock, report)
    result = _result(config, prepared, bundle, found)
    result["volatile"] = volatile_block(started)
    write_json(run_dir / "result.json", result)
    show_promotion(result, places, run_dir)
    return ModeResult(ANSWER_IS_NO if found.record is None else DONE)


def _result(config: Config, prepared: Prepared, bundle: Bundle, found: Promotion) -> dict[str, Any]:
    decision, record = found.decision, found.record
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "promote",
        "summary": found.summary,
        "revision": None if record is None else record.tag,
        "models": bundle.name,
        "against": [] if decision is None else [reason._asdict() for reason in decision.against],
        "facts": None if record is None else dict(record.facts),
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, bundle),
        "published": {"done": found.done, "left": found.left},
    }
