"""The week with an error and a SIGKILL in each phase in turn: what stands then, and what the next start makes of it.

A reference week is killed at the start of every phase and gone on with, so that there is a checkout before each phase.
From each of them a start meets a fault there; then another start does that phase and must come to what the reference
had before the next one. What is compared: working set, current.yaml, log, pointer, history, parameters, git here and
at the remote. The audit of mode=promote is left out: it reads, takes a minute, and changes nothing.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from campaigns.weekly_world import MARKET, Fault, copied, live, make_world, state_of
from novosky.audit.checks import Checked
from novosky.optimize import promotion

KILLED, FAILED = -9, 3
CLEARED = {"open": "no", "half": "nothing", "staged": "nothing"}  # what a next start settles
NO_AUDIT: list[Checked] = []
State = dict[str, Any]


class Case(NamedTuple):
    """A fault and what came of it; `wrong` is empty where all is as it must be."""

    fault: Fault
    code: int
    stands: str  # as before the phase, as after it
    said: str
    end_code: int
    wrong: str
    changed: str


class Plan(NamedTuple):
    """`before[phase]` is the checkout that the phase finds; `met` the phases that tell of their midst."""

    phases: Sequence[str]
    before: dict[str, Path]
    states: dict[str, State]
    end: State
    code: int
    operations: dict[str, int]
    met: Sequence[str]
    more: Sequence[str]
    market: Sequence[str]


def weekly(_count: int | None) -> str:
    """All of it."""
    began = time.monotonic()
    logging.getLogger("novosky.disk.lock").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        world = scratch / "world"
        promotion.audit = lambda _subject, _progress: NO_AUDIT
        _forked(lambda: make_world(world))
        plan = make_plan(world, scratch / "plan")
        print(f"plan: {len(plan.phases)} phases, exit {plan.code}, {time.monotonic() - began:.0f} s", flush=True)
        cases = []
        for number, fault in enumerate(faults(plan)):
            cases.append(play(plan, fault, scratch / f"case_{number}"))
            case = cases[-1]
            print(f"{_shown(fault)}: {case.code}, {case.stands}, then {case.end_code}  {case.wrong}", flush=True)
    text = table(plan, cases)
    print(text, f"{time.monotonic() - began:.0f} s", flush=True)
    return text


def make_plan(
    world: Path, scratch: Path, more: Sequence[str] = (), market: Sequence[str] = MARKET, kept: Sequence[str] = ()
) -> Plan:
    """Runs the week once, then phase by phase; only the phases `kept` (empty: all) get a checkout of their own."""
    scratch.mkdir()
    whole = copied(world, scratch / "whole")
    code = live(whole, "whole", Fault(), more, market)
    screen = (whole / "runs/whole/screen.txt").read_text()
    if code not in (0, 1):
        raise RuntimeError(f"the reference week ended with {code}:\n{screen}")
    counted = json.loads((whole / "runs/whole/counted.json").read_text())
    result = json.loads((whole / "runs/whole/result.json").read_text())
    phases = [row["name"] for row in result["phases"] if row["state"] != "skipped"]
    before, states, at = dict[str, Path](), dict[str, State](), world
    for phase in phases:
        if kept and phase not in kept:
            continue
        at = copied(at, scratch / f"before_{phase.replace(' ', '_')}")
        if live(at, f"to_{phase.replace(' ', '_')}", Fault(phase, "begun", "kill"), more, market) != KILLED:
            raise RuntimeError(f"not killed before {phase}")
        before[phase], states[phase] = at, state_of(at)
    return Plan(phases, before, states, state_of(whole), code, counted["operations"], counted["midst"], more, market)


def faults(plan: Plan) -> Iterator[Fault]:
    """At the start of each phase, in its midst and at its end; where it writes with care, on disk, early and late."""
    for phase in plan.before:
        midst = "midst" if phase in plan.met else "begun"
        yield Fault(phase, "begun", "fail")
        if midst == "midst":
            yield Fault(phase, "midst", "fail")
        yield Fault(phase, midst, "kill")
        if (count := plan.operations.get(phase, 0)) and not phase.startswith("tune"):
            for deed in ("fail", "kill"):
                yield Fault(phase, "disk", deed, max(1, count // 3))
                yield Fault(phase, "disk", deed, max(1, count - 2))
        yield Fault(phase, "worked", "kill")


def play(plan: Plan, fault: Fault, root: Path) -> Case:
    """The fault, a look, another start, a look."""
    copied(plan.before[fault.phase], root)
    code = live(root, "faulted", fault, plan.more, plan.market)
    now, wrong = state_of(root), []
    stands = _which(plan, fault, now)
    if stands == "mixed":
        differing = [name for name in now if now[name] != plan.states[fault.phase][name]]
        if fault.deed == "kill" and set(differing) <= CLEARED.keys() | _own(fault.phase):
            stands = "half of the phase"
        else:
            wrong.append(f"mixed: {', '.join(differing)}")
    wrong += _told(root, fault, code)
    following, due = _following(plan, fault.phase)
    stop = Fault(following, "begun", "kill") if following else Fault()
    end_code = live(root, "ended", stop, plan.more, plan.market)
    end, screen = state_of(root), (root / "runs/ended/screen.txt").read_text()
    if end_code != (KILLED if following else plan.code):
        wrong.append(f"the next start ended with {end_code}")
    met = [name for name in end if name not in CLEARED or not following]
    wrong += [f"{name} then: {end[name]}, not {due[name]}" for name in met if _differ(end, due, name)]
    said = next((line for line in screen.splitlines() if line.startswith("! week ")), "")
    if "going on there" not in said:
        wrong.append("the next start did not say that it goes on")
    changed = [f"{name}: {now[name]}" for name in now if now[name] != plan.states[fault.phase][name]]
    if not wrong:
        shutil.rmtree(root)
    return Case(fault, code, stands, said, end_code, "; ".join(wrong), ", ".join(changed))


def _following(plan: Plan, phase: str) -> tuple[str, State]:
    """The next phase that has a checkout, and what stands before it; the end of the week behind the last one."""
    later = [*plan.before][[*plan.before].index(phase) + 1 :]
    return (later[0], plan.states[later[0]]) if later else ("", plan.end)


def _own(phase: str) -> set[str]:
    """What a kill may leave half done of a phase that is no transaction; the next start does it again."""
    return {"history": {"history", "parameters"}, "commit": {"git"}, "push": {"remote"}}.get(phase, set())


def _which(plan: Plan, fault: Fault, now: State) -> str:
    """As before the phase, as after it, or mixed, by what is read; after an error nothing may be left open or half."""
    read = {name for name in now if name not in CLEARED}
    after = _following(plan, fault.phase)[1]
    if fault.deed == "fail" and any(now[name] != clean for name, clean in CLEARED.items()):
        return "mixed"
    due = dict(plan.states[fault.phase])
    if fault.deed == "fail" and fault.phase == "smoke":  # what cannot be traded must not trade
        due["pointer"] = plan.states["promote"]["pointer"]
    if all(now[name] == due[name] for name in read):
        return "as before" if due == plan.states[fault.phase] else "as before promote"
    return "as after" if all(not _differ(now, after, name) for name in read) else "mixed"


def _told(root: Path, fault: Fault, code: int) -> list[str]:
    """A kill leaves nothing to read; a failure ends with 3, names its phase, and has a page."""
    if fault.deed == "kill":
        return [] if code == KILLED else [f"not killed: {code}"]
    found = [] if code == FAILED else [f"ended with {code}"]
    folder = root / "runs/faulted"
    result = json.loads((folder / "result.json").read_text()) if (folder / "result.json").exists() else {}
    if result.get("failed_phase") != fault.phase:
        found.append(f"failed_phase {result.get('failed_phase')}")
    if fault.phase != "report" and not (folder / "report.html").exists():
        found.append("no page")
    return found


def _differ(a: State, b: State, name: str) -> bool:
    """Tags apart: a second promotion of a day has another number. The parameters name the tag."""
    if name == "parameters" and a["pointer"] != b["pointer"]:
        return False
    plain = [re.sub(r"-p(\d)\.\d+", r"-p\1", str(state[name])) for state in (a, b)]
    return plain[0] != plain[1]


def _forked(work: Any) -> None:
    """In a process of its own: training libraries must not have run in one that forks."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError("the checkout could not be made")


def _shown(fault: Fault) -> str:
    where = {"begun": "at its start", "midst": "in its midst", "worked": "at its end, before it is noted"}
    at = where.get(fault.moment, f"at disk operation {fault.disk}")
    return f"{fault.phase}: {'killed' if fault.deed == 'kill' else 'error'} {at}"


def table(plan: Plan, cases: Sequence[Case]) -> str:
    """A row a fault, and a line of all."""
    wrong = [case for case in cases if case.wrong]
    lines = [
        f"{len(cases)} faults in {len(plan.before)} phases: {len(wrong)} wrong. Each failure ended with 3 and named "
        "its phase; each next start said where it goes on, did the phase, and came to what the undisturbed week had "
        f"there (its exit code: {plan.code}).",
        "",
        "| phase | fault | exit | state right after | differs from before | next start |",
        "|---|---|---|---|---|---|",
    ]
    for case in cases:
        where = _shown(case.fault).split(": ", 1)[1]
        code = "SIGKILL" if case.code == KILLED else str(case.code)
        lines.append(
            f"| {case.fault.phase} | {where} | {code} | {case.stands} | {case.changed or 'nothing'} | "
            f"{case.wrong or 'goes on, as undisturbed'} |"
        )
    lines += [
        "",
        "The undisturbed week's end: " + "; ".join(f"{name} {value}" for name, value in plan.end.items()) + ".",
    ]
    return "\n".join(lines) + "\n"
