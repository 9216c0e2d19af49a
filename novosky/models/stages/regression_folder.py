"""A regression stage on disk: written whole, verified whole.

The native files are what LightGBM reads, the ONNX files what other runtimes read, both for inspection; the `.npz`
files are the compiled trees, which alone decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.models.bundle.arrays import read_arrays, write_arrays
from novosky.models.bundle.folder import replace_folder, restore
from novosky.models.bundle.golden import check_golden, read_golden, write_golden
from novosky.models.bundle.libraries import runtime_versions
from novosky.models.bundle.manifest import check_features, manifest_hash, read_manifest, write_manifest
from novosky.models.inspection.onnx_export import regressor_to_onnx
from novosky.models.stages.regression_stage import RegressionModel
from novosky.models.trees.lightgbm_regressor import load_regressor

OUT_OF_FOLD_FILE = "oof.npz"

Arrays = Mapping[str, NDArray[Any]]


def save_regression(model: RegressionModel, out_of_fold: Arrays, folder: Path) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""

    def write(new: Path) -> None:
        for name, regressor in zip(model.names, model.regressors, strict=True):
            regressor.save(new, name)
            graph = regressor_to_onnx(regressor.trees, regressor.base, model.golden.shape[1])
            (new / f"{name}.onnx").write_bytes(graph)
        write_arrays(new / OUT_OF_FOLD_FILE, out_of_fold)
        write_golden(new, model.golden, np.ascontiguousarray(model.values(model.golden).T))
        write_manifest(new, model.facts["stage"], {**model.facts, "regressors": list(model.names)})

    replace_folder(folder, write)
    return manifest_hash(folder)


def load_regression(
    folder: Path, stage: str, feature_names: Sequence[str], feature_hash: str
) -> tuple[RegressionModel, dict[str, NDArray[Any]]]:
    """The model in `folder` and its out-of-fold arrays, after files, features and golden rows proved unchanged.

    Raises `ModelCompatibilityError` that names the file, the feature or the library, and how to mend it.
    """
    restore(folder)
    manifest = read_manifest(folder, stage)
    check_features(manifest, feature_names, feature_hash)
    names = tuple(manifest["regressors"])
    golden, answers = read_golden(folder)
    facts = {key: value for key, value in manifest.items() if key not in {"files", "schema_version", "regressors"}}
    model = RegressionModel(names, tuple(load_regressor(folder, name) for name in names), golden, facts)
    check_golden(names, answers, model.values(golden).T, manifest["libraries"], runtime_versions())
    return model, read_arrays(folder / OUT_OF_FOLD_FILE)
