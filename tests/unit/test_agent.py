"""The scope lock: what a role may not do is never run, and all of it is written down."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novosky.agent.planner import Command, NoStepError, Planner, Script, step_of
from novosky.agent.scope import OutOfScopeError, Step, read_role
from novosky.agent.work import Agent, Budget
from novosky.config.schema import Config
from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.errors import ConfigError, DataError, NovoskyError, UserError
from novosky.modes.dispatch import dispatch

CONF = Path(__file__).resolve().parents[2] / "conf"
ROLES = CONF / "agent" / "roles"
TUNER = read_role(ROLES, "risk_tuner")

# Stands in for run.py: says what it was given, and looks once at the window sweep.
DOOR = """
import json, pathlib, sys
folder = pathlib.Path(next(a for a in sys.argv if a.startswith("hydra.run.dir=")).partition("=")[2])
folder.mkdir(parents=True)
(folder / "result.json").write_text(json.dumps({"summary": "done", "given": sys.argv[1:], "secret": 1}))
with open("ledger.jsonl", "a") as file:
    file.write(json.dumps({"window": "sweep"}) + "\\n")
sys.exit(3 if "sweep.trials=7" in sys.argv else 0)
"""


def agent(tmp_path: Path, planner: Planner, **budget: Any) -> Agent:
    (tmp_path / "run.py").write_text(DOOR)
    if not (tmp_path / "conf").exists():
        os.symlink(CONF, tmp_path / "conf")
    limits = {"runs": 9, "minutes": 5.0, "looks": {"sweep": 60, "gate": 0}, "refusals": 2} | budget
    ledger, door = tmp_path / "ledger.jsonl", tmp_path / "run.py"
    return Agent(TUNER, "less risk", planner, Budget(**limits), door, ["seed=3"], ledger, tmp_path / "run", print)


def script(tmp_path: Path, *steps: dict[str, Any]) -> Script:
    (tmp_path / "plan.yaml").write_text(json.dumps(list(steps)))
    return Script(tmp_path / "plan.yaml")


def transcript(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "run" / "transcript.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("name", sorted(file.stem for file in ROLES.glob("*.yaml")))
def test_every_role_can_be_read(name: str) -> None:
    role = read_role(ROLES, name)
    assert role.doc.endswith(".")
    assert not {"trade", "promote", "agent"} & set(role.modes)


@pytest.mark.parametrize(("step", "words"), [
    (Step("trade", {}), "may run sweep, sync"),
    (Step("swep", {}), "did you mean sweep"),
    (Step("sweep", {"window": "holdout"}), "may set profile"),
    (Step("sweep", {"sweep.trials": 51}), r"allows 1\.\.50"),
    (Step("sweep", {"sweep.trials": "nan"}), "allows"),
    (Step("sweep", {"sweep.trials": "${oc.env:HOME}"}), "allows"),
    (Step("sweep", {"sweep.trials": [5]}), "allows"),
    (Step("sweep", {"sweep.trials": True}), "allows"),
    (Step("sweep", {"profile": "3,4"}), "allows"),
    (Step("sweep", {"sweep.trials": "5 hydra.run.dir=x"}), "allows"),
    (Step("sweep", {"hydra.run.dir": "/tmp/x"}), "may set"),
])  # fmt: skip
def test_what_a_role_may_not(step: Step, words: str) -> None:
    with pytest.raises(OutOfScopeError, match=words):
        TUNER.overrides(step)


def test_folders_are_held_to_their_expression() -> None:
    reader = read_role(ROLES, "project_manager")
    step = Step("compare", {"compare.runs": ["outputs/runs/a", "outputs/runs/b*"]})
    assert reader.overrides(step) == ["mode=compare", "compare.runs=['outputs/runs/a','outputs/runs/b*']"]
    for bad in ("/etc", "outputs/../../etc", "outputs/a',b"):
        with pytest.raises(OutOfScopeError):
            reader.overrides(Step("compare", {"compare.runs": [bad]}))


@pytest.mark.parametrize(("text", "words"), [
    ("doc: x.\nmodes: [trade]\nkeys: []", "mode trade cannot be given"),
    ("doc: x.\nmodes: [swep]\nkeys: []", "mode swep cannot be given"),
    ("doc: x.\nmodes: [sync]\nkeys: [seed]", "seed: expected low"),
    ("modes: [sync]", "expected the keys doc, modes and keys"),
])  # fmt: skip
def test_a_role_that_says_too_much(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_role(tmp_path, "x")
    with pytest.raises(ConfigError, match="expected one of x"):
        read_role(tmp_path, "xx")


def test_a_script_runs_up_to_the_step_that_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steps = (
        {"mode": "sweep", "set": {"sweep.trials": 5, "profile": 2}, "why": "small"},
        {"mode": "train"},
        {"mode": "sync"},
    )
    mine = agent(tmp_path, script(tmp_path, *steps))
    assert mine.work() == "a step was refused"
    assert (mine.refused, mine.failed) == (1, 0)
    lines = transcript(tmp_path)
    assert [line["event"] for line in lines] == ["proposed", "started", "ended", "proposed", "refused"]
    given = json.loads((tmp_path / "run" / "steps" / "01-sweep" / "result.json").read_text())["given"]
    assert given[:-1] == ["seed=3", "mode=sweep", "sweep.trials=5", "profile=2"]
    assert lines[2]["result"] == {"summary": "done"}
    assert lines[2]["looks"] == {"sweep": 1}
    assert not (tmp_path / "run" / "steps" / "02-train").exists()


def test_looks_are_counted_before_a_step_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ledger.jsonl").write_text('{"window": "sweep"}\ntorn\n')
    sweep = {"mode": "sweep", "set": {"sweep.trials": 5}}
    mine = agent(tmp_path, script(tmp_path, sweep, sweep), looks={"sweep": 6})
    assert mine.work() == "a step was refused"
    assert "up to 6 times, 5 are left" in transcript(tmp_path)[-1]["why"]


def test_settings_that_do_not_compose_are_refused(tmp_path: Path) -> None:
    mine = agent(tmp_path, script(tmp_path, {"mode": "sweep", "set": {"execution.news_block_minutes": 30}}))
    mine.inherited = ["news=none"]
    assert mine.work() == "a step was refused"
    assert "needs a calendar" in transcript(tmp_path)[-1]["why"]


def test_a_step_that_fails_is_counted_and_runs_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    steps = [{"mode": "sweep", "set": {"sweep.trials": trials}} for trials in (7, 1, 1)]
    mine = agent(tmp_path, script(tmp_path, *steps), runs=2)
    assert mine.work() == "agent.runs=2 steps were run"
    assert mine.failed == 1


PLANNER = """
import json, sys
state = json.load(sys.stdin)
assert state["protocol"] == 1 and state["task"] == "less risk" and "holdout" not in state["left"]["looks"]
refused = [line for line in state["so_far"] if line["event"] == "refused"]
ended = [line for line in state["so_far"] if line["event"] == "ended"]
if not refused:
    print(json.dumps({"step": {"mode": "promote"}}))
elif not ended:
    print(json.dumps({"step": {"mode": "sync", "why": "after " + refused[-1]["why"][:12]}}))
else:
    print(json.dumps({"done": ended[-1]["result"]["summary"]}))
"""


def test_a_program_is_told_what_came_of_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mine = agent(tmp_path, Command([sys.executable, "-c", PLANNER], 60.0))
    assert mine.work() == "the planner is done"
    assert [line["event"] for line in transcript(tmp_path)] == ["proposed", "refused", "proposed", "started", "ended"]
    assert transcript(tmp_path)[2]["why"] == "after mode=promote"


@pytest.mark.parametrize("code", ["print('sure!')", "print('[1]')", 'print(\'{"step": {"mode": "sync", "x": 1}}\')'])
def test_what_is_no_step_is_refused_and_ends(tmp_path: Path, code: str) -> None:
    mine = agent(tmp_path, Command([sys.executable, "-c", code], 60.0))
    assert mine.work() == "2 proposals refused in a row"
    assert mine.refused == 2


def test_a_program_that_does_not_answer_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(NovoskyError, match="no answer within"):
        Command([sys.executable, "-c", "import time; time.sleep(60)"], 0.2).next({})
    with pytest.raises(NovoskyError, match="exit code 4"):
        Command([sys.executable, "-c", "raise SystemExit(4)"], 60.0).next({})
    with pytest.raises(ConfigError, match="could not be started"):
        Command([str(tmp_path / "none")], 60.0).next({})
    with pytest.raises(ConfigError, match=r"agent\.command: required"):
        Command([], 60.0)


@pytest.mark.parametrize(
    "text", ["", "x: 1", "- 3", "- {set: {a: 1}}", "- {mode: sync, set: [1]}", "a: [", "- {mode: 3}"]
)
def test_a_script_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(DataError, match=r"agent\.plan="):
        Script(tmp_path / "p.yaml")
    with pytest.raises(DataError, match="expected a readable file"):
        Script(tmp_path / "none.yaml")
    with pytest.raises(NoStepError):
        step_of("sync")


def test_a_proposal_is_on_the_disk_before_anything_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writes = 0

    def crash(moment: str, operation: str, _path: Path) -> None:
        nonlocal writes
        writes += (moment, operation) == ("before", "append")
        if writes == 2:
            raise KeyboardInterrupt

    with files.observed_by(crash), pytest.raises(KeyboardInterrupt):
        agent(tmp_path, script(tmp_path, {"mode": "sync"})).work()
    assert [line["event"] for line in transcript(tmp_path)] == ["proposed"]
    assert not (tmp_path / "run" / "steps").exists()


def test_through_the_door_and_one_at_a_time(
    compose: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text("- {mode: revisions, why: what is there}\n")
    keys = (
        "mode=agent",
        f"agent.plan={tmp_path}/plan.yaml",
        f"agent.lock={tmp_path}/lock",
        f"paths.looks={tmp_path}/l",
    )
    config = compose(*keys, "agent.role=project_manager")
    (tmp_path / "run").mkdir()
    assert dispatch(config, tmp_path / "run").exit_code == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["ended"], result["steps"][0]["exit_code"], result["refused"]) == ("the planner is done", 0, [])
    assert result["looks"] == {"sweep": 0, "gate": 0}
    with Lock(tmp_path / "lock", "agent"), pytest.raises(UserError, match="one agent at a time"):
        dispatch(config, tmp_path / "run")
    with pytest.raises(ConfigError, match=r"agent\.role: required"):
        dispatch(compose(*keys), tmp_path / "run")
