"""The list of checks, in the order in which they run, and the verdict over them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from novosky.audit.constants import constants
from novosky.audit.determinism import determinism
from novosky.audit.drift import drift_latest, drift_windows
from novosky.audit.duplicates import duplicates
from novosky.audit.finding import FAIL, PASS, SKIPPED, WARN, Finding
from novosky.audit.lone_features import lone_features
from novosky.audit.look_ahead_decisions import look_ahead_decisions
from novosky.audit.look_ahead_features import look_ahead_features
from novosky.audit.look_ahead_labels import look_ahead_labels
from novosky.audit.parity_decisions import parity_decisions
from novosky.audit.parity_features import parity_features
from novosky.audit.seen_by_parent import seen_by_parent
from novosky.audit.shared_bars import shared_bars
from novosky.audit.shuffled_labels import shuffled_labels
from novosky.audit.subject import Subject
from novosky.audit.warm_up import warm_up
from novosky.models.bundle.bundle import Bundle

Progress = Callable[[str, float], None]

Check = Callable[[Subject], Finding]

NO_MODELS = Finding(SKIPPED, "no model set is trained", "paths.train", "run.py mode=train, then audit again")


def of_models(check: Callable[[Subject, Bundle], Finding]) -> Check:
    """A check that is skipped where no set is trained."""
    return lambda subject: NO_MODELS if subject.bundle is None else check(subject, subject.bundle)


CHECKS: dict[str, Check] = {
    "look_ahead_features": look_ahead_features,
    "look_ahead_labels": look_ahead_labels,
    "look_ahead_decisions": of_models(look_ahead_decisions),
    "warm_up": warm_up,
    "shared_bars": shared_bars,
    "seen_by_parent": of_models(seen_by_parent),
    "shuffled_labels": shuffled_labels,
    "lone_features": lone_features,
    "parity_features": parity_features,
    "parity_decisions": of_models(parity_decisions),
    "determinism": determinism,
    "constants": constants,
    "duplicates": duplicates,
    "drift_windows": drift_windows,
    "drift_latest": drift_latest,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One row of the audit."""

    name: str
    finding: Finding
    seconds: float


def audit(subject: Subject, progress: Progress) -> list[Checked]:
    """Every check, in order. Writes nothing that lasts."""
    done: list[Checked] = []
    with tempfile.TemporaryDirectory() as cache:
        paths = replace(subject.config.paths, cache=cache)
        own = replace(subject, config=replace(subject.config, paths=paths))
        for name, check in CHECKS.items():
            progress(name, len(done) / len(CHECKS))
            started = time.perf_counter()
            finding = check(own)
            done.append(Checked(name, finding, round(time.perf_counter() - started, 1)))
    return done


def verdict(done: list[Checked]) -> str:
    """The worst status: fail, else warn, else pass; a skipped check is neither."""
    found = {checked.finding.status for checked in done}
    return FAIL if FAIL in found else WARN if WARN in found else PASS
