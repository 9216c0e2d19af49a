"""What may stand after a fall, and whether the next start finds it: exactly one of the states between the steps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from campaigns.crash_child import WAYS, Fault, break_set
from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import NovoskyError
from novosky.optimize.journal import PREPARED, read_journal
from novosky.optimize.log import read_log
from novosky.optimize.places import Places, contents
from novosky.optimize.recovery import recover
from novosky.optimize.snapshot import PREFIX, UNFINISHED, read_snapshot
from novosky.optimize.transaction import begin
from support.kept_sets import entry_of, places_in, standing, write_set

State = dict[str, bytes]
CANDIDATES = 12
LAST = CANDIDATES  # the candidate that is committed after a fall


class Plan(NamedTuple):
    """A workspace to copy, what is done in it, and what stands between: `states[k]` after k steps."""

    template: Path
    steps: Sequence[str]
    way: str
    states: Sequence[State]
    broken: Sequence[State]  # the states with the set that a `restore` finds and puts right
    moments: Sequence[tuple[str, str, str]]  # moment, operation, path of each point at which a fault can fall


def make_workspace(root: Path, with_set: bool = True, file_bytes: int = 500) -> None:
    """A working set and current.yaml (or neither), and candidates."""
    places = places_in(root)
    if with_set:
        write_set(places.train, 0, file_bytes)
        (places.train / ".gitignore").write_text("/signal\n")
        places.current.parent.mkdir(parents=True)
        places.current.write_text("seed: 0\n")
    for number in range(1, CANDIDATES + 1):
        write_set(root / f"candidate_{number}", number, file_bytes)


def plan_of(template: Path, steps: Sequence[str], way: str, scratch: Path) -> Plan:
    """Do the steps once without a fault, and note every operation."""
    root, record = scratch / "reference", scratch / "moments.jsonl"
    shutil.copytree(template, root)
    states, broken = [standing(root)], []
    with files.observed_by(Fault("none", 0, record)):
        WAYS[way](root, steps, lambda _number: states.append(standing(root)))
    for number, step in enumerate(steps, start=1):
        if step == "restore":
            copy = scratch / f"broken_{number}"
            break_set(places_in(copy), number)
            broken.append({**states[number - 1], **standing(copy)})
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    return Plan(template, steps, way, states, broken, [(m, o, str(Path(p).relative_to(root))) for m, o, p in lines])


def check_next_start(root: Path, plan: Plan, done: int) -> tuple[str, str]:
    """What the next start says, and what is wrong afterwards (empty when all is right); `done` steps were told."""
    if plan.way != "keep_or_revert":
        return "", _which(root, plan, done)
    places = places_in(root)
    try:
        with Lock(places.lock) as lock:
            words = "; ".join(text for text in ("a dead owner's lock" * bool(lock.told), recover(places, lock)) if text)
            wrong = _which(root, plan, done) or _left_over(places) or _log(places)
            if not wrong and recover(places, lock):
                wrong = "a second recover did something"
            if not wrong:
                wrong = _goes_on(root, places, lock)
    except NovoskyError as error:
        return "", f"refused: {error}"
    return words, wrong


def stands_without_recover(root: Path, plan: Plan, done: int) -> str:
    """After a full disk: what stood must stand before any next start, unless the new state was ready."""
    opened = read_journal(places_in(root).journal).open
    if opened and opened[-1].name == PREPARED:
        return ""
    return _which(root, plan, done)


def _which(root: Path, plan: Plan, done: int) -> str:
    found = standing(root)
    allowed = [*plan.states[done : done + 2], *plan.broken]
    if found in allowed:
        return ""
    if found in plan.states:
        return f"lost: step {done} was told, step {list(plan.states).index(found)} stands"
    return "mixed: " + ", ".join(sorted(_origins(found, plan)))


def _origins(found: State, plan: Plan) -> set[str]:
    """From which states the files are: what makes it a mix."""
    origins = set()
    for name in sorted({*found, *plan.states[0], *plan.states[-1]}):
        states = [str(k) for k, state in enumerate(plan.states) if state.get(name) == found.get(name)]
        origins.add("of step " + "/".join(states) if states else f"torn {Path(name).name}")
    return origins


def _left_over(places: Places) -> str:
    folders = (places.train.parent, places.current.parent, places.folder)
    left = [file.name for folder in folders if folder.is_dir() for file in folder.glob(".*") if _is_rest(file.name)]
    for snapshot in sorted(places.folder.glob(f"{PREFIX}*")):
        read_snapshot(snapshot)
    return f"left over: {', '.join(left)}" if left else ""


def _is_rest(name: str) -> bool:
    return name.endswith((".new", ".old")) or name.startswith(UNFINISHED)


def _log(places: Places) -> str:
    numbers = [entry["iteration"] for entry in read_log(places.log)]
    return "" if numbers == list(range(1, len(numbers) + 1)) else f"log has the entries {numbers}"


def _goes_on(root: Path, places: Places, lock: Lock) -> str:
    """The workspace works: one more commit."""
    number = len(read_log(places.log)) + 1
    begin(places, lock, "after the fall").commit(root / f"candidate_{LAST}", "seed: last\n", entry_of(number))
    candidate = contents(root / f"candidate_{LAST}")
    is_taken = candidate.items() <= contents(places.train).items() and places.current.read_text() == "seed: last\n"
    return "" if is_taken else "the next commit did not take"
