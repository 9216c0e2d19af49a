"""Pickles are verified before they are opened, and nothing that trades opens any."""

from __future__ import annotations

import ast
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier

from novosky.errors import ModelCompatibilityError
from novosky.models.inspection.pickles import FILE, native_probabilities, read_pickle, write_pickles
from novosky.models.trees.calibration import Calibrator, calibrate, fit_calibrator
from support.signal_rows import training_rows

ROWS = training_rows(600)
PACKAGE = Path(__file__).resolve().parents[2] / "novosky"
BELONGS_TO = "a" * 64
RF = "rf_signal_calibrated.pkl"


@pytest.fixture(scope="module")
def voters() -> dict[str, tuple[Any, Calibrator]]:
    """Native models of the three libraries, each with a calibrator."""
    data = lightgbm.Dataset(ROWS.x, label=ROWS.y, params={"verbosity": -1})
    models = {
        "forest": RandomForestClassifier(5, max_depth=3, random_state=1).fit(ROWS.x, ROWS.y),
        "xgboost": xgboost.train(
            {"objective": "multi:softprob", "num_class": 3, "verbosity": 0, "nthread": 1},
            xgboost.DMatrix(ROWS.x, label=ROWS.y, nthread=1),
            num_boost_round=5,
        ),
        "lightgbm": lightgbm.train(
            {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}, data, num_boost_round=5
        ),
    }
    return {
        name: (model, fit_calibrator("sigmoid", native_probabilities(model, ROWS.x), ROWS.y))
        for name, model in models.items()
    }


@pytest.fixture
def folder(voters: dict[str, tuple[Any, Calibrator]], tmp_path: Path) -> Path:
    write_pickles(tmp_path / "pickles" / "signal", "signal", voters, BELONGS_TO)
    return tmp_path / "pickles" / "signal"


def test_files_have_the_original_names(folder: Path) -> None:
    expected = {f"{short}_signal{end}.pkl" for short in ("rf", "xgb", "lgb") for end in ("", "_calibrated")}
    assert {file.name for file in folder.iterdir()} == expected | {FILE}


@pytest.mark.parametrize(("voter", "short"), [("forest", "rf"), ("xgboost", "xgb"), ("lightgbm", "lgb")])
def test_what_is_read_answers_as_what_was_written(
    voters: dict[str, tuple[Any, Calibrator]], folder: Path, voter: str, short: str
) -> None:
    model, calibrator = voters[voter]
    raw = native_probabilities(model, ROWS.x)
    assert raw.shape == (600, 3)
    np.testing.assert_allclose(raw.sum(axis=1), 1.0, atol=1e-6)
    read = read_pickle(folder, f"{short}_signal.pkl", BELONGS_TO)
    assert np.array_equal(native_probabilities(read, ROWS.x), raw)
    calibrated = read_pickle(folder, f"{short}_signal_calibrated.pkl", BELONGS_TO)
    assert np.array_equal(calibrated.predict(ROWS.x), calibrate(calibrator, raw))


class Bomb:
    """Unpickling this makes a file: proof that a pickle was opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_changed_pickle_is_refused_before_it_is_opened(folder: Path, tmp_path: Path) -> None:
    expected = json.loads((folder / FILE).read_text())["files"][RF]
    (folder / RF).write_bytes(pickle.dumps(Bomb(tmp_path / "opened")))
    with pytest.raises(ModelCompatibilityError, match=rf"{RF}: edited or damaged: expected sha256 {expected}, found"):
        read_pickle(folder, RF, BELONGS_TO)
    assert not (tmp_path / "opened").exists()
    pickle.loads((folder / RF).read_bytes())
    assert (tmp_path / "opened").exists()  # the proof proves


def test_one_flipped_byte_is_found(folder: Path) -> None:
    content = bytearray((folder / RF).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / RF).write_bytes(content)
    with pytest.raises(ModelCompatibilityError, match=RF):
        read_pickle(folder, RF, BELONGS_TO)


def test_pickles_of_another_model_are_refused(folder: Path) -> None:
    with pytest.raises(ModelCompatibilityError, match=f"expected manifest hash {'b' * 64}, found {BELONGS_TO}"):
        read_pickle(folder, RF, "b" * 64)


def test_missing_and_unlisted_files_are_named(folder: Path) -> None:
    (folder / RF).unlink()
    with pytest.raises(ModelCompatibilityError, match=f"{RF}: missing"):
        read_pickle(folder, RF, BELONGS_TO)
    (folder / "other.pkl").write_bytes(pickle.dumps(1))
    with pytest.raises(ModelCompatibilityError, match=r"other\.pkl: expected its sha256 in pickles\.json, found none"):
        read_pickle(folder, "other.pkl", BELONGS_TO)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"compatible_with": "a", "files": 1}'])
def test_a_broken_record_is_refused(folder: Path, content: str | None) -> None:
    (folder / FILE).unlink() if content is None else (folder / FILE).write_text(content)
    with pytest.raises(ModelCompatibilityError, match=r"pickles\.json"):
        read_pickle(folder, RF, BELONGS_TO)


def test_a_missing_library_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm.basic", None)
    with pytest.raises(ModelCompatibilityError, match=r"lgb_signal\.pkl: .*lightgbm.*uv sync --extra train"):
        read_pickle(folder, "lgb_signal.pkl", BELONGS_TO)


def test_what_trading_loads_imports_no_pickles() -> None:
    code = (
        "import sys, novosky.models.stages.signal_folder\n"
        "able = {'novosky.models.inspection.pickles', 'novosky.models.inspection.load_order', "
        "'joblib', 'cloudpickle'}\n"
        "found = able & sys.modules.keys()\n"
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_one_file_alone_can_unpickle() -> None:
    """Only `pickles.py` imports such a module, and no array is read with pickles allowed."""
    able = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if able & {name.split(".")[0] for name in names}:
                found.add(file.name)
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant)
                assert node.value.value is False, file.name
    assert found == {"pickles.py"}
