"""A set that is not whole, or whose stages were not made from each other, is refused in one line with its mend."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from novosky.errors import ModelCompatibilityError
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import STAGES, Bundle, load_bundle
from novosky.models.bundle.manifest import manifest_hash
from support.refusals import Refusals
from support.small_job import Workspace

ROOT = Path(__file__).resolve().parents[2]
BACKTEST = ("mode=backtest", "report.html=false")


@pytest.fixture
def job(small_job: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the trained set, to be broken."""
    copy = Workspace(tmp_path / "job", small_job.data, small_job.compose)
    shutil.copytree(small_job.train, copy.train)
    copy.first = small_job.first
    return copy


@pytest.fixture
def refused(
    job: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., str]:
    """The one line by which the door refuses these overrides in `job`."""
    refusals = Refusals(monkeypatch, capsys, tmp_path)
    return lambda *overrides: refusals(*job.overrides(*overrides))


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("stage", STAGES)
def test_every_file_is_guarded(job: Workspace, stage: str) -> None:
    """One flipped byte, or no file at all."""
    names = tuple(job.compose(*job.overrides("mode=backtest")).features.names)
    asked = tuple(dict.fromkeys(("signal", stage)))

    def load() -> Bundle:
        return load_bundle(job.train, asked, names, feature_hash(names))

    load()
    files = sorted((job.train / stage).iterdir())
    assert {file.suffix for file in files} >= {".npz", ".onnx", ".txt", ".json"}
    for file in files:
        content = file.read_bytes()
        flip(file)
        with pytest.raises(ModelCompatibilityError) as edited:
            load()
        assert str(file) in str(edited.value)
        file.unlink()
        with pytest.raises(ModelCompatibilityError, match=rf"{file.name}(: missing| is missing)"):
            load()
        file.write_bytes(content)
    load()


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("signal", "xgboost.json"),
        ("signal", "oof.npz"),
        ("position", "blocks.npz"),
        ("position", "forest.onnx"),
        ("sltp", "stop_atr.txt"),
        ("sltp", "manifest.json"),
        ("risk", "mean_r.npz"),
    ],
)
def test_a_flipped_byte_stops_the_run(job: Workspace, refused: Callable[..., str], stage: str, name: str) -> None:
    flip(job.train / stage / name)
    line = refused(*BACKTEST)
    assert line.startswith(f"{job.train / stage / name}: ")
    for part in ("expected", "found") if name != "manifest.json" else ("seal",):
        assert part in line
    assert "run.py mode=train" in line


def test_an_extra_file_stops_the_run(job: Workspace, refused: Callable[..., str]) -> None:
    for stage in STAGES:
        extra = job.train / stage / "notes.txt"
        extra.write_text("mine")
        assert f"{extra}: not part of the model" in refused(*BACKTEST)
        extra.unlink()


def test_a_risk_folder_without_its_manifest_is_no_missing_stage(job: Workspace, refused: Callable[..., str]) -> None:
    (job.train / "risk" / "manifest.json").unlink()
    assert f"no risk model in {job.train / 'risk'}: manifest.json is missing" in refused(*BACKTEST)


@pytest.mark.parametrize("stage", STAGES)
def test_a_crash_while_a_stage_was_written_leaves_the_old_set(job: Workspace, stage: str) -> None:
    """Between the renames, with a half-written folder left over."""
    half = job.train / f".{stage}.new"
    half.mkdir()
    (half / "forest.npz").write_bytes(b"PK")
    (job.train / stage).rename(job.train / f".{stage}.old")
    assert job.run(*BACKTEST)["judged"] == job.first["judged"]


def test_another_order_of_features_is_refused(job: Workspace, refused: Callable[..., str]) -> None:
    names = list(job.compose(*job.overrides("mode=backtest")).features.names)
    turned = f"features.names=[{','.join([names[1], names[0], *names[2:]])}]"
    said = f"signal model: feature 1 was {names[0]} in training, is {names[1]} now"
    for what in (BACKTEST, ("mode=train", "train.stage=risk")):
        assert said in refused(*what, turned)
    assert "feature" in refused(*BACKTEST, "features=core59_no_news")


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_stage_before_its_predecessors_is_refused(job: Workspace, refused: Callable[..., str], stage: str) -> None:
    before = STAGES[STAGES.index(stage) - 1]
    shutil.rmtree(job.train / before)
    line = refused("mode=train", f"train.stage={stage}")
    assert f"no {before} model in {job.train / before}: manifest.json is missing; make one: run.py mode=train" in line
    shutil.rmtree(job.train)
    assert "no signal model in" in refused("mode=train", f"train.stage={stage}")
    assert not job.train.exists(), "a refusal writes nothing"


def test_a_retrained_signal_disowns_its_children_until_they_are_trained_again(
    job: Workspace, refused: Callable[..., str]
) -> None:
    """Each refusal's own mend, typed as it stands, leads on to a set that works."""
    then = manifest_hash(job.train / "signal")
    job.run("mode=train", "train.stage=signal", "seed=8")
    now = manifest_hash(job.train / "signal")
    line = refused(*BACKTEST)
    assert f"made from the signal model {then[:12]}" in line
    assert f"is {now[:12]}" in line
    for stage in STAGES[1:]:
        line = refused(*BACKTEST)
        assert line.startswith(f"{stage} model in {job.train / stage}: made from")
        command = shlex.split(line.split("run.py ")[1])
        assert command == ["mode=train", f"train.stage={stage}"]
        job.run(*command)
    assert job.run(*BACKTEST)["judged"]["trades"] > 0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("data.seed=8", "signal model: trained on other bars than are given now"),
        ("labels.tp_atr=2.0", "signal model: labels.tp_atr was 1.5 in training and is 2.0 now"),
        ("labels.horizon_bars=12", "signal model: labels.horizon_bars was"),
        ("windows.blocks=13", "signal model: trained on other forward blocks than are given now"),
        ("windows.embargo_bars=30", "signal model: trained on other forward blocks than are given now"),
        ("windows=dates", "signal model: trained on other forward blocks than are given now"),
    ],
)
@pytest.mark.parametrize("stage", STAGES[2:])
def test_a_stage_on_another_ground_is_refused(
    job: Workspace, refused: Callable[..., str], stage: str, override: str, said: str
) -> None:
    files = job.files()
    dates = ["windows.sweep_start=2024-02-20", "windows.gate_start=2024-03-01", "windows.holdout_start=2024-03-20"]
    line = refused("mode=train", f"train.stage={stage}", override, *(dates if override == "windows=dates" else []))
    assert said in line
    assert "set " in line
    assert "run.py mode=train" in line
    assert job.files() == files


@pytest.mark.parametrize(
    ("stage", "override"),
    [
        ("position", "stage.trades.confidence_quantile=0.9999"),
        ("risk", "stage.trades.confidence_quantile=0.9999"),
        ("sltp", "stage.sltp.lightgbm.min_leaf_rows=5000"),
        ("risk", "stage.risk.lightgbm.min_leaf_rows=5000"),
    ],
)
def test_too_little_to_learn_from_is_refused(
    job: Workspace, refused: Callable[..., str], stage: str, override: str
) -> None:
    files = job.files()
    line = refused("mode=train", f"train.stage={stage}", override)
    assert line.startswith(f"stage.{stage}: ")
    assert f"stage.{stage}.enabled=false" in line
    assert job.files() == files


def test_a_stage_that_is_off_cannot_be_trained(refused: Callable[..., str]) -> None:
    line = refused("mode=train", "train.stage=sltp", "stage.sltp.enabled=false")
    assert line == "train.stage=sltp: that stage is off; set stage.sltp.enabled=true"


def test_a_kill_between_stages_leaves_no_mix(job: Workspace, refused: Callable[..., str]) -> None:
    """A new signal under old children is said; training again mends it."""
    then = manifest_hash(job.train / "signal")
    command = [sys.executable, str(ROOT / "run.py"), *job.overrides("mode=train", "seed=8")]
    with subprocess.Popen(
        command, cwd=job.folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as train:
        while train.poll() is None and _hash_or_none(job.train / "signal") in (None, then):
            time.sleep(0.01)
        os.kill(train.pid, signal.SIGKILL)
        assert train.wait() == -signal.SIGKILL
    now = manifest_hash(job.train / "signal")
    assert now != then
    line = refused(*BACKTEST)
    assert f"position model in {job.train / 'position'}: made from the signal model {then[:12]}" in line
    assert now[:12] in line
    assert "train it again: run.py mode=train train.stage=position" in line


def _hash_or_none(folder: Path) -> str | None:
    """None between the renames."""
    try:
        return manifest_hash(folder)
    except FileNotFoundError:
        return None
