"""`mode=pull`: the revision that trades becomes another one, fetched and verified first where it is not here."""

from __future__ import annotations

import time
from pathlib import Path

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.models.revision.move import settle
from novosky.models.revision.places import WORK, revision_places
from novosky.models.revision.pull import check_models, pull
from novosky.models.revision.record import read_record
from novosky.models.revision.remote import open_remote
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import near, progress, say
from novosky.modes.volatile import volatile_block


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    places, tag = revision_places(config), str(config.revision)
    record = read_record(places.record(tag))
    with Lock(places.lock, WORK) as lock:
        if words := settle(places, lock):
            say(f"! {words}")
        with progress("pull") as report:
            project = places.models.absolute().parent
            fetched = pull(places, lock, record, lambda: open_remote(config.remote, project), check_models, report)
    came = f"{fetched} files fetched and verified" if fetched else "its files were here, every one verified"
    summary = f"{tag} trades now: {came}."
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "pull",
        "summary": summary,
        "revision": tag,
        "models": record.facts["models"],
        "volatile": volatile_block(started, files_fetched=fetched),
    }
    write_json(run_dir / "result.json", result)
    say(summary)
    say(record.facts["skill"])
    for over in record.facts["passed_over"]:
        say(f"! promoted although {over['name']}: {over['words']}")
    say(f"card: {near(places.folder(tag) / 'card.md')}; judge it: run.py mode=backtest models=promoted")
    return ModeResult()
