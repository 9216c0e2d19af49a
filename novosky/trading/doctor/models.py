"""The model set: which one, whether it is whole, whether it fits the configuration, how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from novosky.backtest.ground import meaning
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ModelCompatibilityError, UserError
from novosky.features.build import feature_hash
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings
from novosky.models.revision.places import revision_places
from novosky.models.revision.promoted import PROMOTED, WORKING, models_root, promoted
from novosky.models.revision.record import Record
from novosky.trading.doctor.finding import Finding, judged, refused

THE_TRADERS = ("account", "broker", "data", "profile", "windows", "seed", "score")
"""Parts of the configuration that no decision of a set hangs on: the trader's own choice, or training's alone."""
DAY_MS = 86_400_000


@dataclass
class ModelSet:
    """What the checks of the set find on their way; a later one needs what an earlier one read."""

    record: Record | None = None
    bundle: Bundle | None = None


def revision(config: Config, found: ModelSet) -> Finding:
    """`models=promoted`: pointer, record and every file held against each other."""
    if config.models != PROMOTED:
        warn = "" if config.terminal.kind == "simulated" else "trade a promoted revision: models=promoted"
        name = "the working set" if config.models == WORKING else config.models
        return judged("revision", f"{name}, not promoted", "a promoted revision", warn=warn)
    try:
        record = found.record = promoted(revision_places(config))
    except UserError as error:
        return refused("revision", "a promoted revision, whole", error)
    over = ", ".join(one["name"] for one in record.facts["passed_over"])
    warn = f"it was promoted although {over}: read its card" if over else ""
    said = f"{record.tag}, {len(record.files)} files as its record says"
    return judged("revision", said, "a promoted revision, whole", warn=warn)


def models(config: Config, found: ModelSet) -> Finding:
    """Load them: manifests, links, features by this version's code, golden rows by this machine's libraries."""
    expected = "load and give their golden rows"
    try:
        root = models_root(config)
        names = config.features.names
        bundle = found.bundle or load_bundle(root, enabled_stages(config.stage), names, feature_hash(names))
        for facts in bundle.facts.values():
            check_settings(facts, meaning(config))
        if found.record is not None and bundle.name != found.record.facts["models"]:
            raise ModelCompatibilityError(
                f"expected the set {found.record.facts['models'][:12]} of {found.record.tag}, found "
                f"{bundle.name[:12]}; switch on the stages that it was promoted with"
            )
    except UserError as error:
        return refused("models", expected, error)
    found.bundle = bundle
    return judged("models", f"{', '.join(bundle.facts)} of set {bundle.name[:12]}", expected)


def settings(config: Config, found: ModelSet, strict: bool) -> Finding | None:
    """The running configuration against the set's own: what decides must be equal; `strict`: the rest, too.

    None without a set.
    """
    then = settings_of(found)
    if not then:
        return None
    now = fingerprint(config).parts
    other = sorted(name for name, digests in then.items() if digests != {now.get(name)})
    fails = strict or any(name not in THE_TRADERS for name in other)
    text = f"other settings of {', '.join(other)}" if other else "in sync"
    if not other:
        return judged("config", text, "the settings of the set")
    if fails:
        mend = "mode=sync shows the keys: set them back (experiment=current), or promote a set of these"
        return judged("config", text, "the settings of the set", fail=mend)
    mend = "yours to choose, but the set was judged with others; what yours would have done: mode=backtest"
    return judged("config", text, "the settings of the set", warn=mend)


def settings_of(found: ModelSet) -> Mapping[str, set[str | None]]:
    """Hashes that each part of the configuration had, by the manifests and, where promoted, the record."""
    then: dict[str, set[str | None]] = {}
    made = [] if found.bundle is None else [facts["config"] for facts in found.bundle.facts.values()]
    if found.record is not None:
        made.append({name: one for name, one in found.record.facts["fingerprints"].items() if name != "whole"})
    for parts in made:
        for name, digest in parts.items():
            then.setdefault(name, set()).add(digest)
    return then


def training_age(found: ModelSet, now_ms: int, limit_days: int) -> Finding | None:
    """From the last bar that a stage saw to now; None without a set."""
    if found.bundle is None:
        return None
    end_ms = min(found.bundle.train_ends_ms.values())
    days = (now_ms - end_ms) / DAY_MS
    warn = "train or pull a newer set (mode=optimize and promote, or mode=pull)" if days > limit_days else ""
    ends = f"{days:.0f} days, trained until {utc_text(end_ms)[:10]}"
    fail = "these bars trained the models: a replay of them proves nothing" if days < 0 else ""
    return judged("training age", ends, f"up to {limit_days} days", fail=fail, warn=warn)
