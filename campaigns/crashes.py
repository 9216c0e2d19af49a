"""Kills, full disks and power cuts at every operation of COMMIT and REVERT: the old state or the new one, never a mix.

A child process commits and reverts; it is killed with SIGKILL before, in the middle of and after each operation on
disk, at random instants from outside, and the disk is made full there. Then this process starts as the next would.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from campaigns.crash_checks import Plan, check_next_start, make_workspace, plan_of, stands_without_recover
from campaigns.power_cut import power_cuts

REPOSITORY = Path(__file__).resolve().parents[1]
STEPS = ("commit", "revert", "restore", "commit")
LOOP = ("commit", "revert") * 5
INSTANTS = 50
BIG_FILE_BYTES = 400_000  # so that a timer often falls into a write
SEED = 6
WORKERS = 6
MEMORY = Path("/dev/shm")  # a disk takes a second for the fsyncs of a case


class Fall(NamedTuple):
    """A child's end: where, what the next start said, what was wrong after it (empty: nothing)."""

    where: str
    words: str
    wrong: str


def crashes(instants: int | None) -> str:
    """All of it; `instants` random kills."""
    started = time.monotonic()
    logging.getLogger("novosky.disk.lock").setLevel(logging.ERROR)  # a dead owner at every start
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as scratch:
        tables = [_table(kind, falls) for kind, falls in run_all(Path(scratch), instants or INSTANTS)]
    head = "| what | faults | old or new state, whole | mixed or lost | the next start |\n|---|---|---|---|---|\n"
    text = head + "".join(tables)
    print(text, f"{time.monotonic() - started:.0f} s", flush=True)
    return text


def run_all(scratch: Path, instants: int) -> list[tuple[str, Sequence[Fall]]]:
    """Every kind of fault on the transaction, then the careless variants under the same kills."""
    plan = make_plan(scratch / "full", STEPS)
    first = make_plan(scratch / "empty", ("commit", "revert"), with_set=False)
    loop = make_plan(scratch / "loop", LOOP, file_bytes=BIG_FILE_BYTES)
    kinds: list[tuple[str, Callable[[], Sequence[Fall]]]] = [
        ("kill at every moment", lambda: at_every_moment(plan, "kill", scratch)),
        ("kill at every moment, no set before", lambda: at_every_moment(first, "kill", scratch)),
        (f"kill at {instants} random instants", lambda: at_instants(loop, instants, scratch)),
        ("disk full once, at every moment", lambda: at_every_moment(plan, "full", scratch)),
        ("disk full from every moment on", lambda: at_every_moment(plan, "full_from", scratch)),
        ("power cut at every moment and at the end", lambda: [Fall(*fall) for fall in power_cuts(plan, scratch)]),
    ]
    for way in ("copied_in_place", "renamed_without_journal"):
        careless = make_plan(scratch / way, ("commit", "revert"), way=way)
        run = partial(at_every_moment, careless, "kill", scratch)
        kinds.append((f"careless, {way.replace('_', ' ')}: kill at every moment", run))
    found = []
    for kind, fall_everywhere in kinds:
        falls = fall_everywhere()
        print(f"{kind}: {len(falls)} faults, {sum(bool(fall.wrong) for fall in falls)} wrong", flush=True)
        found.append((kind, falls))
    return found


def make_plan(
    folder: Path, steps: Sequence[str], way: str = "keep_or_revert", with_set: bool = True, file_bytes: int = 500
) -> Plan:
    """A template workspace and what the steps do in it."""
    make_workspace(folder / "template", with_set, file_bytes)
    return plan_of(folder / "template", steps, way, folder)


def at_every_moment(plan: Plan, kind: str, scratch: Path, every: int = 1) -> list[Fall]:
    """One child for each moment (`every`th of them) at which the fault can fall."""
    numbers = [
        number
        for number, (moment, _, _) in enumerate(plan.moments, start=1)
        if kind == "kill" or moment != "after"  # what is done cannot run out of space
    ][::every]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda number: _fall(plan, kind, number, scratch), numbers))


def at_instants(plan: Plan, count: int, scratch: Path) -> list[Fall]:
    """Children killed from outside, at instants drawn over the time that they take."""
    draw, found = random.Random(SEED), []
    seconds = _kill_after(plan, scratch, None)[0]
    for _ in range(count):
        instant_s = draw.uniform(0.0, 1.0) * seconds
        found.append(_kill_after(plan, scratch, instant_s)[1])
    return found


def _kill_after(plan: Plan, scratch: Path, instant_s: float | None) -> tuple[float, Fall]:
    """How long the child lived from its first step on, and its fall; None lets it come to its end."""
    root = _workspace(plan, scratch)
    child = _start(plan, root, ("none", 0, None))
    assert child.stdout is not None
    child.stdout.readline()
    started = time.monotonic()
    if instant_s is not None:
        time.sleep(instant_s)
        child.kill()
    said, _errors = child.communicate()
    lived_s = time.monotonic() - started
    fall = Fall(f"{lived_s:.3f} s", *check_next_start(root, plan, _done(said)))
    shutil.rmtree(root)
    return lived_s, fall


def _fall(plan: Plan, kind: str, number: int, scratch: Path) -> Fall:
    root = _workspace(plan, scratch)
    child = _start(plan, root, (kind, number, None))
    said, errors = child.communicate()
    done, where = _done(said), " ".join(plan.moments[number - 1])
    wrong = _ended_wrong(kind, child.returncode, said, errors)
    if kind != "kill" and not wrong:
        wrong = stands_without_recover(root, plan, done)
    words, found = check_next_start(root, plan, done)
    shutil.rmtree(root)
    return Fall(where, words, wrong or found)


def _ended_wrong(kind: str, code: int, said: str, errors: str) -> str:
    """A kill kills; a full disk is told in one line with the path and the mend."""
    if kind == "kill":
        return "" if code == -9 else f"expected to be killed, exit code {code}: {errors[-300:]}"
    told = [line for line in said.splitlines() if line.startswith("error: ")]
    if code == 0:
        return ""  # what failed was not needed
    if code != 3 or len(told) != 1 or "No space left" not in told[0] or "mend that" not in told[0]:
        return f"expected one line that names path and mend, exit code {code}: {said[-300:]} {errors[-600:]}"
    return ""


def _done(said: str) -> int:
    return max((int(line) for line in said.splitlines() if line.isdigit()), default=0)


def _workspace(plan: Plan, scratch: Path) -> Path:
    root = Path(tempfile.mkdtemp(dir=scratch)) / "workspace"
    shutil.copytree(plan.template, root)
    return root


def _start(plan: Plan, root: Path, fault: tuple[str, int, str | None]) -> subprocess.Popen[str]:
    module = [sys.executable, "-S", "-m", "campaigns.crash_child"]
    arguments = [str(root), ",".join(plan.steps), plan.way, json.dumps(fault)]
    pipe = subprocess.PIPE
    return subprocess.Popen([*module, *arguments], cwd=REPOSITORY, stdout=pipe, stderr=pipe, text=True)


def _table(kind: str, falls: Sequence[Fall]) -> str:
    wrong = [fall for fall in falls if fall.wrong]
    went_on = sum("it is done now" in fall.words for fall in falls)
    back = sum("rolled back" in fall.words for fall in falls)
    leftovers = sum("leftovers" in fall.words for fall in falls)
    said = f"went on {went_on}, rolled back {back}, removed leftovers {leftovers}, nothing to settle "
    said += str(len(falls) - went_on - back - leftovers)
    kinds = Counter(fall.wrong.split(":")[0] for fall in wrong)
    shown = ", ".join(f"{count} {name}" for name, count in sorted(kinds.items())) or "0"
    return f"| {kind} | {len(falls)} | {len(falls) - len(wrong)} | {shown} | {said} |\n"
