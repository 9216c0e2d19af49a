"""`dvc repro` on a small market, in a throw-away repository: what runs, what does not, what a refusal leaves."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("dvc")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
STAGES = ["features", "signal", "position", "sltp", "risk", "evaluate"]
CURRENT = """\
# @package _global_
defaults: [{override /features: compact}, {override /news: none}]
data: {bars: 9000}
news: {}
features: {}
labels: {reference_spread_pct: 0.0}
windows: {embargo_bars: 24}
stage:
  signal: {forest: {trees: 8}, xgboost: {rounds: 8}, lightgbm: {rounds: 8}}
  trades: {exit_threshold: 0.5}
  position: {forest: {trees: 8}, xgboost: {rounds: 8}, lightgbm: {rounds: 8}}
  sltp: {lightgbm: {rounds: 8, min_leaf_rows: 20}}
  risk: {lightgbm: {rounds: 8, min_leaf_rows: 10, learning_rate: 0.3}}
prediction: {}
execution: {}
broker: {}
account: {}
profile: {}
score: {bootstrap_samples: 200}
"""


class Repository:
    """A copy of the program with its compiled kernels, and a small market as the kept settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "novosky", folder / "novosky")
        shutil.copytree(ROOT / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
        (folder / ".dvc").mkdir()
        for name in ("run.py", "dvc.yaml", ".dvcignore", ".gitignore", ".dvc/config", ".dvc/.gitignore"):
            shutil.copyfile(ROOT / name, folder / name)
        self.current.write_text(CURRENT)
        self.do("git", "init", "-q")
        self.do("git", "add", "-A")
        self.do("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "start")

    @property
    def current(self) -> Path:
        return self.folder / "conf" / "experiment" / "current.yaml"

    def do(self, *command: str, fails: bool = False) -> str:
        """What the command says."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PYTHONPATH": str(self.folder), "DVC_NO_ANALYTICS": "1"}
        done = subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=600
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    def dvc(self, *arguments: str, fails: bool = False) -> str:
        return self.do(sys.executable, "-m", "dvc", *arguments, fails=fails)

    def run(self, *arguments: str, fails: bool = False) -> str:
        return self.do(sys.executable, "run.py", *arguments, fails=fails)

    def repro(self) -> list[str]:
        """The stages that ran."""
        return re.findall(r"Running stage '(\w+)'", self.dvc("repro"))

    def files(self, folder: str = "outputs/train") -> dict[str, str]:
        """sha256 by path."""
        root = self.folder / folder
        found = (file for file in sorted(root.rglob("*")) if file.is_file())
        return {str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest() for file in found}

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        assert path.read_text().count(old) == 1
        path.write_text(path.read_text().replace(old, new))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository(tmp_path_factory.mktemp("dvc") / "clone")
    assert made.repro() == STAGES
    return made


def test_again_nothing_runs_and_by_hand_it_is_the_same(repository: Repository) -> None:
    assert "up to date" in repository.dvc("status")
    assert repository.repro() == []
    said = repository.run("mode=train", "experiment=current", "paths.train=by_hand")
    assert repository.files("by_hand") == repository.files()
    assert "stage.sltp.lightgbm.rounds (8, 150 there)" in " ".join(said.split()), "a shadowed key is named"
    shutil.rmtree(repository.folder / "by_hand")


def test_the_figures_are_metrics_and_plots(repository: Repository) -> None:
    assert set(repository.files("outputs/evaluate")) == {"metrics.json", "score.csv", "calibration.csv", "equity.csv"}
    assert "reference_score" in repository.dvc("metrics", "show", "--md")
    page = repository.dvc("plots", "show", "-o", str(repository.folder / "plots"))
    assert "index.html" in page


def test_one_value_reruns_its_stage_and_those_below(repository: Repository) -> None:
    before = repository.files()
    repository.edit("conf/stage/risk.yaml", "next_trades: 5", "next_trades: 3")
    assert repository.repro() == ["risk", "evaluate"]
    after = repository.files()
    changed = {name.split("/")[0] for name in after if after[name] != before.get(name)}
    assert changed == {"risk"}


def test_what_is_refused_changes_nothing(repository: Repository) -> None:
    before, lock = repository.files(), (repository.folder / "dvc.lock").read_bytes()
    repository.edit("conf/stage/risk.yaml", "full_size_kelly:", "full_size_kely:")
    said = repository.dvc("repro", fails=True)
    assert "full_size_kely" in said
    assert "Traceback" not in said
    repository.edit("conf/stage/risk.yaml", "full_size_kely:", "full_size_kelly:")
    repository.edit("conf/experiment/current.yaml", "{bars: 9000}", "{bars: 9000, snapshot: another}")
    said = repository.dvc("repro", fails=True)
    assert "data.snapshot=another: these settings give the snapshot synthetic-BTCUSD-M15-" in said
    repository.edit("conf/experiment/current.yaml", "{bars: 9000, snapshot: another}", "{bars: 9000}")
    assert (repository.files(), (repository.folder / "dvc.lock").read_bytes()) == (before, lock)
    assert repository.repro() == []


def test_edited_outputs_are_made_again(repository: Repository) -> None:
    before = repository.files()
    (repository.folder / "outputs/train/features/manifest.json").write_text("{}")
    assert repository.repro() == ["features"], "the same manifest again: nothing below is concerned"
    assert repository.files() == before
