"""`mode=promote`: the kept set becomes the revision that trades, or the reasons why not."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from novosky.audit.subject import trained_models
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result import SCHEMA_VERSION, write_json
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.errors import ModelCompatibilityError, UserError
from novosky.models.bundle.bundle import Bundle
from novosky.models.revision.listing import next_tag, tags_in
from novosky.models.revision.move import move, settle
from novosky.models.revision.places import WORK, RevisionPlaces, revision_places
from novosky.models.revision.promoted import promoted
from novosky.models.revision.pull import check_models
from novosky.models.revision.record import Record, facts_of, made_record
from novosky.modes.blocks import data_block, fingerprints_block, volatile_block, warnings_of, windows_block
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.revision_screen import show_promotion
from novosky.modes.screen import progress, say
from novosky.optimize.places import Places
from novosky.optimize.promotion import Decision, decide
from novosky.optimize.promotion_facts import record_facts
from novosky.optimize.publishing import copy_set, git_tags, publish, stages_of, write_parts


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
        decision, record = None, _standing(config, places, bundle)
        if record is None:
            with progress("promote") as report:
                decision = decide(config, prepared, bundle, loop, report)
            if not decision.against:
                record = _promote(config, prepared, bundle, decision, places, lock)
        done, left = ([], []) if record is None else publish(config, places, record.tag)
    result = _result(config, prepared, bundle, decision, record)
    result["published"] = {"done": done, "left": left}
    result["volatile"] = volatile_block(started)
    write_json(run_dir / "result.json", result)
    show_promotion(result, places, run_dir)
    return ModeResult(ANSWER_IS_NO if record is None else DONE)


def _standing(config: Config, places: RevisionPlaces, bundle: Bundle) -> Record | None:
    """The revision that trades, where it is this very set with these settings: then only DVC and git are left."""
    try:
        record = promoted(places)
    except UserError:
        return None
    is_same = (record.facts["models"], record.facts["fingerprints"]["whole"]) == (
        bundle.name,
        fingerprint(config).whole,
    )
    return record if is_same else None


def _promote(
    config: Config, prepared: Prepared, bundle: Bundle, decision: Decision, places: RevisionPlaces, lock: Lock
) -> Record:
    """Copy, verify, move the pointer."""
    now_s = time.time()
    taken = {*tags_in(places.records), *git_tags(), *(path.name for path in places.models.glob("v*"))}
    tag = next_tag(time.strftime("%Y%m%d", time.gmtime(now_s)), config.profile.number, taken)
    facts = record_facts(config, prepared, bundle, decision, int(now_s * 1000))
    judged = decision.judged
    assert judged is not None, "a set that nothing speaks against was judged"
    train, stages = Path(config.paths.train), stages_of(bundle)
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder)
        write_parts(parts, tag, config, prepared, judged, facts)
        found = {file.name: file for file in parts.iterdir()}
        found |= {f"{stage}/{file.name}": file for stage in stages for file in (train / stage).iterdir()}
        record = made_record(tag, {name: facts_of(file.read_bytes()) for name, file in found.items()}, facts)
        move(
            places,
            lock,
            record,
            lambda target: copy_set(target, train, stages, parts),
            lambda target: check_models(target, record),
        )
    return record


def _result(
    config: Config, prepared: Prepared, bundle: Bundle, decision: Decision | None, record: Record | None
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "promote",
        "summary": _summary(decision, record),
        "revision": None if record is None else record.tag,
        "models": bundle.name,
        "against": [] if decision is None else [reason._asdict() for reason in decision.against],
        "facts": None if record is None else dict(record.facts),
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, bundle),
    }


def _summary(decision: Decision | None, record: Record | None) -> str:
    if record is None:
        assert decision is not None
        names = ",".join(reason.name for reason in (*decision.passed_over, *decision.against))
        return f"Not promoted, nothing was changed. To promote it nevertheless: promote.accept=[{names}]"
    if decision is None:
        return f"{record.tag} trades already: this very set with these settings."
    over = ", ".join(reason.name for reason in decision.passed_over)
    return f"{record.tag} is promoted" + (f", although {over} (it is in the record)." if over else ".")
