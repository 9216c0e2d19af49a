"""A set becomes the revision that trades: judged, copied, verified, pointed at, handed to DVC and git."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from novosky.backtest.prepare import Prepared
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import UserError
from novosky.models.bundle.bundle import Bundle
from novosky.models.revision.listing import next_tag, tags_in
from novosky.models.revision.move import move
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import promoted
from novosky.models.revision.pull import check_models
from novosky.models.revision.record import Record, facts_of, made_record
from novosky.optimize.places import Places
from novosky.optimize.promotion import Decision, Progress, decide
from novosky.optimize.promotion_facts import record_facts
from novosky.optimize.publishing import copy_set, git_tags, publish, stages_of, write_parts


@dataclass
class Promotion:
    """`record` is None where the answer is no; `decision` where the set traded already. `done` and `left`: commands."""

    decision: Decision | None
    record: Record | None
    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The answer in a sentence or two."""
        if self.record is None:
            assert self.decision is not None
            names = ",".join(reason.name for reason in (*self.decision.passed_over, *self.decision.against))
            return f"Not promoted, nothing was changed. To promote it nevertheless: promote.accept=[{names}]"
        if self.decision is None:
            return f"{self.record.tag} trades already: this very set with these settings."
        over = ", ".join(reason.name for reason in self.decision.passed_over)
        return f"{self.record.tag} is promoted" + (f", although {over} (it is in the record)." if over else ".")


def promote(
    config: Config,
    prepared: Prepared,
    bundle: Bundle,
    loop: Places,
    places: RevisionPlaces,
    lock: Lock,
    progress: Progress,
) -> Promotion:
    """The working set, where nothing speaks against it; `lock` is that of `places`."""
    found = Promotion(None, standing_revision(config, places, bundle))
    if found.record is None:
        found.decision = decide(config, prepared, bundle, loop, progress)
        if found.decision.against:
            return found
        found.record = _moved(config, prepared, bundle, found.decision, places, lock)
    found.done, found.left = publish(config, places, found.record.tag)
    return found


def standing_revision(config: Config, places: RevisionPlaces, bundle: Bundle) -> Record | None:
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


def point_back(places: RevisionPlaces, lock: Lock, former: Record | None) -> None:
    """Let the revision before trade again, or none where there was none; folders and records stay."""
    if former is not None:
        move(places, lock, former, None, lambda folder: check_models(folder, former))
        return
    lock.confirm()
    files.unlink(places.pointer)
    files.force_folder(places.models)


def _moved(
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
