"""The port: who proposes steps. A file of them, or a program that is asked for one after the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from novosky.agent.scope import Step, plain_yaml
from novosky.errors import ConfigError, DataError, NovoskyError

MOST_BYTES = 1_000_000


class NoStepError(Exception):
    """An answer that is no step; the planner may be asked again."""


class Planner(Protocol):
    is_told: bool  # whether it hears of a refusal and may propose another step

    def next(self, state: Mapping[str, Any]) -> Step | None:
        """The next step, None at the end. Raises NoStepError, or NovoskyError where nobody answers."""


class Script:
    """The steps of a YAML file, in order."""

    is_told = False

    def __init__(self, path: Path) -> None:
        try:
            found = plain_yaml(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise DataError(f"agent.plan={path}: expected a readable file, found: {error.strerror}") from error
        except ValueError as error:
            raise DataError(f"agent.plan={path}: expected YAML, found: {error}") from error
        if not isinstance(found, list) or not found:
            raise DataError(f"agent.plan={path}: expected a list of steps such as - {{mode: sync}}")
        try:
            self._steps = [step_of(one) for one in found]
        except NoStepError as error:
            raise DataError(f"agent.plan={path}: {error}") from error

    def next(self, state: Mapping[str, Any]) -> Step | None:
        return self._steps.pop(0) if self._steps else None


class Command:
    """A program, started anew for each step: the state as JSON on its stdin, a step as JSON on its stdout.

    It answers `{"step": {"mode": ..., "set": {...}, "why": ...}}` or `{"done": why}`; its stderr goes to the screen.
    """

    is_told = True

    def __init__(self, command: Sequence[str], answer_s: float) -> None:
        if not command:
            raise ConfigError(
                "agent.command: required with agent.planner=command, but not given; add agent.command=[...]"
            )
        self._command, self._answer_s = list(command), answer_s

    def next(self, state: Mapping[str, Any]) -> Step | None:
        try:
            done = subprocess.run(
                self._command,
                input=json.dumps(state).encode(),
                stdout=subprocess.PIPE,
                timeout=self._answer_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NovoskyError(
                f"agent.command: {self._command[0]} gave no answer within agent.answer_s={self._answer_s:g}"
            ) from None
        except OSError as error:
            raise ConfigError(f"agent.command: {self._command[0]} could not be started ({error.strerror})") from None
        if done.returncode:
            raise NovoskyError(f"agent.command: {self._command[0]} left with exit code {done.returncode}")
        try:
            answer = json.loads(done.stdout[: MOST_BYTES + 1])
        except ValueError:
            raise NoStepError(f"expected JSON on stdout, found {done.stdout[:80]!r}") from None
        if isinstance(answer, dict) and "done" in answer:
            return None
        return step_of(answer.get("step") if isinstance(answer, dict) else answer)


def step_of(said: Any) -> Step:
    """From parsed JSON or YAML; NoStepError for anything else."""
    if not isinstance(said, dict) or not isinstance(said.get("mode"), str) or said.keys() - {"mode", "set", "why"}:
        raise NoStepError(f"expected a step with mode, set and why, found {str(said)[:200]!r}")
    settings = said.get("set") or {}
    if not isinstance(settings, dict) or not all(isinstance(key, str) for key in settings):
        raise NoStepError(f"expected settings as key: value, found {str(settings)[:200]!r}")
    return Step(said["mode"], settings, str(said.get("why") or ""))
