"""The loop: analyze, judge what stands, search and train a candidate, judge it on `gate`, keep or revert."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from novosky.backtest.analysis import analyze
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.evaluation.gate import COMMIT, Verdict, gate, not_made
from novosky.evaluation.windows import Window
from novosky.features.build import feature_hash
from novosky.features.protected import PROTECTED
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import FILE
from novosky.models.explanation.droppable import droppable
from novosky.optimize.candidate import Candidate, make_candidate
from novosky.optimize.current import current_text
from novosky.optimize.entry import entry_of, judged_block
from novosky.optimize.log import read_log
from novosky.optimize.on_gate import WINDOW, OnGate, compared_with, judge_on_gate, name_of, share_of
from novosky.optimize.places import Places
from novosky.optimize.recovery import recover
from novosky.optimize.set_bars import learned_from
from novosky.optimize.sync import check_sync
from novosky.optimize.transaction import Transaction, begin
from novosky.search.tune import Tuned

Done = TypeVar("Done")
OpenProgress = Callable[[str], AbstractContextManager[Callable[[str, float], None]]]


@dataclass(frozen=True)
class Iteration:
    """What an iteration found; `entry` is its line of the log, None with analyze_only."""

    number: int
    entry: dict[str, Any] | None
    incumbent: OnGate | None
    candidate: OnGate | None
    analysis: dict[str, Any] | None
    said: tuple[str, ...]
    seconds: dict[str, float]
    tuned: Mapping[str, Tuned] = field(default_factory=dict)


class Loop:
    """Iterations on one workspace, whose lock it holds; `config` and `prepared` follow what is kept."""

    def __init__(self, config: Config, prepared: Prepared, lock: Lock, progress: OpenProgress) -> None:
        self.config, self.prepared, self.lock, self.progress = config, prepared, lock, progress
        self.places = Places.of(config)
        self.gate = prepared.windows[WINDOW]
        self.judged: OnGate | None = None

    def iterate(self) -> Iteration:
        """One iteration. What was interrupted before is settled first, and told."""
        started, clock = time.time(), _Clock()
        said = self.settle()
        bundle = standing_set(self.config, self.prepared)
        if bundle is not None and (words := check_sync(self.config, bundle.facts)) is not None:
            said.append(words)
        number = self.next_number()
        analysis = None if bundle is None else clock.time("analyze", lambda: self.analyze(bundle))
        incumbent = None if bundle is None else clock.time("baseline", lambda: self.baseline(bundle))
        if self.config.optimize.analyze_only:
            return Iteration(number, None, incumbent, None, analysis, tuple(said), clock.seconds)
        transaction = self.begin(number)
        dropped = self.dropped(analysis)
        candidate = make_candidate(self.config, self.prepared, dropped, number, self.folder(number), self.progress)
        verdict, judged = clock.time("evaluate", lambda: self.decide(candidate, incumbent))
        facts = (number, verdict, incumbent, candidate, judged, transaction.incumbent.folder.name)
        entry = entry_of(*facts, started, time.time(), clock.seconds)
        said += self.keep_or_revert(transaction, candidate, verdict, judged, entry)
        seconds = clock.seconds | candidate.seconds
        return Iteration(number, entry, incumbent, judged, analysis, tuple(said), seconds, candidate.tuned)

    def settle(self) -> list[str]:
        """Go on with what a crash left, or roll it back, and say which."""
        return [words for words in (recover(self.places, self.lock),) if words]

    def next_number(self) -> int:
        """Of the next iteration: they are numbered through all loops of a workspace."""
        return len(read_log(self.places.log)) + 1

    def folder(self, number: int) -> Path:
        """Where an iteration's candidate is made."""
        return self.places.folder / f"candidate_{number}"

    def begin(self, number: int) -> Transaction:
        """Keep what stands, and note that an iteration's decision is under way."""
        return begin(self.places, self.lock, f"{self.config.optimize.name}-{number}")

    def analyze(self, bundle: Bundle) -> dict[str, Any] | None:
        """SHAP of what stands, on the bars that it learned from; None where their snapshot is gone."""
        ground = learned_from(self.config, self.prepared, bundle)
        if ground is None:
            return None
        with self.progress("analyzing") as report:
            return analyze(*ground, bundle, report).summary

    def baseline(self, bundle: Bundle) -> OnGate:
        """What stands, on `gate`; judged once for as long as it stands."""
        if self.judged is None or self.judged.result.name != name_of(self.config, self.prepared, bundle):
            self.judged = judge_on_gate(self.config, self.prepared, bundle, None)
        return self.judged

    def dropped(self, analysis: dict[str, Any] | None) -> list[str]:
        """Features that the candidate is made without."""
        threshold = self.config.optimize.drop_threshold
        return [] if analysis is None else droppable(analysis, threshold, PROTECTED)

    def decide(self, candidate: Candidate, incumbent: OnGate | None) -> tuple[Verdict, OnGate | None]:
        """The candidate on the very bars on which the incumbent was judged; an identical one is not looked at."""
        old = None if incumbent is None else incumbent.result
        if candidate.failure is not None:
            return not_made(candidate.failure, old, candidate.config.gate), None
        config, bundle = candidate.config, candidate.made
        prepared = _on_window(candidate.prepared, self.gate)
        if incumbent is not None and name_of(config, prepared, bundle) == incumbent.result.name:
            return gate(incumbent.result, incumbent.result, None, config.gate, config.seed), None
        against = compared_with(incumbent)
        share = share_of(config, prepared, bundle, None if incumbent is None else against)
        judged = judge_on_gate(config, prepared, bundle, against)
        return gate(judged.result, old, share, config.gate, config.seed), judged

    def keep_or_revert(
        self,
        transaction: Transaction,
        candidate: Candidate,
        verdict: Verdict,
        judged: OnGate | None,
        entry: dict[str, Any],
    ) -> list[str]:
        """Carry the decision out; `config` and `prepared` are then the kept candidate's. Words of what was found."""
        if verdict.decision != COMMIT or judged is None:
            words = transaction.revert(entry)
            return [words] if words else []
        text = current_text(self.places.current, candidate, entry["iteration"])
        best = {
            **judged_block(judged),
            "iteration": entry["iteration"],
            "params": entry["params"],
            "models": candidate.made.name,
        }
        transaction.commit(candidate.folder, text, entry, best)
        self.go_on_from(candidate)
        self.judged = judged
        return []

    def go_on_from(self, candidate: Candidate) -> None:
        """The kept candidate's settings are those that stand."""
        self.config = replace(candidate.config, paths=self.config.paths)
        self.prepared = _on_window(candidate.prepared, self.gate)


def standing_set(config: Config, prepared: Prepared) -> Bundle | None:
    """The working set, verified; None where none is trained."""
    root = Path(config.paths.train)
    if not (root / "signal" / FILE).is_file():
        return None
    names = prepared.features.names
    return load_bundle(root, enabled_stages(config.stage), names, feature_hash(names))


def _on_window(prepared: Prepared, window: Window) -> Prepared:
    """The same with this `gate`: both sets are judged on the same bars, whatever the candidate's purge."""
    return replace(prepared, windows={**prepared.windows, WINDOW: window})


class _Clock:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, step: str, work: Callable[[], Done]) -> Done:
        began = time.perf_counter()
        done = work()
        self.seconds[step] = round(time.perf_counter() - began, 1)
        return done
