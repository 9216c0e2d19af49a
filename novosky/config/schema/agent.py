"""Who drives the modes in `mode=agent`, and how far he may go."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key


@dataclass
class AgentConfig:
    role: str | None = key(None, "name of a file in conf/agent/roles: the modes and keys that are allowed")
    task: str = key("", "what is wanted, in words, for the planner")
    planner: str = key(
        REQUIRED,
        "script: a file of steps; command: a program that is asked for each step",
        choices=("script", "command"),
    )
    plan: str | None = key(None, "YAML file with the list of steps (planner=script)")
    command: list[str] = key([], "program and arguments; JSON on its stdin and stdout (planner=command)")
    answer_s: float = key(REQUIRED, "how long the program may take for a step", gt=0, le=86_400)
    runs: int = key(REQUIRED, "steps at most", ge=1, le=1000)
    minutes: float = key(REQUIRED, "wall time of all steps at most", gt=0, le=100_000)
    looks: int = key(REQUIRED, "looks on the window sweep at most", ge=0)
    gate_looks: int = key(REQUIRED, "looks on the window gate at most", ge=0)
    refusals: int = key(REQUIRED, "refused proposals in a row after which it ends", ge=1, le=100)
    lock: str = key("outputs/agent.lock", "file that lets one agent at a time work here")
