"""What happens after `prepared`, and what a start does with what a crash left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import DataError, NovoskyError
from novosky.optimize.journal import DONE, PREPARED, ROLLED_BACK, Step, append_step, read_journal
from novosky.optimize.places import Places, content_hash
from novosky.optimize.replacing import former_of, install, tidy
from novosky.optimize.snapshot import CURRENT, TRAIN, UNFINISHED

LOG, BEST = "log", "best"
ROLES = (TRAIN, CURRENT, LOG, BEST)  # in the order in which they are put in place: the log tells what is there
GO_ON = "the new state is complete on disk: mend that and start again, the next start goes on with it"


def recover(places: Places, lock: Lock) -> str:
    """Settle what a crash left: go on or roll back, and say which; empty when there was nothing to settle.

    Doing it twice changes nothing. Raises DataError, with nothing changed, for a journal that is damaged or foreign,
    or a state that is neither the old nor the new.
    """
    lock.confirm()
    with telling("what stood stands: mend that and start again"):
        opened = read_journal(places.journal).open
        if opened and opened[-1].name == PREPARED:
            return _go_on(places, opened)
        if opened:
            return _roll_back(places, opened[0], "interrupted")
        return "leftovers of an interrupted step were removed" if _tidy(places) else ""


def unfinished(places: Places) -> str:
    """For those who read the state without a lock: why they should wait or recover first; empty when all is settled."""
    opened = read_journal(places.journal).open
    if not opened or opened[-1].name != PREPARED:
        return ""
    return (
        f"{places.journal}: {opened[0].facts['name']}: {opened[-1].facts['decision']} is being put in place, or was "
        "interrupted there: wait for it, or run.py mode=optimize goes on with it"
    )


def _go_on(places: Places, opened: Sequence[Step]) -> str:
    finish(places)
    name, decision = opened[0].facts["name"], opened[-1].facts["decision"]
    return f"{name}: {decision} was interrupted when all of it was ready; it is done now"


def finish(places: Places) -> None:
    """From `prepared` to `done`."""
    with telling(GO_ON):
        prepared = read_journal(places.journal).open[-1]
        for name, digests in prepared.facts["targets"].items():
            install(target(places, name), digests["before"], digests["after"])
        append_step(places.journal, DONE, {})
        _tidy(places)


def _roll_back(places: Places, began: Step, why: str) -> str:
    """Nothing was put in place yet: remove what was made ready, and look whether the incumbent stands."""
    name = began.facts["name"]
    if former_of(places.train).exists() and not places.train.exists():
        raise DataError(
            f"{former_of(places.train)}: {name}: the working set was moved aside, but {places.journal} does not say "
            "that a new one is ready: it was damaged; put the folder back under its name and run again"
        )
    _tidy(places)
    append_step(places.journal, ROLLED_BACK, {"why": why})
    words = f"{name}: {why} before a decision was ready; rolled back"
    if all(began.facts[role] == digest for role, digest in hashes(places).items()):
        return f"{words}: what stood before it stands"
    return f"{words}; the working set or {places.current.name} was changed since by something else and is left as it is"


def given_up(places: Places, why: str) -> bool:
    """After an error that will be told: roll back, as far as the disk lets us; the next `recover` does the rest.

    False where the journal says that the new state is ready after all.
    """
    try:
        opened = read_journal(places.journal).open
        if opened and opened[-1].name == PREPARED:
            return False
        if opened:
            _roll_back(places, opened[0], why)
    except (OSError, NovoskyError):
        pass
    return True


def _tidy(places: Places) -> bool:
    left = list(places.folder.glob(f"{UNFINISHED}*"))
    for path in left:
        files.remove(path)
    tidied = [tidy(target(places, role)) for role in ROLES]
    return any(tidied) or bool(left)


def target(places: Places, role: str) -> Path:
    """Where it lies."""
    return {TRAIN: places.train, CURRENT: places.current, LOG: places.log, BEST: places.best}[role]


def hashes(places: Places) -> dict[str, str | None]:
    """Of working set and current.yaml as they are now; None where there is none."""
    return {TRAIN: content_hash(places.train), CURRENT: content_hash(places.current)}


@contextmanager
def telling(mend: str) -> Iterator[None]:
    """A block whose disk errors leave with their path and this mend."""
    try:
        yield
    except OSError as error:
        raise told(error, mend) from error


def told(error: OSError, mend: str) -> NovoskyError:
    """The error of the disk in one line."""
    return NovoskyError(f"{error.filename}: {error.strerror}; {mend}")
