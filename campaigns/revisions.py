"""Kills, full disks and power cuts at every operation of promote and pull: the old revision or the new, never a mix.

A forked child promotes and pulls; it is killed with SIGKILL before, in the middle of and after each operation on disk,
at random instants from outside, and the disk is made full there. What trades is read at once, as a bot would, and
again after the next start.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from campaigns.crash_child import Fault
from campaigns.crashes import Fall
from campaigns.power_cut import Disk
from campaigns.revision_steps import STEPS, TAGS, WAYS, before_step, make_workspace, places_in, record_of
from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import NovoskyError
from novosky.models.revision.move import move, settle
from novosky.models.revision.places import WORK
from novosky.models.revision.promoted import promoted, read_pointer

INSTANTS, SEED, BIG_FILE_BYTES = 100, 7, 400_000
MEMORY = Path("/dev/shm")
State = dict[str, bytes]


class Plan(NamedTuple):
    """A template workspace; `states[k]` after k steps, `met[k]` what step k + 1 finds; the moments of faults."""

    template: Path
    steps: tuple[str, ...]
    way: str
    states: Sequence[State]
    met: Sequence[State]
    moments: Sequence[str]


def revisions(instants: int | None) -> str:
    """All of it; `instants` random kills."""
    started = time.monotonic()
    logging.getLogger("novosky.disk.lock").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        scratch, count = Path(folder), instants or INSTANTS
        plan = make_plan(scratch / "plan", STEPS)
        large = make_plan(scratch / "large", ("promote 0", "promote 1", "pull 0", "pull 1"), BIG_FILE_BYTES)
        other = make_plan(scratch / "other", ("promote 0", "promote 1"), way="careless")
        kinds = {
            "kill at every moment": at_every_moment(plan, "kill", scratch),
            f"kill at {count} random instants": at_instants(large, count, scratch),
            "disk full once, at every moment": at_every_moment(plan, "full", scratch),
            "disk full from every moment on": at_every_moment(plan, "full_from", scratch),
            "power cut at every moment and at the end": power_cuts(plan, scratch),
            "careless, file by file: kill at every moment": at_every_moment(other, "kill", scratch),
        }
    head = "| what | faults | old or new revision, whole | mixed or lost | the next start |\n|---|---|---|---|---|\n"
    text = head + "".join(_row(kind, falls) for kind, falls in kinds.items())
    print(text, f"{time.monotonic() - started:.0f} s", flush=True)
    return text


def make_plan(folder: Path, steps: tuple[str, ...], file_bytes: int = 500, way: str = "careful") -> Plan:
    """The steps done once without a fault."""
    template, root, record = folder / "template", folder / "reference", folder / "moments.jsonl"
    make_workspace(template, file_bytes)
    shutil.copytree(template, root)
    states, met = [standing(root)], []
    for step in steps:
        copy = folder / "met"
        shutil.copytree(root, copy)
        before_step(copy, step)
        met.append(standing(copy))
        shutil.rmtree(copy)
        with files.observed_by(Fault("none", 0)):
            WAYS[way](root, (step,), lambda _number: None)
        states.append(standing(root))
    with files.observed_by(Fault("none", 0, record)):
        shutil.copytree(template, folder / "again")
        WAYS[way](folder / "again", steps, lambda _number: None)
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    moments = [f"{moment} {what} {Path(path).relative_to(folder / 'again')}" for moment, what, path in lines]
    return Plan(template, steps, way, states, met, moments)


def standing(root: Path) -> State:
    """Every file that anybody reads."""
    found = [path for name in ("models", "revisions") for path in sorted((root / name).rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def at_every_moment(plan: Plan, kind: str, scratch: Path, every: int = 1) -> list[Fall]:
    """One child for each moment (`every`th of them) at which the fault can fall."""
    found = []
    for number, where in list(enumerate(plan.moments, start=1))[::every]:
        if kind != "kill" and where.startswith("after"):
            continue
        root = _workspace(plan, scratch)
        pid, told = _fork(plan, root, Fault(kind, number))
        _, status = os.waitpid(pid, 0)
        done, errors = _read(told)
        wrong = "" if kind != "kill" or os.WIFSIGNALED(status) else "not killed"
        if kind != "kill" and status and not _is_told(errors):
            wrong = f"not told: {errors[-300:]}"
        words, off = check_next_start(root, plan, done)
        found.append(Fall(where, words, wrong or off))
        shutil.rmtree(root.parent)
    return found


def at_instants(plan: Plan, count: int, scratch: Path) -> list[Fall]:
    """Children killed from outside, at instants drawn over the time that they take."""
    draw, found, seconds = random.Random(SEED), [], 0.0
    for number in range(count + 1):
        root = _workspace(plan, scratch)
        started = time.monotonic()
        pid, told = _fork(plan, root, Fault("none", 0))
        if number:
            time.sleep(draw.uniform(0.0, seconds))
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        lived_s = time.monotonic() - started
        seconds = seconds or lived_s
        done, _errors = _read(told)
        found.append(Fall(f"{lived_s:.3f} s", *check_next_start(root, plan, done)))
        shutil.rmtree(root.parent)
    return found[1:]


def power_cuts(plan: Plan, scratch: Path, every: int = 1) -> list[Fall]:
    """What was forced to disk is what the next start finds; see campaigns/power_cut.py."""
    root, found, done = scratch / "powered", list[Fall](), [0]
    shutil.copytree(plan.template, root)
    disk = Disk(root)
    disk.keep_all()

    def cut(where: str) -> None:
        image = scratch / "image"
        disk.write_image(image)
        lock = places_in(image).lock
        if lock.exists() and (content := lock.read_bytes()):
            lock.write_bytes(json.dumps({**json.loads(content), "started": "another boot:1"}).encode())
        with files.observed_by(Fault("none", 0)):
            found.append(Fall(where, *check_next_start(image, plan, done[0])))
        shutil.rmtree(image)

    with files.observed_by(disk.watching(cut, every)):
        WAYS[plan.way](root, plan.steps, lambda number: done.__setitem__(0, number))
    cut("after the last step was told")
    shutil.rmtree(root)
    return found


def check_next_start(root: Path, plan: Plan, done: int) -> tuple[str, str]:
    """What the next start says, and what is wrong before or after it (empty: nothing); `done` steps were told."""
    places = places_in(root)
    wrong = _as_read(root, plan, done)
    try:
        with Lock(places.lock, WORK) as lock:
            words = settle(places, lock)
            wrong = wrong or _which(root, plan, done) or _left_over(root)
            if not wrong and settle(places, lock):
                wrong = "a second start did something"
            if not wrong:
                record = record_of(root, len(TAGS) - 1)
                move(places, lock, record, lambda folder: _copy(root, folder), _ok)
                wrong = "" if promoted(places) == record else "the next promotion did not take"
    except NovoskyError as error:
        return "", wrong or f"refused: {error}"
    return words, wrong


def _as_read(root: Path, plan: Plan, done: int) -> str:
    """What a reader gets at once, without any start: a whole revision, old or new, or what step found damaged."""
    places = places_in(root)
    states = [*plan.states[done : done + 2], *plan.met[done : done + 1]]
    try:
        pointer = read_pointer(places)
        now = b"" if pointer is None else places.pointer.read_bytes()
        if now not in [state.get("models/pointer.json", b"") for state in states]:
            return "lost: the pointer names another revision than the last told or the next"
        if pointer is not None:
            promoted(places)
    except NovoskyError as error:
        is_met = done < len(plan.steps) and plan.met[done] != plan.states[done]
        return "" if is_met else f"mixed as read: {error}"
    return ""


def _which(root: Path, plan: Plan, done: int) -> str:
    found = standing(root)
    if found in [*plan.states[done : done + 2], *plan.met[done : done + 1]]:
        return ""
    return f"lost: after step {done} another state stands" if found in plan.states else "mixed"


def _left_over(root: Path) -> str:
    moving = places_in(root).moving
    left = [path.name for path in moving.iterdir() if "lock.json" not in path.name] if moving.is_dir() else []
    return f"left over: {', '.join(left)}" if left else ""


def _fork(plan: Plan, root: Path, fault: Fault) -> tuple[int, int]:
    """The child's number, and where it tells the steps that are done, a byte each, then its error."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(tell)
        return pid, told
    code = 1
    try:
        with files.observed_by(fault):
            WAYS[plan.way](root, plan.steps, lambda number: os.write(tell, bytes([number])) and None)
        code = 0
    except Exception as error:
        os.write(tell, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(code)


def _read(told: int) -> tuple[int, str]:
    with os.fdopen(told, "rb") as pipe:
        said = pipe.read()
    steps = said[: len(said) - len(said.lstrip(bytes(range(1, 32))))]
    return max(steps, default=0), said[len(steps) :].decode()


def _is_told(errors: str) -> bool:
    """One line with the path and the mend."""
    return errors.startswith("NovoskyError: ") and "No space left" in errors and "mend that" in errors


def _workspace(plan: Plan, scratch: Path) -> Path:
    root = Path(tempfile.mkdtemp(dir=scratch)) / "workspace"
    shutil.copytree(plan.template, root)
    return root


def _copy(root: Path, folder: Path) -> None:
    shutil.copytree(root / f"whole_{len(TAGS) - 1}", folder, dirs_exist_ok=True)


def _ok(_folder: Path) -> None:
    """Random bytes answer no golden rows."""


def _row(kind: str, falls: Sequence[Fall]) -> str:
    wrong = [fall for fall in falls if fall.wrong]
    went_on = sum("done now" in fall.words for fall in falls)
    removed = sum("leftovers" in fall.words for fall in falls)
    kinds = Counter(fall.wrong.split(":")[0] for fall in wrong)
    shown = ", ".join(f"{count} {name}" for name, count in sorted(kinds.items())) or "0"
    said = f"went on {went_on}, removed leftovers {removed}, nothing to settle {len(falls) - went_on - removed}"
    return f"| {kind} | {len(falls)} | {len(falls) - len(wrong)} | {shown} | {said} |\n"
