"""The signal stage on disk: written whole, verified whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from novosky.models.arrays import read_arrays, write_arrays
from novosky.models.calibration import from_json, to_json
from novosky.models.folder import replace_folder, restore
from novosky.models.forward import OutOfFold
from novosky.models.golden import check_golden, read_golden, write_golden
from novosky.models.libraries import library_versions
from novosky.models.manifest import check_features, manifest_hash, read_manifest, write_manifest
from novosky.models.signal import SignalModel
from novosky.models.voters import load_voter

STAGE = "signal"
CALIBRATION_FILE = "calibration.json"
OUT_OF_FOLD_FILE = "oof.npz"
_OUT_OF_FOLD_ARRAYS = tuple(field.name for field in fields(OutOfFold) if field.name != "calibrators")


def save_signal(model: SignalModel, folder: Path) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""

    def write(new: Path) -> None:
        for voter in model.voters:
            voter.save(new)
        curves = [[to_json(curve) for curve in block] for block in model.out_of_fold.calibrators]
        (new / CALIBRATION_FILE).write_bytes((json.dumps(curves, indent=1, allow_nan=False) + "\n").encode())
        write_arrays(new / OUT_OF_FOLD_FILE, {name: getattr(model.out_of_fold, name) for name in _OUT_OF_FOLD_ARRAYS})
        write_golden(new, model.golden, model.predict_all(model.golden))
        write_manifest(new, STAGE, model.facts)

    replace_folder(folder, write)
    return manifest_hash(folder)


def load_signal(folder: Path, feature_names: Sequence[str], feature_hash: str, threads: int) -> SignalModel:
    """The model in `folder`, after its files, its features and its golden rows were found to be those of training.

    Raises `ModelCompatibilityError` that names the file, the feature or the library, and how to mend it.
    """
    restore(folder)
    manifest = read_manifest(folder, STAGE)
    check_features(manifest, feature_names, feature_hash)
    names = tuple(voter["name"] for voter in manifest["voters"])
    blocks = json.loads((folder / CALIBRATION_FILE).read_bytes())
    curves = tuple(tuple(from_json(curve) for curve in block) for block in blocks)
    golden, answers = read_golden(folder)
    model = SignalModel(
        names,
        tuple(load_voter(name, folder, threads) for name in names),
        OutOfFold(**read_arrays(folder / OUT_OF_FOLD_FILE), calibrators=curves),
        golden,
        {key: value for key, value in manifest.items() if key not in {"files", "stage", "schema_version"}},
    )
    check_golden(names, answers, model.predict_all(golden), manifest["libraries"], library_versions(names))
    return model
