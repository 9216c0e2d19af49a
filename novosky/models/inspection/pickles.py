"""Pickled voters, for the developer alone, under the names that the original system gave them.

Unpickling runs whatever code the file holds, so trading and backtests never do it: no module that loads a model
imports this one. The sha256 in `pickles.json` finds damage and mix-ups before a byte is unpickled; it is no proof
against a stranger who writes both files: read your own pickles only. Their bytes are not stable from one library
version to the next, so they lie in a folder of their own, beside the stages.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from novosky.errors import ModelCompatibilityError
from novosky.market.bars import Floats
from novosky.models.bundle.folder import replace_folder
from novosky.models.classes import Inputs
from novosky.models.trees.calibration import Calibrator, calibrate

FILE = "pickles.json"
_ORIGINAL_NAMES = {"forest": "rf", "xgboost": "xgb", "lightgbm": "lgb"}
_MEND = "train the stage again with its pickles (run.py mode=train train.pickles=true), or do without them"


@dataclass(frozen=True, slots=True)
class CalibratedModel:
    """A native model and its calibrator, as one pickle."""

    model: Any
    calibrator: Calibrator

    def predict(self, x: Inputs) -> Floats:
        """Calibrated probabilities, shape (n, 3)."""
        return calibrate(self.calibrator, native_probabilities(self.model, x))


def native_probabilities(model: Any, x: Inputs) -> Floats:
    """Raw probabilities (n, 3) by the model's own library: scikit-learn, XGBoost or LightGBM."""
    for method in ("predict_proba", "inplace_predict", "predict"):
        if hasattr(model, method):
            answer = getattr(model, method)(np.ascontiguousarray(x, dtype=np.float32))
            return np.asarray(answer, dtype=np.float64)
    raise ModelCompatibilityError(f"expected a model that predicts, found {type(model).__name__}; {_MEND}")


def pickle_name(voter: str, stage: str, calibrated: bool) -> str:
    """`rf_signal_calibrated.pkl`, `xgb_position.pkl`, ..."""
    return f"{_ORIGINAL_NAMES[voter]}_{stage}{'_calibrated' if calibrated else ''}.pkl"


def write_pickles(folder: Path, stage: str, voters: Mapping[str, tuple[Any, Calibrator]], compatible_with: str) -> None:
    """Put two pickles a voter, native model and `CalibratedModel`, in the place of whatever `folder` holds.

    `voters` gives native model and calibrator by name; `compatible_with` is the manifest hash of the stage's folder.
    """
    contents = {}
    for voter, (model, calibrator) in voters.items():
        contents[pickle_name(voter, stage, calibrated=False)] = pickle.dumps(model)
        contents[pickle_name(voter, stage, calibrated=True)] = pickle.dumps(CalibratedModel(model, calibrator))
    record = {
        "compatible_with": compatible_with,
        "stage": stage,
        "files": {name: _sha256(content) for name, content in contents.items()},
    }

    def write(new: Path) -> None:
        for name, content in contents.items():
            (new / name).write_bytes(content)
        (new / FILE).write_bytes((json.dumps(record, sort_keys=True, indent=1) + "\n").encode())

    replace_folder(folder, write)


def read_pickle(folder: Path, name: str, compatible_with: str) -> Any:
    """What the pickle `name` holds, once its sha256 and the model it belongs to are found to be those expected.

    Raises `ModelCompatibilityError` that names the file, before anything is unpickled.
    """
    record = _read_record(folder)
    if record["compatible_with"] != compatible_with:
        raise ModelCompatibilityError(
            f"{folder}: pickles of another model: expected manifest hash {compatible_with}, found "
            f"{record['compatible_with']}; {_MEND}"
        )
    path, expected = folder / name, record["files"].get(name)
    if expected is None:
        raise ModelCompatibilityError(f"{path}: expected its sha256 in {FILE}, found none; {_MEND}")
    if not path.is_file():
        raise ModelCompatibilityError(f"{path}: missing, expected sha256 {expected}; {_MEND}")
    content = path.read_bytes()
    if (found := _sha256(content)) != expected:
        raise ModelCompatibilityError(
            f"{path}: edited or damaged: expected sha256 {expected}, found {found}; not unpickled; {_MEND}"
        )
    try:
        return pickle.loads(content)
    except Exception as error:  # another library version may fail in any way of its own
        raise ModelCompatibilityError(
            f"{path}: expected the libraries it was written with, found {type(error).__name__}: {error}; install them "
            f"(uv sync --extra train), or {_MEND}"
        ) from error


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    if not path.is_file():
        raise ModelCompatibilityError(f"{path}: missing, expected the sha256 of every pickle; {_MEND}")
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        record["compatible_with"], record["files"].get("")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelCompatibilityError(
            f"{path}: expected compatible_with and files in JSON, found something else ({error}); {_MEND}"
        ) from error
    return record


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
