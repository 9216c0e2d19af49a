"""Promote, judge what is promoted, open holdout, and pull in a place without DVC: on a small market."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from novosky.audit.effort import EFFORTS
from novosky.config.fingerprint import fingerprint
from novosky.errors import ConfigError, ModelCompatibilityError, WindowError
from novosky.evaluation.looks import read_ledger
from novosky.models.revision.record import facts_of, read_record
from novosky.modes import onboard
from novosky.modes.dispatch import dispatch
from support.audited import SMALL_EFFORT
from support.kept_sets import entry_of
from support.small_job import Workspace

ROOT = Path(__file__).resolve().parents[2]
ALL = "promote.accept=[not_kept,not_promotable,no_skill,fails_audit]"


class RevisionJob(Workspace):
    """A workspace with revisions of its own."""

    def overrides(self, *more: str) -> tuple[str, ...]:
        places = {"paths.models": "models", "paths.revisions": "revisions", "optimize.folder": "optimize"}
        own = (f"{key}={self.folder / name}" for key, name in places.items())
        return super().overrides(*own, f"optimize.current={self.folder / 'current.yaml'}", "report.html=false", *more)

    def answer(self, *overrides: str) -> tuple[int, dict[str, Any]]:
        """Exit code and result of mode=promote."""
        self._count += 1
        folder = self.folder / f"run-{self._count}"
        folder.mkdir(parents=True)
        outcome = dispatch(self.compose(*self.overrides("mode=promote", *overrides)), folder)
        return outcome.exit_code, json.loads((folder / "result.json").read_text())

    def log_kept(self, models: str, data: str, promotable: bool) -> None:
        """What the loop's log says after a COMMIT of this set."""
        config = fingerprint(self.compose(*self.overrides("mode=promote"))).whole
        entry = entry_of(1) | {"promotable": promotable, "gate": "robust", "stamp": "tested for luck"}
        entry["fingerprints"] = {"candidate": models, "data": data, "config": config}
        (self.folder / "optimize").mkdir(exist_ok=True)
        (self.folder / "optimize" / "optimize_log.json").write_text(json.dumps([entry]))

    def gate_looks(self) -> int:
        found = read_ledger(self.looks, "synthetic market, seed 7", 0, 2**62).looks
        return sum(look.window == "gate" for look in found)


@pytest.fixture
def job(small_job: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RevisionJob:
    monkeypatch.setitem(EFFORTS, "quick", SMALL_EFFORT)
    monkeypatch.chdir(tmp_path)
    made = RevisionJob(tmp_path / "job", small_job.data, small_job.compose)
    shutil.copytree(small_job.train, made.train)
    return made


def names(result: dict[str, Any]) -> list[str]:
    return [reason["name"] for reason in result["against"]]


def test_reasons_are_named_and_nothing_changes(job: RevisionJob) -> None:
    code, result = job.answer()
    assert code == 1
    assert names(result)[0] == "not_kept"
    assert result["revision"] is None
    assert "promote.accept=[not_kept" in result["summary"]
    assert not (job.folder / "models").exists()
    assert not (job.folder / "revisions").exists()
    assert job.gate_looks() == 0, "what is refused without it does not open gate"
    job.log_kept("another set", "bars", promotable=True)
    assert "kept the set another set" in job.answer()[1]["against"][0]["words"]


def test_a_kept_set_is_promoted_and_then_judged(job: RevisionJob) -> None:
    asked = job.answer()[1]
    job.log_kept(asked["models"], asked["data"]["bars_hash"], promotable=False)
    code, result = job.answer("promote.accept=[no_skill]")
    assert (code, names(result)) == (1, ["not_promotable"])
    job.log_kept(asked["models"], asked["data"]["bars_hash"], promotable=True)
    code, result = job.answer("promote.accept=[no_skill,fails_audit]")
    assert code == 0, result["against"]
    tag = result["revision"]
    record = read_record(job.folder / "revisions" / f"{tag}.json")
    assert record.facts["loop"]["iteration"] == 1
    assert record.facts["promotable"] is True
    assert job.gate_looks() == 1, "no figure was in this ledger"
    assert {"card.md", "judged_trades.csv", "settings.json", "signal/manifest.json"} <= set(record.files)
    assert not any(name.startswith("pickles") for name in record.files)
    folder = job.folder / "models" / tag
    assert facts_of((folder / "card.md").read_bytes()) == record.files["card.md"]
    rows = (folder / "judged_trades.csv").read_text().splitlines()
    assert len(rows) == 1 + record.facts["gate"]["trades"]
    assert {"entry_time", "r", "commission", "spread_cost", "confidence"} <= set(rows[0].split(","))
    assert str(job.folder) not in (folder / "settings.json").read_text()
    assert json.loads((folder / "settings.json").read_text())["labels"]["kind"] == "barrier"

    again = job.answer("promote.accept=[no_skill,fails_audit]")[1]
    assert again["revision"] == tag
    assert "trades already" in again["summary"]
    assert job.gate_looks() == 1

    before = job.run("mode=backtest", "models=working")
    promoted = job.run("mode=backtest", "models=promoted")
    assert promoted["judged"] == before["judged"]
    assert (promoted["volatile"]["revision"], before["volatile"]["revision"]) == (tag, None)

    with pytest.raises(WindowError, match="closed; it is opened only on a promoted set, found models=working"):
        job.run("mode=backtest", "window=holdout")
    with pytest.raises(WindowError, match=r"was promoted with other settings of prediction; holdout never decides"):
        job.run("mode=backtest", "window=holdout", "models=promoted", "prediction.confidence_quantile=0.7")
    with pytest.raises(WindowError, match="compare_stages=true would judge other sets"):
        job.run("mode=backtest", "window=holdout", "models=promoted", "compare_stages=true")
    holdout = job.run("mode=backtest", "window=holdout", "models=promoted")
    assert holdout["window"]["name"] == "holdout"
    listed = job.run("mode=revisions")
    assert [(row["revision"], row["is_current"], row["kept"]) for row in listed["revisions"]] == [(tag, True, True)]

    assert onboarded(job) == (0, "written", "pass", tag)
    (folder / "signal" / "extra.npz").touch()
    with pytest.raises(ModelCompatibilityError, match=r"extra.npz: not part of revision"):
        job.run("mode=backtest", "models=promoted")


def onboarded(job: RevisionJob) -> tuple[int, str, str, str]:
    """Paper with the revision that trades: exit code, the settings file, how its settings fit, and the revision."""
    conf, run_dir = job.folder / "conf", job.folder / "onboard"
    shutil.copytree(ROOT / "conf", conf, ignore=shutil.ignore_patterns("local"))
    run_dir.mkdir()
    (run_dir / "answers.yaml").write_text(
        "broker: {name: vt_markets}\naccount: {balance: 9000}\nloss: {week: 20 %, total: 60 %}\n"
    )
    mine = [one for one in job.overrides() if one.startswith(("paths.", "score.bootstrap"))]
    config = job.compose("mode=onboard", *mine, f"onboard.answers={run_dir}/answers.yaml")
    code = onboard.run(config, run_dir, conf=conf, typed=mine).exit_code
    result = json.loads((run_dir / "result.json").read_text())
    verdicts = {one["name"]: one["verdict"] for one in result["findings"]}
    assert result["differing"] == []
    assert len(result["profiles"]) == 5
    return code, result["file"]["state"], verdicts["models"], result["revision"]


def test_nothing_promoted_and_nothing_to_pull(job: RevisionJob) -> None:
    with pytest.raises(ModelCompatibilityError, match="no revision is promoted here"):
        job.run("mode=backtest", "models=promoted")
    assert job.run("mode=revisions")["revisions"] == []
    for overrides, words in (
        (("mode=pull",), "revision: required with mode=pull"),
        (("mode=backtest", "revision=v20260131-p3"), "fetched by mode=pull alone"),
        (("mode=promote", "models=elsewhere"), "paths.train is promoted"),
        (("mode=promote", "promote.accept=[not_keptt]"), "did you mean not_kept"),
        (("mode=pull", "revision=x", "remote.secret_key_env=a+b/c"), "expected the NAME of an environment variable"),
    ):
        with pytest.raises(ConfigError, match=words):
            job.compose(*job.overrides(*overrides))


def dvc(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


WITHOUT_DVC = """
import runpy, sys
sys.modules.update(dict.fromkeys(("dvc", "wandb", "sklearn", "lightgbm", "optuna", "xgboost", "boto3")))
sys.argv = ["run.py", *sys.argv[1:]]
sys.path.insert(0, {root!r})
runpy.run_path({run!r}, run_name="__main__")
"""


def test_a_pull_needs_no_dvc(job: RevisionJob) -> None:
    """dvc add by promote, dvc push, then a checkout that has the records alone."""
    pytest.importorskip("dvc")
    developer = job.folder
    dvc(developer.parent, "init", "--no-scm", "--quiet")
    dvc(developer.parent, "remote", "add", "--default", "storage", str(developer.parent / "store"))
    job.folder = developer.parent  # the project: models beside .dvc
    code, result = job.answer(ALL)
    assert code == 0, result["against"]
    assert result["published"]["done"] == [f"dvc add {developer.parent / 'models'}"]
    dvc(developer.parent, "push", "--quiet")
    trader = developer.parent / "trader"
    shutil.copytree(developer.parent / "revisions", trader / "revisions")
    shutil.copytree(developer.parent / ".dvc", trader / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    script = WITHOUT_DVC.format(root=str(ROOT), run=str(ROOT / "run.py"))
    typed = ["mode=pull", f"revision={result['revision']}"]

    def pulled(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script, *typed, *more], cwd=trader, capture_output=True, text=True, check=False
        )

    refused = pulled("remote.url=/no/such/folder")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert not (trader / "models" / "pointer.json").exists()
    done = pulled()
    assert done.returncode == 0, done.stderr
    assert "files fetched and verified" in done.stdout
    there, here = (
        {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        for root in (developer.parent / "models", trader / "models")
    )
    assert there == here
