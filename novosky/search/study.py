"""A study in its journal: trials are reserved one by one, survive their process, and none is run twice.

A study has `trials` slots. Whoever works on it takes the lowest free slot under a lock, asks the sampler, and holds
the slot until the trial is finished. A process that dies leaves its trial running; the next one to reserve notices by
the operating system's own lock, marks the trial failed and abandoned, and the slot is free again. The sampler's seed
follows from the slot, so that a study that was killed and taken up by one process ends as if it had never stopped.
"""

from __future__ import annotations

import glob
import logging
import os
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from novosky.errors import ConfigError, DataError
from novosky.models.trees.voters import derived_seed
from novosky.search.identity import StudyIdentity
from novosky.search.locks import FileLock, is_locked, locked
from novosky.search.space import Parameter, Space

ABANDONED, ERROR, OWNER, SLOT = "abandoned", "error", "owner", "slot"
IDENTITY = "identity"
WAIT_SECONDS = 0.2
START_UP_TRIALS = 10

log = logging.getLogger(__name__)


def optuna_module() -> Any:
    """Optuna, silent but for warnings; `ConfigError` where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise ConfigError(
            "expected the package optuna to search, found none; install the extra `optimize` (uv sync --extra optimize)"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


@dataclass(frozen=True)
class Desk:
    """An open study and this process's place at it. `token` names the process; its lock lasts as long as it lives."""

    study: Any
    space: Space
    seed: int
    sampler: str
    folder: Path
    name: str
    token: str

    def reserve(self, trials: int) -> Any:
        """The next trial to run, None when all slots are finished; waits for slots that living processes hold."""
        while True:
            with locked(self.folder / f"{self.name}.reserve"):
                self._free_abandoned()
                kept = [trial for trial in self.study.get_trials(deepcopy=False) if counts(trial)]
                taken = {trial.user_attrs[SLOT] for trial in kept}
                free = next((slot for slot in range(trials) if slot not in taken), None)
                if free is not None:
                    return self._ask(free)
                if all(trial.state.is_finished() for trial in kept):
                    return None
            time.sleep(WAIT_SECONDS)

    def _ask(self, slot: int) -> Any:
        optuna = optuna_module()
        self.study.sampler = sampler_of(self.sampler, derived_seed(self.seed, slot), optuna)
        waiting = self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.WAITING,))
        if slot == 0 and not waiting:
            self.study.enqueue_trial(self.space.current)
        trial = self.study.ask(distributions_of(self.space.parameters, optuna))
        trial.set_user_attr(SLOT, slot)
        trial.set_user_attr(OWNER, self.token)
        return trial

    def _free_abandoned(self) -> None:
        """Mark what dead processes left running; a trial without an owner was left between two writes."""
        optuna = optuna_module()
        for trial in self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
            owner = trial.user_attrs.get(OWNER)
            if owner is None or not is_locked(alive_file(self.folder, self.name, owner)):
                optuna.trial.Trial(self.study, trial._trial_id).set_user_attr(ABANDONED, True)
                self.study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
                log.warning("study %s: trial %d was left by a process that is gone; run again", self.name, trial.number)


def counts(trial: Any) -> bool:
    """Whether the trial holds its slot: running, finished, or failed by an error of its own."""
    return SLOT in trial.user_attrs and ABANDONED not in trial.user_attrs


@contextmanager
def joined(
    folder: Path, identity: StudyIdentity, space: Space, directions: Sequence[str], sampler: str, pruner: str
) -> Iterator[Desk]:
    """Open or create the study and sit down at it. Raises ConfigError for a study of something else."""
    optuna = optuna_module()
    folder.mkdir(parents=True, exist_ok=True)
    token = uuid.uuid4().hex
    alive = FileLock(alive_file(folder, identity.name, token))
    try:
        with locked(folder / f"{identity.name}.reserve"):
            _clear_dead(folder, identity.name)
            alive.acquire()
            study = open_study(folder, identity, directions, pruner, optuna)
        yield Desk(study, space, identity.seed, sampler, folder, identity.name, token)
    finally:
        alive.release()
        with suppress(OSError):
            alive.path.unlink()


def open_study(folder: Path, identity: StudyIdentity, directions: Sequence[str], pruner: str, optuna: Any) -> Any:
    """The study of this name in its journal, mended after an interrupted write, or a new one."""
    journal = journal_file(folder, identity.name)
    lock = FileLock(journal.with_name(journal.name + ".lock"))
    _mend(journal, lock)
    backend = optuna.storages.journal.JournalFileBackend(str(journal), lock_obj=lock)
    try:
        storage = optuna.storages.JournalStorage(backend)
    except (ValueError, KeyError) as error:
        raise DataError(f"{journal}: not a readable journal ({error}); move it away to start the study anew") from None
    study = optuna.create_study(
        storage=storage,
        study_name=identity.name,
        directions=list(directions),
        pruner=pruner_of(pruner, optuna),
        load_if_exists=True,
    )
    known = study.user_attrs.get(IDENTITY)
    if known is None:
        study.set_user_attr(IDENTITY, dict(identity.facts))
    elif known != dict(identity.facts):
        differing = ", ".join(name for name in identity.facts if known.get(name) != identity.facts[name])
        raise ConfigError(
            f"tune.study={identity.name}: {journal} is a study of something else: its {differing} differ; give this "
            "search another name, or leave tune.study away"
        )
    return study


def _clear_dead(folder: Path, name: str) -> None:
    """Take away what processes that are gone left; new ones come under the same lock, so none of theirs is taken."""
    for file in folder.glob(alive_file(folder, glob.escape(name), "*").name):
        if not is_locked(file):
            file.unlink(missing_ok=True)


def _mend(journal: Path, lock: FileLock) -> None:
    """Cut off a last line that a killed process did not finish: what is appended to it would be lost with it."""
    if not journal.exists():
        return
    lock.acquire()
    try:
        content = journal.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(journal, whole)
            log.warning("%s: an interrupted write of %d bytes was taken back", journal, len(content) - whole)
    finally:
        lock.release()


def journal_file(folder: Path, name: str) -> Path:
    """Where a study lies."""
    return folder / f"{name}.journal"


def alive_file(folder: Path, name: str, token: str) -> Path:
    """What a process at work on the study keeps locked."""
    return folder / f"{name}.{token}.alive"


def distributions_of(parameters: Sequence[Parameter], optuna: Any) -> dict[str, Any]:
    """The space in Optuna's words."""
    kinds = optuna.distributions
    found: dict[str, Any] = {}
    for one in parameters:
        if one.kind == "categorical":
            found[one.key] = kinds.CategoricalDistribution(one.choices)
        elif one.kind == "int":
            found[one.key] = kinds.IntDistribution(int(one.low), int(one.high), log=one.log)
        else:
            found[one.key] = kinds.FloatDistribution(one.low, one.high, log=one.log)
    return found


def sampler_of(name: str, seed: int, optuna: Any) -> Any:
    """Who proposes the next trial."""
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=START_UP_TRIALS)


def pruner_of(name: str, optuna: Any) -> Any:
    """Who ends a trial between folds."""
    if name == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=5)
    if name == "successive_halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    return optuna.pruners.NopPruner()
