"""A run as its folder tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.evidence import BAR_DIGESTS, MANIFESTS
from novosky.backtest.result_file import SCHEMA_VERSION
from novosky.config.recorded import read_config
from novosky.config.schema import Config
from novosky.errors import DataError
from novosky.market.bar_digests import Digests
from novosky.models.bundle.bundle import STAGES


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What ran and what came out; `new_keys` of the configuration have come since and stand at their defaults."""

    folder: Path
    config: Config
    new_keys: Sequence[str]
    result: Mapping[str, Any]

    def bar_digests(self) -> Digests | None:
        """Four bytes a bar; None where the run kept none."""
        file = self.folder / BAR_DIGESTS
        if not file.is_file():
            return None
        digests: Digests = np.load(file, allow_pickle=False)
        return digests

    def manifests(self) -> dict[str, dict[str, Any]]:
        """The manifest of each stage that it kept, named as in `manifest_hashes`."""
        root = self.folder / MANIFESTS
        found = sorted(root.rglob("*.json"))
        return {file.relative_to(root).with_suffix("").as_posix(): json.loads(file.read_bytes()) for file in found}

    def manifest_hashes(self) -> dict[str, str]:
        """Manifest hash of each stage, in order of training: `signal`; of a walk-forward `fold_2/signal`."""
        if not self.walks_forward:
            models = self.result["models"]
            return {stage: models[stage]["manifest_hash"] for stage in STAGES if stage in models}
        sets = ((f"fold_{k}", fold["manifests"]) for k, fold in enumerate(self.result["walk_forward"]["folds"], 1))
        return {f"{name}/{stage}": found[stage] for name, found in sets for stage in STAGES if stage in found}

    @property
    def walks_forward(self) -> bool:
        """Whether it trained and judged fold after fold."""
        return "walk_forward" in self.result


def read_run(folder: Path, modes: Sequence[str]) -> RecordedRun:
    """The run in `folder`, of one of `modes`.

    Raises DataError where the folder holds no finished run, or one of another mode or result schema; ConfigError where
    its configuration cannot be read.
    """
    file = folder / "result.json"
    if not file.is_file():
        raise DataError(
            f"{folder}: expected the folder of a finished run, found no result.json in it; its path is the last line "
            "that the run showed (outputs/runs/<mode>/<time>)"
        )
    try:
        result = json.loads(file.read_bytes())
    except ValueError as error:
        raise DataError(f"{file}: expected JSON, found something else ({error}); restore it") from None
    if result.get("schema_version") != SCHEMA_VERSION:
        raise DataError(
            f"{file}: expected schema_version {SCHEMA_VERSION}, found {result.get('schema_version')}: written by "
            "another version; use that one"
        )
    if result["mode"] not in modes:
        raise DataError(
            f"{file}: expected a run of mode {' or '.join(modes)}, found mode {result['mode']}; take another"
        )
    if any("manifests" not in fold for fold in result.get("walk_forward", {}).get("folds", ())):
        raise DataError(f"{file}: expected the manifests of each fold's models, found none; run it again")
    config, new_keys = read_config(folder / "config.json")
    return RecordedRun(folder, config, new_keys, result)
