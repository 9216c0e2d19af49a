"""The week from its first phase to its last: gone on with where it was stopped, rolled back where a phase fails."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
import traceback
from dataclasses import replace
from pathlib import Path

from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.errors import NovoskyError
from novosky.optimize.weekly.diary import DONE, FAILED, NO, OVER, RUNNING, SKIPPED, Diary
from novosky.optimize.weekly.phases import TAIL, phases_of
from novosky.optimize.weekly.ports import Ports
from novosky.optimize.weekly.step import Phase, Said
from novosky.optimize.weekly.summary import summary
from novosky.optimize.weekly.week import Week

FILE = "week.json"


def run_week(config: Config, lock: Lock, ports: Ports, run_dir: Path) -> Week:
    """Every phase that is not over yet; `lock` is the loop's. What failed is in the week that comes back."""
    phases = phases_of(config)
    diary = open_diary(config, [phase.name for phase in phases], ports)
    week = Week(config, diary, lock, ports, run_dir)
    week.settle()
    stops = False
    for phase in phases:
        if diary.state(phase.name) in OVER:
            _remember(week, phase)
        elif not stops or phase.always:
            stops = not _do(week, phase) or stops
    if not week.failed:
        diary.end()
    return week


def open_diary(config: Config, names: list[str], ports: Ports) -> Diary:
    """The week that was interrupted, where it may be gone on with, else a new one; which and why is said."""
    path, asked, now_s = Path(config.weekly.folder) / FILE, asked_hash(config), time.time()
    last = Diary.read(path)
    if last is not None and not last.content["ended"]:
        words = f"{last.told()}: {_left_at(last)}"
        if (why := _not_gone_on(config, last, names, asked, now_s)) is None:
            ports.say(f"! {words}; going on there")
            last.begin_again(TAIL)
            return last
        ports.say(f"! {words}; a new week begins: {why}")
    return Diary.new(path, asked, names, now_s)


def asked_hash(config: Config) -> str:
    """Of every setting that decides what a week does; a week with other settings is another week."""
    own = replace(config, weekly=replace(config.weekly, resume=True), threads=1)
    tree = {name: part for name, part in dataclasses.asdict(own).items() if name not in ("notify", "report", "tracker")}
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


def _left_at(last: Diary) -> str:
    running = next((row for row in last.phases if row["state"] == RUNNING), None)
    failed = next((row for row in last.phases if row["state"] == FAILED), None)
    if running is not None:
        return f"was killed or stopped in the phase {running['name']}"
    if failed is not None:
        return f"failed in the phase {failed['name']} ({failed['said'][:120]})"
    return f"was killed or stopped before the phase {last.open_phase()}"


def _not_gone_on(config: Config, last: Diary, names: list[str], asked: str, now_s: float) -> str | None:
    """Why a week is left; None where it is gone on with."""
    hours = (now_s - last.content["started_s"]) / 3600.0
    if not config.weekly.resume:
        return "weekly.resume=false"
    if hours > config.weekly.resume_hours:
        return f"it is {hours:.0f} hours old, more than weekly.resume_hours={config.weekly.resume_hours:g}"
    if last.content["asked"] != asked or [row["name"] for row in last.phases] != names:
        return "it was asked for with other settings"
    return None


def _do(week: Week, phase: Phase) -> bool:
    """Whether the week goes on after it."""
    diary, name = week.diary, phase.name
    week.phase = name
    began = time.perf_counter()
    diary.enter(name, RUNNING)
    try:
        if why := phase.skipped(week):
            diary.enter(name, SKIPPED, why)
            week.ports.say(f"{name:<18} skipped: {why}")
            return True
        week.ports.observe("begun", name)
        said = phase.work(week)
        week.ports.observe("worked", name)
    except Exception as error:
        _fail(week, phase, error, time.perf_counter() - began)
        return False
    return _end(week, phase, said, time.perf_counter() - began)


def _end(week: Week, phase: Phase, said: Said, seconds: float) -> bool:
    state = NO if said.is_no else SKIPPED if said.is_skipped else DONE
    if said.is_no:
        week.answer = said.words
    week.diary.enter(phase.name, state, said.words, seconds)
    week.ports.say(f"{phase.name:<18} {state:<8} {seconds:6.1f} s  {said.words}")
    if said.stops:
        week.diary.stop(phase.name)
    return not said.stops


def _fail(week: Week, phase: Phase, error: Exception, seconds: float) -> None:
    """Put back what the phase may have left, keep the traceback, say it."""
    words = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, NovoskyError):
        words = f"{type(error).__name__}: {words}"
    undone = []
    for undo in (phase.undo, _settled):
        try:
            undone.append(undo(week))
        except Exception as second:
            undone.append(f"could not be put back ({type(second).__name__}: {' '.join(str(second).split())})")
    rolled = "; ".join(one for one in undone if one)
    text = f"{words}; rolled back: {rolled}" if rolled else words
    if not week.failed:
        week.failed, week.failure = phase.name, words
    (week.run_dir / f"traceback_{phase.name.replace(' ', '_')}.txt").write_text(
        "".join(traceback.format_exception(error)), encoding="utf-8"
    )
    week.diary.enter(phase.name, FAILED, text, seconds)
    week.ports.say(f"{phase.name:<18} {FAILED:<8} {seconds:6.1f} s  {text}")


def _settled(week: Week) -> str:
    before = len(week.said)
    week.settle()
    return "; ".join(week.said[before:])


def _remember(week: Week, phase: Phase) -> None:
    """What an earlier start found that the end of the week tells."""
    row = next(row for row in week.diary.phases if row["name"] == phase.name)
    if row["state"] == NO:
        week.answer = row["said"]


__all__ = ["open_diary", "run_week", "summary"]
