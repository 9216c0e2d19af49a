"""What the phases of one week share. What lies on disk is enough to make it again: a killed week goes on from there."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.stage_training import Progress
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.evaluation.gate import COMMIT, Verdict
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import Bundle, load_bundle
from novosky.models.revision.places import revision_places
from novosky.optimize.candidate import (
    TUNE,
    Candidate,
    Step,
    new_candidate,
    standing_candidate,
    steps_of,
    take_over,
)
from novosky.optimize.log import read_log
from novosky.optimize.loop import Loop, standing_set
from novosky.optimize.on_gate import OnGate, judge_again, judged_before
from novosky.optimize.places import Places, content_hash
from novosky.optimize.recovery import recover
from novosky.optimize.transaction import Transaction
from novosky.optimize.weekly.diary import DONE, Diary
from novosky.optimize.weekly.ports import Check, Ports
from novosky.optimize.weekly.refresh import at_hand, newest
from novosky.optimize.weekly.swept import apply_setting


class Week:
    """One run of the week. `typed` is the configuration as it was asked for, `config` what the week reads by now."""

    def __init__(self, config: Config, diary: Diary, lock: Lock, ports: Ports, run_dir: Path) -> None:
        self.typed, self.diary, self.lock, self.run_dir = config, diary, lock, run_dir
        self.ports = ports
        self.places, self.revisions = Places.of(config), revision_places(config)
        self.checks: list[Check] = []
        self.said: list[str] = []
        self.phase = ""  # the one at work
        self.verdict: Verdict | None = None
        self.judged: OnGate | None = None
        self.answer = ""  # why the answer is no; empty where it is not
        self.failed = ""  # the phase that failed
        self.failure = ""
        self._loop: Loop | None = None
        self._standing: tuple[Bundle | None] | None = None
        self._candidate: Candidate | None = None
        self._transaction: Transaction | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The diary's."""
        return self.diary.facts

    @property
    def config(self) -> Config:
        """Before the loop is there: as typed, with the bars of this week."""
        return self.loop.config if self._loop is not None else self.with_bars()

    @property
    def prepared(self) -> Prepared:
        return self.loop.prepared

    @property
    def has_market(self) -> bool:
        """Whether bars have been opened."""
        return self._loop is not None

    def with_bars(self) -> Config:
        """The settings of this week's snapshot, the same after each start."""
        if "refresh" in self.typed.weekly.skip:
            return at_hand(self.typed) or self.typed
        return newest(self.typed, self.facts.get("until")) if "snapshot" in self.facts else self.typed

    @property
    def loop(self) -> Loop:
        """The loop that this week is an iteration of; after a start in the middle, with what was kept since."""
        if self._loop is None:
            config = self.with_bars()
            self._loop = Loop(config, prepare(config), self.lock, self.progress)
            if self.entry is not None and self.entry["decision"] == COMMIT:
                self._loop.go_on_from(self.candidate)
        return self._loop

    def use(self, config: Config, prepared: Prepared) -> None:
        """Go on with these bars."""
        self._loop, self._standing = Loop(config, prepared, self.lock, self.progress), None

    def progress(self, title: str) -> AbstractContextManager[Progress]:
        """A progress bar that the observer hears of, too."""
        return _Heard(self.ports.progress(title), self)

    def midst(self) -> None:
        """Tell the observer that the phase's work is half done."""
        self.ports.observe("midst", self.phase)

    @property
    def standing(self) -> Bundle | None:
        """The working set, verified; None where none is trained."""
        if self._standing is None:
            self._standing = (standing_set(self.config, self.prepared),)
        return self._standing[0]

    def forget_standing(self) -> None:
        """Another set stands now."""
        self._standing = None

    @property
    def number(self) -> int:
        """Of this week's iteration."""
        return int(self.facts["number"])

    @property
    def entry(self) -> dict[str, Any] | None:
        """This week's line of the loop's log, once it is decided."""
        found = [entry for entry in read_log(self.places.log) if entry.get("week") == self.diary.week]
        return found[-1] if found else None

    @property
    def steps(self) -> list[Step]:
        """What makes this week's candidate."""
        if not self.typed.weekly.retrain:
            return []
        is_searched = "tune" not in self.typed.weekly.skip and not self.typed.optimize.retrain_only
        return steps_of(self.typed, is_searched)

    @property
    def candidate(self) -> Candidate:
        """As far as the diary says that it is made; what an earlier start made is read, not made again."""
        if self._candidate is None:
            loop, folder = self.loop_of_typed(), self.places.folder / f"candidate_{self.number}"
            if self.typed.weekly.retrain:
                self._candidate = new_candidate(loop.config, loop.prepared, list(self.facts.get("dropped", [])), folder)
                for step in self.steps:
                    if self.diary.state(phase_of(step)) == DONE:
                        take_over(self._candidate, step, self.number, self.progress)
            else:
                self._candidate = self._standing_again(loop, folder)
            if self.diary.state("apply") == DONE and self.facts["sweep"]["setting"] is not None:
                apply_setting(self._candidate, self.facts["sweep"]["setting"])
        return self._candidate

    def loop_of_typed(self) -> Loop:
        """The loop before anything of this week was kept."""
        if self._loop is None or (self.entry is not None and self.entry["decision"] == COMMIT):
            config = self.with_bars()
            return Loop(config, prepare(config), self.lock, self.progress)
        return self._loop

    def _standing_again(self, loop: Loop, folder: Path) -> Candidate:
        """With weekly.retrain=false: the copy of what stood, which may have been kept with other settings since."""
        if self.entry is None:
            bundle = standing_set(loop.config, loop.prepared)
            assert bundle is not None, "preflight asks for a set where none is trained"
            return standing_candidate(loop.config, loop.prepared, bundle, folder)
        candidate = new_candidate(loop.config, loop.prepared, [], folder)
        names = loop.prepared.features.names
        stages = [name for name in ("signal", "position", "sltp", "risk") if (folder / name).is_dir()]
        candidate.bundle = load_bundle(folder, stages, names, feature_hash(names))
        return candidate

    @property
    def transaction(self) -> Transaction:
        """Begun where a candidate is begun, and again by the next start."""
        if self._transaction is None:
            self._transaction = self.loop.begin(self.number)
        return self._transaction

    def incumbent(self) -> OnGate | None:
        """What stands, on `gate`; a look only where nobody judged it there."""
        bundle = self.standing
        if bundle is None:
            return None
        loop = self.loop
        if loop.judged is None and judged_before(loop.config, loop.prepared, bundle):
            loop.judged = judge_again(loop.config, loop.prepared, bundle)
        return loop.baseline(bundle)

    def settle(self) -> None:
        """After a failure or a kill: what stood stands, or a decision that was ready is carried out."""
        if words := recover(self.places, self.lock):
            self.said.append(words)
            self.ports.say(f"! {words}")
        self._transaction = None

    def hashes(self) -> dict[str, str | None]:
        """Of the working set and current.yaml as they are now."""
        return {str(path): content_hash(path) for path in (self.places.train, self.places.current)}

    @property
    def is_kept(self) -> bool:
        """Whether this week's candidate was kept."""
        return self.entry is not None and self.entry["decision"] == COMMIT


def phase_of(step: Step) -> str:
    """The phase that does a step."""
    return f"{'tune' if step.what == TUNE else 'retrain'} {step.study}"


class _Heard:
    """A progress context whose reports the week's observer hears."""

    def __init__(self, inner: AbstractContextManager[Progress], week: Week) -> None:
        self.inner, self.week = inner, week

    def __enter__(self) -> Progress:
        report = self.inner.__enter__()

        def heard(text: str, share: float) -> None:
            report(text, share)
            self.week.midst()

        return heard

    def __exit__(self, *about: Any) -> bool | None:
        return self.inner.__exit__(*about)
