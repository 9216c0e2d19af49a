"""`mode=agent`: a role with a scope lock drives other modes, step after step."""

from __future__ import annotations

import time
from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from novosky.agent.planner import Command, Planner, Script
from novosky.agent.scope import read_role
from novosky.agent.work import Agent, Budget
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.registry import CONF
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.errors import ConfigError
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import near, say
from novosky.modes.volatile import volatile_block

OWN = ("mode", "agent", "hydra")


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where a step was refused or failed."""
    started, asked = time.time(), config.agent
    if asked.role is None:
        roles = sorted(file.stem for file in (CONF / "agent" / "roles").glob("*.yaml"))
        raise ConfigError(
            f"agent.role: required with mode=agent, but not given; add agent.role=<one of {', '.join(roles)}>"
        )
    role = read_role(CONF / "agent" / "roles", asked.role)
    budget = Budget(asked.runs, asked.minutes, {"sweep": asked.looks, "gate": asked.gate_looks}, asked.refusals)
    agent = Agent(
        role, asked.task, _planner(config), budget, CONF.parent / "run.py", _inherited(), Path(config.paths.looks),
        run_dir, say,
    )  # fmt: skip
    with Lock(Path(asked.lock), "agent"):
        ended = agent.work()
    steps = [line for line in agent.transcript if line["event"] == "ended"]
    looks = {window: sum(step["looks"].get(window, 0) for step in steps) for window in budget.looks}
    said = ", ".join(f"{count} on {window}" for window, count in looks.items())
    summary = (
        f"{role.name}: {len(steps)} steps run, {agent.failed} failed, {agent.refused} refused; looks: {said}. "
        f"Ended: {ended}."
    )
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "agent",
        "summary": summary,
        "role": role.name,
        "task": asked.task,
        "ended": ended,
        "looks": looks,
        "steps": steps,
        "refused": [line["why"] for line in agent.transcript if line["event"] == "refused"],
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    say(summary)
    say(f"result: {near(run_dir)}")
    return ModeResult(ANSWER_IS_NO if agent.refused or agent.failed else DONE)


def _planner(config: Config) -> Planner:
    asked = config.agent
    if asked.planner == "command":
        return Command(asked.command, asked.answer_s)
    if asked.plan is None:
        raise ConfigError("agent.plan: required with agent.planner=script, but not given; add agent.plan=<file>")
    return Script(Path(asked.plan))


def _inherited() -> list[str]:
    """What was typed beside the agent's own settings: every step begins with it."""
    if not HydraConfig.initialized():
        return []
    typed = [str(one) for one in HydraConfig.get().overrides.task]
    return [one for one in typed if one.partition("=")[0].split(".")[0].lstrip("+~") not in OWN]
