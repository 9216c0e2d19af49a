"""The manifest of a stage: what its files are, what they were made from, and the proof that they are unchanged.

`manifest.json` has sorted keys and no times, so that the same training gives the same bytes. It holds the sha256 of
every other file of the folder and, as `seal`, of its own content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from novosky.errors import ModelCompatibilityError

FILE = "manifest.json"
SCHEMA_VERSION = 2
_MEND = "train the stage again (run.py mode=train) or bring the original file back"

Manifest = dict[str, Any]


def write_manifest(folder: Path, stage: str, content: Mapping[str, Any]) -> None:
    """Write the manifest of all files that lie in `folder`."""
    manifest = {**content, "stage": stage, "schema_version": SCHEMA_VERSION, "files": file_hashes(folder)}
    (folder / FILE).write_bytes(_bytes({**manifest, "seal": _sha256(_bytes(manifest))}))


def read_manifest(folder: Path, stage: str) -> Manifest:
    """The manifest of `folder`, once it and every file it names are found whole."""
    path = folder / FILE
    if not path.is_file():
        raise ModelCompatibilityError(f"no {stage} model in {folder}: {FILE} is missing; make one: run.py mode=train")
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError as error:
        raise ModelCompatibilityError(f"{path}: expected JSON, found something else ({error}); {_MEND}") from error
    if not isinstance(manifest, dict) or manifest.get("schema_version") != SCHEMA_VERSION:
        found = manifest.get("schema_version") if isinstance(manifest, dict) else None
        raise ModelCompatibilityError(f"{path}: expected schema_version {SCHEMA_VERSION}, found {found}; {_MEND}")
    seal = manifest.pop("seal", None)
    if seal != (found := _sha256(_bytes(manifest))):
        raise ModelCompatibilityError(f"{path}: edited: its seal says {seal}, its content has {found}; {_MEND}")
    if manifest["stage"] != stage:
        raise ModelCompatibilityError(f"{path}: expected the stage {stage}, found {manifest['stage']}; check the path")
    _verify_files(folder, manifest["files"])
    return manifest


def manifest_hash(folder: Path) -> str:
    """sha256 of `manifest.json`: the name of this very model, for successors, results and the looks ledger."""
    return _sha256((folder / FILE).read_bytes())


def file_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file in `folder`, the manifest aside, by name."""
    return {file.name: _sha256(file.read_bytes()) for file in sorted(folder.iterdir()) if file.name != FILE}


def check_features(manifest: Manifest, names: Sequence[str], feature_hash: str) -> None:
    """Refuse other features, another order, or the same names computed by another version of the code."""
    trained = manifest["features"]["names"]
    if trained == list(names) and manifest["features"]["hash"] == feature_hash:
        return
    hashes = f"(feature hash {manifest['features']['hash'][:12]} then, {feature_hash[:12]} now)"
    mend = "choose the features it was trained with, or train again: run.py mode=train"
    for place, (then, now) in enumerate(zip(trained, names, strict=False)):
        if then != now:
            raise ModelCompatibilityError(
                f"{manifest['stage']} model: feature {place + 1} was {then} in training, is {now} now {hashes}; {mend}"
            )
    if len(trained) != len(names):
        raise ModelCompatibilityError(
            f"{manifest['stage']} model: trained with {len(trained)} features, found {len(names)} {hashes}; {mend}"
        )
    raise ModelCompatibilityError(
        f"{manifest['stage']} model: the same features are computed by another version of their code {hashes}; {mend}"
    )


def check_settings(manifest: Manifest, settings: Mapping[str, Any]) -> None:
    """Refuse inputs or labels that mean something else than in training; `settings` by dotted key."""
    for key, then in manifest["settings"].items():
        if settings[key] != then:
            raise ModelCompatibilityError(
                f"{manifest['stage']} model: {key} was {then} in training and is {settings[key]} now; set it back, or "
                "train again: run.py mode=train"
                + (" (trades alone: execution.sl_atr, execution.tp_atr)" if key.endswith("_atr") else "")
            )


def _verify_files(folder: Path, expected: Mapping[str, str]) -> None:
    for entry in sorted(folder.iterdir()):
        if not entry.is_file():
            raise ModelCompatibilityError(f"{entry}: expected files alone, found a folder; remove it from the model's")
    found = file_hashes(folder)
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise ModelCompatibilityError(f"{folder / name}: missing, expected sha256 {expected[name]}; {_MEND}")
        if name not in expected:
            raise ModelCompatibilityError(
                f"{folder / name}: not part of the model (sha256 {found[name]}); remove it from the folder"
            )
        if found[name] != expected[name]:
            raise ModelCompatibilityError(
                f"{folder / name}: edited or damaged: expected sha256 {expected[name]}, found {found[name]}; {_MEND}"
            )


def _bytes(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
