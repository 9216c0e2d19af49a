"""A voting stage on disk: written whole, verified whole.

The native files are what the training libraries read, the ONNX files what other runtimes read, both for inspection;
the `.npz` files are the compiled trees, which alone decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

from novosky.models.bundle.arrays import read_arrays, write_arrays
from novosky.models.bundle.folder import replace_folder, restore
from novosky.models.bundle.golden import check_golden, read_golden, write_golden
from novosky.models.bundle.libraries import runtime_versions
from novosky.models.bundle.manifest import check_features, manifest_hash, read_manifest, write_manifest
from novosky.models.forward.out_of_fold import OutOfFold
from novosky.models.inspection.onnx_export import voter_to_onnx
from novosky.models.stages.voter_stage import VoterModel
from novosky.models.trees.calibration import from_json, to_json
from novosky.models.trees.voters import load_voter

CALIBRATION_FILE = "calibration.json"
OUT_OF_FOLD_FILE = "oof.npz"
_OUT_OF_FOLD_ARRAYS = tuple(field.name for field in fields(OutOfFold) if field.name != "calibrators")


def save_voters(
    model: VoterModel, folder: Path, class_names: Sequence[str], write_more: Callable[[Path], None] | None = None
) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""

    def write(new: Path) -> None:
        n_inputs = model.golden.shape[1]
        for name, voter, calibrator in zip(model.names, model.voters, model.calibrators, strict=True):
            voter.save(new)
            graph = voter_to_onnx(voter.trees, voter.link, voter.base, calibrator, n_inputs)
            (new / f"{name}.onnx").write_bytes(graph)
        curves = [[to_json(curve, class_names) for curve in block] for block in model.out_of_fold.calibrators]
        (new / CALIBRATION_FILE).write_bytes((json.dumps(curves, indent=1, allow_nan=False) + "\n").encode())
        write_arrays(new / OUT_OF_FOLD_FILE, {name: getattr(model.out_of_fold, name) for name in _OUT_OF_FOLD_ARRAYS})
        write_golden(new, model.golden, model.predict_all(model.golden))
        if write_more is not None:
            write_more(new)
        write_manifest(new, model.facts["stage"], model.facts)

    replace_folder(folder, write)
    return manifest_hash(folder)


def load_voters(
    folder: Path, stage: str, class_names: Sequence[str], feature_names: Sequence[str], feature_hash: str
) -> VoterModel:
    """The model in `folder`, after its files, its features and its golden rows were found to be those of training.

    Raises `ModelCompatibilityError` that names the file, the feature or the library, and how to mend it.
    """
    restore(folder)
    manifest = read_manifest(folder, stage)
    check_features(manifest, feature_names, feature_hash)
    names = tuple(voter["name"] for voter in manifest["voters"])
    blocks = json.loads((folder / CALIBRATION_FILE).read_bytes())
    curves = tuple(tuple(from_json(curve, class_names) for curve in block) for block in blocks)
    golden, answers = read_golden(folder)
    model = VoterModel(
        names,
        tuple(load_voter(name, folder) for name in names),
        OutOfFold(**read_arrays(folder / OUT_OF_FOLD_FILE), calibrators=curves),
        golden,
        {key: value for key, value in manifest.items() if key not in {"files", "schema_version"}},
    )
    check_golden(names, answers, model.predict_all(golden), manifest["libraries"], runtime_versions())
    return model
