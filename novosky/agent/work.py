"""Step after step: proposed, held against the scope and the budget, run through the door, written down."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from novosky.agent.planner import NoStepError, Planner
from novosky.agent.scope import OutOfScopeError, Role, Step, looks_asked
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.disk import files
from novosky.errors import UserError

PROTOCOL = 1
GRACE_S = 60.0  # for a step that is asked to end
TOLD = ("summary", "judged", "best", "chosen", "left_out", "loops", "findings", "objective")  # of a step's result.json


@dataclass(frozen=True)
class Budget:
    runs: int
    minutes: float
    looks: dict[str, int]  # by window; a window without an entry may not be looked at
    refusals: int


@dataclass
class Agent:
    """One piece of work; `transcript` are the lines of transcript.jsonl."""

    role: Role
    task: str
    planner: Planner
    budget: Budget
    door: Path  # run.py
    inherited: Sequence[str]  # overrides that every step begins with
    ledger: Path  # of looks
    folder: Path
    say: Callable[[str], None]
    transcript: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    _started: float = field(default_factory=time.monotonic)

    def work(self) -> str:
        """Until the planner is done, a budget is spent or proposals are refused again and again; why it ended."""
        before, in_a_row = self._looks(), 0
        while True:
            if why := self._spent():
                return why
            try:
                step = self.planner.next(self._state(before))
                if step is None:
                    return "the planner is done"
                overrides = self._checked(step, before)
            except (NoStepError, OutOfScopeError) as error:
                in_a_row += 1
                self._refuse(error)
                if not self.planner.is_told:
                    return "a step was refused"
                if in_a_row >= self.budget.refusals:
                    return f"{in_a_row} proposals refused in a row"
                continue
            in_a_row = 0
            self._do(step, overrides)

    def looks_since(self, before: Counter[str]) -> dict[str, int]:
        """By window, what the ledger holds more than then."""
        return dict(self._looks() - before)

    def _checked(self, step: Step, before: Counter[str]) -> list[str]:
        """The step's overrides; OutOfScopeError where it may not or cannot be run."""
        self._note({"event": "proposed", "mode": step.mode, "set": dict(step.settings), "why": step.why})
        own = self.role.overrides(step)
        names = {one.partition("=")[0] for one in own}
        overrides = [one for one in self.inherited if one.partition("=")[0] not in names] + own
        try:
            config: Config = compose_config(self.door.parent / "conf", overrides)
        except UserError as error:
            raise OutOfScopeError(str(error)) from error
        used = self.looks_since(before)
        for window, asked in looks_asked(config).items():
            left = self.budget.looks.get(window, 0) - used.get(window, 0)
            if asked > left:
                most = f"up to {asked} times, {max(left, 0)} are left of the budget"
                raise OutOfScopeError(f"mode={step.mode}: looks at window {window} {most}")
        return overrides

    def _do(self, step: Step, overrides: list[str]) -> None:
        number = self._count("started") + 1
        place = self.folder / "steps" / f"{number:02d}-{step.mode}"
        self._note({"event": "started", "step": number, "folder": str(place), "overrides": overrides})
        self.say(
            f"step {number}: {' '.join(overrides[-1 - len(step.settings) :])}" + (f"  ({step.why})" if step.why else "")
        )
        before, began = self._looks(), time.monotonic()
        code = self._run([sys.executable, str(self.door), *overrides, f"hydra.run.dir={place}"])
        self.failed += code not in (0, 1)
        told = _told(place / "result.json")
        self._note({
            "event": "ended", "step": number, "mode": step.mode, "exit_code": code,
            "looks": self.looks_since(before), "seconds": round(time.monotonic() - began, 1), "result": told,
        })  # fmt: skip
        self.say(f"step {number}: exit {code}" + (f"; {told['summary']}" if "summary" in told else ""))

    def _run(self, command: list[str]) -> int:
        """Its exit code; -1 where the time was up and it was asked to end."""
        process = subprocess.Popen(command)
        try:
            return process.wait(timeout=self._left_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
            try:
                process.wait(timeout=GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return -1
        except KeyboardInterrupt:  # which the step hears, too
            process.wait()
            raise

    def _refuse(self, error: Exception) -> None:
        self.refused += 1
        text = " ".join(str(error).split())
        self._note({"event": "refused", "why": text})
        self.say(f"refused: {text}")

    def _spent(self) -> str:
        if self._count("started") >= self.budget.runs:
            return f"agent.runs={self.budget.runs} steps were run"
        if self._left_s <= 0:
            return f"agent.minutes={self.budget.minutes:g} are over"
        return ""

    def _state(self, before: Counter[str]) -> dict[str, Any]:
        """What a planner is told."""
        used = self.looks_since(before)
        return {
            "protocol": PROTOCOL,
            "role": self.role.name,
            "about": self.role.doc,
            "task": self.task,
            "modes": list(self.role.modes),
            "keys": dict(self.role.keys),
            "left": {
                "runs": self.budget.runs - self._count("started"),
                "minutes": round(self._left_s / 60, 1),
                "looks": {window: most - used.get(window, 0) for window, most in self.budget.looks.items()},
            },
            "so_far": [line for line in self.transcript if line["event"] != "started"],
        }

    def _note(self, line: dict[str, Any]) -> None:
        """On the disk before anything follows from it."""
        line = {"at_ms": time.time_ns() // 1_000_000, **line}
        files.make_folder(self.folder)
        files.append(
            self.folder / "transcript.jsonl", json.dumps(line, ensure_ascii=False, default=str).encode() + b"\n"
        )
        self.transcript.append(line)

    def _count(self, event: str) -> int:
        return sum(line["event"] == event for line in self.transcript)

    @property
    def _left_s(self) -> float:
        return self.budget.minutes * 60 - (time.monotonic() - self._started)

    def _looks(self) -> Counter[str]:
        """Lines of the ledger by window; one that cannot be read is nobody's."""
        found: Counter[str] = Counter()
        for line in self.ledger.read_bytes().splitlines() if self.ledger.exists() else []:
            try:
                found[str(json.loads(line)["window"])] += 1
            except (ValueError, KeyError, TypeError):
                continue
        return found


def _told(file: Path) -> dict[str, Any]:
    """What of a step's result goes to the planner."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return {name: found[name] for name in TOLD if name in found}
