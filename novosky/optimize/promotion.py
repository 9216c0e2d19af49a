"""May the working set be promoted? What the loop's log, the figures on `gate`, the skill and the audit say.

Each reason against it has a name; a reason that is passed over by name (`promote.accept`) stays in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from novosky.audit.checks import audit, verdict
from novosky.audit.effort import EFFORTS
from novosky.audit.finding import FAIL
from novosky.audit.subject import Subject
from novosky.backtest.prepare import Prepared
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.schema.revision import FAILS_AUDIT, NO_SKILL, NOT_KEPT, NOT_PROMOTABLE
from novosky.errors import UserError
from novosky.evaluation.budget import FLAT
from novosky.evaluation.gate import gate
from novosky.models.bundle.bundle import Bundle
from novosky.optimize.log import COMMIT, read_log
from novosky.optimize.on_gate import OnGate, judge_again, judge_on_gate, judged_before, share_of
from novosky.optimize.places import Places
from novosky.optimize.recovery import unfinished

Progress = Callable[[str, float], None]


class Reason(NamedTuple):
    """Why a set should not be promoted."""

    name: str
    words: str


@dataclass
class Decision:
    """What was found; `against` not passed over refuses the promotion. What was not reached is None."""

    against: list[Reason] = field(default_factory=list)
    passed_over: list[Reason] = field(default_factory=list)
    entry: Mapping[str, Any] | None = None  # the loop's line of the log, where it kept this very set
    promotable: bool | None = None
    why: str = ""  # what says that it is promotable or not
    judged: OnGate | None = None
    opened_gate: bool = False  # whether promotion itself looked
    audit: dict[str, Any] | None = None

    def add(self, reason: Reason, accepted: Sequence[str]) -> None:
        """Against it, or passed over by name."""
        (self.passed_over if reason.name in accepted else self.against).append(reason)


def decide(config: Config, prepared: Prepared, bundle: Bundle, places: Places, progress: Progress) -> Decision:
    """The cheap reasons first; `gate` and the audit only where none of those refuses.

    Raises UserError while a COMMIT of the loop is unfinished.
    """
    if words := unfinished(places):
        raise UserError(words)
    found, accepted = Decision(), config.promote.accept
    found.entry, not_kept = _kept(config, prepared, bundle, places)
    if not_kept is not None:
        found.add(not_kept, accepted)
    elif found.entry is not None:
        found.promotable, found.why = bool(found.entry["promotable"]), str(found.entry["reason"])
        _add_promotable(found, accepted)
    if bundle.signal.no_skill_found:
        words = "no voter of the signal stage beat the base rate out of fold"
        found.add(Reason(NO_SKILL, words), accepted)
    if found.against:
        return found
    progress("judging on gate", 0.0)
    _judge(found, config, prepared, bundle)
    if found.against:
        return found
    _audit(found, config, prepared, bundle, progress)
    return found


def _kept(
    config: Config, prepared: Prepared, bundle: Bundle, places: Places
) -> tuple[Mapping[str, Any] | None, Reason | None]:
    """The entry that kept this set with these settings on these bars, else why there is none."""
    commits = [entry for entry in read_log(places.log) if entry["decision"] == COMMIT]
    if not commits:
        return None, Reason(NOT_KEPT, f"{places.log} has no {COMMIT}: no loop kept this set (run.py mode=optimize)")
    last = commits[-1]
    now = {
        "candidate": (bundle.name, "set", "the working set was trained since"),
        "data": (prepared.market.snapshot.bars_hash, "bars", "give the bars that it was judged on"),
        "config": (fingerprint(config).whole, "configuration", "add experiment=current and the settings of the loop"),
    }
    for key, (value, what, mend) in now.items():
        then = str(last["fingerprints"][key])
        if value != then:
            words = f"iteration {last['iteration']} kept the {what} {then[:12]}, found {value[:12]}: {mend}"
            return None, Reason(NOT_KEPT, words)
    return last, None


def _judge(found: Decision, config: Config, prepared: Prepared, bundle: Bundle) -> None:
    """The trades on `gate`; a look of its own only for a set that nobody judged there."""
    share = share_of(config, prepared, bundle, None)  # the same before and after the look
    found.opened_gate = not judged_before(config, prepared, bundle)
    if found.opened_gate:
        found.judged = judge_on_gate(config, prepared, bundle, FLAT)
    else:
        found.judged = judge_again(config, prepared, bundle)
    if found.entry is None:
        answer = gate(found.judged.result, None, share, config.gate, config.seed)
        found.promotable, found.why = answer.promotable, answer.reason
        _add_promotable(found, config.promote.accept)


def _add_promotable(found: Decision, accepted: Sequence[str]) -> None:
    if not found.promotable:
        words = f"not shown to be better than flat on gate: {found.why}"
        found.add(Reason(NOT_PROMOTABLE, words), accepted)


def _audit(found: Decision, config: Config, prepared: Prepared, bundle: Bundle, progress: Progress) -> None:
    done = audit(Subject(config, prepared, bundle, EFFORTS[config.audit.level]), progress)
    rows = {checked.name: checked.finding.status for checked in done}
    found.audit = {"level": config.audit.level, "verdict": verdict(done), "checks": rows}
    failed = [f"{checked.name}: {checked.finding.found}" for checked in done if checked.finding.status == FAIL]
    if failed:
        found.add(Reason(FAILS_AUDIT, "; ".join(failed)), config.promote.accept)
