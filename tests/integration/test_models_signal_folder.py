"""The signal stage on disk: same bits back, same bytes again, and any change refused by name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from novosky.errors import ModelCompatibilityError
from novosky.models.bundle.manifest import read_manifest, write_manifest
from novosky.models.stages.signal import SignalModel, train_signal
from novosky.models.stages.signal_folder import load_signal, save_signal
from support.signal_rows import NAMES, prediction, provenance, silent, stage, training_rows

ROWS = training_rows(1200)
HASH = "f" * 64
FILES = [
    "calibration.json",
    "forest.npz",
    "forest.onnx",
    "golden.npz",
    "lightgbm.npz",
    "lightgbm.onnx",
    "lightgbm.txt",
    "manifest.json",
    "oof.npz",
    "xgboost.json",
    "xgboost.npz",
    "xgboost.onnx",
]


@pytest.fixture(scope="module")
def model() -> SignalModel:
    return train_signal(ROWS, stage("isotonic"), provenance(ROWS), seed=7, threads=1, device="cpu", progress=silent)


@pytest.fixture
def folder(model: SignalModel, tmp_path: Path) -> Path:
    save_signal(model, tmp_path / "train" / "signal")
    return tmp_path / "train" / "signal"


def load(folder: Path) -> SignalModel:
    return load_signal(folder, NAMES, HASH)


def test_a_loaded_model_decides_with_the_same_bits(model: SignalModel, folder: Path) -> None:
    loaded = load(folder)
    x = training_rows(1200, seed=4).x
    assert np.array_equal(loaded.predict(x), model.predict(x))
    for settings in (
        prediction(),
        prediction(confidence_quantile=0.5, confidence="vote_share"),
        prediction(rule="original", vote="majority", min_probability_diff=0.1),
    ):
        for ours, theirs in zip(loaded.decide(x, settings), model.decide(x, settings), strict=True):
            assert np.array_equal(ours, theirs)
        ours, theirs = loaded.decide_out_of_fold(settings), model.decide_out_of_fold(settings)
        assert np.array_equal(ours.threshold, theirs.threshold)
        assert np.array_equal(ours.votes.verdict, theirs.votes.verdict)
    assert loaded.facts == model.facts
    assert loaded.train_end_ms == model.train_end_ms


TRAIN = """
import sys
from pathlib import Path
from novosky.models.stages.signal import train_signal
from novosky.models.stages.signal_folder import save_signal
from support.signal_rows import provenance, silent, stage, training_rows
rows = training_rows(1200)
model = train_signal(rows, stage(), provenance(rows), seed=7, threads=int(sys.argv[2]), device="cpu", progress=silent)
save_signal(model, Path(sys.argv[1]))
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """On one thread and on two."""
    tests = Path(__file__).resolve().parents[1]
    for threads in ("1", "2"):
        subprocess.run([sys.executable, "-c", TRAIN, str(tmp_path / threads), threads], check=True, cwd=tests)
    names = sorted(file.name for file in (tmp_path / "1").iterdir())
    assert names == FILES
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


def test_the_manifest_says_what_the_model_was_made_from(folder: Path) -> None:
    manifest = read_manifest(folder, "signal")
    assert manifest["features"] == {"names": list(NAMES), "hash": HASH}
    assert manifest["labels"] == "l" * 64
    assert manifest["data"] == {"snapshot": "d" * 64, "calendar": None}
    assert manifest["predecessors"] == {}
    assert sum(manifest["train"]["classes"].values()) == manifest["train"]["rows"]
    assert set(manifest["libraries"]) == {"lightgbm", "numba", "numpy", "sklearn", "xgboost"}
    assert [voter["name"] for voter in manifest["voters"]] == ["forest", "xgboost", "lightgbm"]
    text = (folder / "manifest.json").read_text()
    assert str(folder) not in text
    assert json.dumps(json.loads(text), sort_keys=True, indent=1) + "\n" == text


@pytest.mark.parametrize(
    "name",
    FILES,
)
def test_one_changed_byte_is_refused_by_name(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    at = content.index(b"feature_0") if name == "manifest.json" else len(content) // 2
    content[at] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelCompatibilityError) as refusal:
        load(folder)
    line = str(refusal.value)
    assert f"{folder / name}: edited" in line
    assert "mode=train" in line
    assert "\n" not in line


def remove(folder: Path) -> None:
    (folder / "oof.npz").unlink()


def add(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")


def add_folder(folder: Path) -> None:
    (folder / ".ipynb_checkpoints").mkdir()


def not_json(folder: Path) -> None:
    (folder / "manifest.json").write_text("{")


def other_version(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"schema_version": 99}')


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def other_stage(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    write_manifest(folder, "risk", {})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (remove, r"oof\.npz: missing, expected sha256 [0-9a-f]{64}"),
        (add, r"notes\.txt: not part of the model .*remove it"),
        (add_folder, r"\.ipynb_checkpoints: expected files alone, found a folder; remove it"),
        (not_json, "expected JSON"),
        (other_version, "expected schema_version 2, found 99"),
        (no_manifest, "no signal model in .*run.py mode=train"),
        (other_stage, "expected the stage signal, found risk"),
    ],
)
def test_a_damaged_folder_is_refused(folder: Path, damage: Callable[[Path], None], said: str) -> None:
    damage(folder)
    with pytest.raises(ModelCompatibilityError, match=said):
        load(folder)


def test_other_features_are_refused_by_name(folder: Path) -> None:
    turned = (NAMES[0], NAMES[2], NAMES[1], *NAMES[3:])
    with pytest.raises(ModelCompatibilityError, match="feature 2 was feature_1 in training, is feature_2 now"):
        load_signal(folder, turned, "0" * 64)
    with pytest.raises(ModelCompatibilityError, match="trained with 6 features, found 5"):
        load_signal(folder, NAMES[:5], "0" * 64)
    with pytest.raises(
        ModelCompatibilityError, match=r"another version of their code .*ffffffffffff then, 000000000000"
    ):
        load_signal(folder, NAMES, "0" * 64)


def rewrite(folder: Path, **changes: object) -> None:
    """A folder whose hashes are right and whose facts are other ones."""
    facts = json.loads((folder / "manifest.json").read_bytes())
    del facts["seal"], facts["files"]
    write_manifest(folder, "signal", {**facts, **changes})


def test_another_answer_to_a_golden_row_is_refused_with_the_versions(
    model: SignalModel, folder: Path, tmp_path: Path
) -> None:
    """The voter of another training under this one's golden rows: what a library that reads it otherwise would do."""
    other = train_signal(ROWS, stage("isotonic"), provenance(ROWS), seed=8, threads=1, device="cpu", progress=silent)
    save_signal(other, tmp_path / "other")
    shutil.copy(tmp_path / "other" / "lightgbm.npz", folder / "lightgbm.npz")
    rewrite(folder, libraries={**model.facts["libraries"], "numpy": "2.0.0"})
    with pytest.raises(ModelCompatibilityError, match=r"the lightgbm voter .*numpy 2\.0\.0 then, .* now"):
        load(folder)


def test_another_library_with_the_same_answers_is_welcome(folder: Path) -> None:
    facts = read_manifest(folder, "signal")
    rewrite(folder, libraries={**facts["libraries"], "lightgbm": "4.0.0"})
    assert load(folder).facts["libraries"]["lightgbm"] == "4.0.0"


def test_an_interrupted_save_is_settled_by_the_next_load(model: SignalModel, folder: Path) -> None:
    folder.rename(folder.with_name(".signal.old"))
    assert np.array_equal(load(folder).predict(ROWS.x), model.predict(ROWS.x))
