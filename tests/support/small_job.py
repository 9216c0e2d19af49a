"""The whole job with small models, on a small generated market, in a folder of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from novosky.config.schema import Config
from novosky.modes.dispatch import dispatch

SMALL = (
    "threads=1",  # tests share the cores among themselves
    "data.bars=9000",
    "features=compact",
    "news=none",
    "windows.embargo_bars=24",
    "stage.signal.forest.trees=8",
    "stage.signal.xgboost.rounds=8",
    "stage.signal.lightgbm.rounds=8",
    "stage.position.forest.trees=8",
    "stage.position.xgboost.rounds=8",
    "stage.position.lightgbm.rounds=8",
    "stage.trades.exit_threshold=0.5",
    "stage.sltp.lightgbm.rounds=8",
    "stage.sltp.lightgbm.min_leaf_rows=20",
    "stage.risk.lightgbm.rounds=8",
    "stage.risk.lightgbm.min_leaf_rows=10",
    "stage.risk.lightgbm.learning_rate=0.3",  # so that the sizes of this market without an edge differ
    "labels.reference_spread_pct=0",
    "score.bootstrap_samples=200",
)


class Workspace:
    """A folder with a snapshot, a working set and a looks ledger; `first` is the result of `mode=run` in it."""

    def __init__(self, folder: Path, data: Path, compose: Callable[..., Config]) -> None:
        self.folder, self.data, self.compose = folder, data, compose
        self.train, self.looks = folder / "train", folder / "looks.jsonl"
        self.first: dict[str, Any] = {}
        self._count = 0

    def overrides(self, *more: str) -> tuple[str, ...]:
        """What to type."""
        places = {"data": self.data, "train": self.train, "looks": self.looks, "cache": self.folder / "cache"}
        paths = (f"paths.{name}={place}" for name, place in places.items())
        return (*SMALL, *paths, *more)

    def run(self, *overrides: str, exit_code: int = 0) -> dict[str, Any]:
        """The result of a mode, with the run's folder under `folder`."""
        self._count += 1
        folder = self.folder / f"run-{self._count}"
        folder.mkdir(parents=True)
        outcome = dispatch(self.compose(*self.overrides(*overrides)), folder)
        assert outcome.exit_code == exit_code
        return {**json.loads((folder / "result.json").read_text()), "folder": folder}

    def sibling(self, name: str, with_models: bool = True) -> Workspace:
        """Another workspace on the same snapshot, with a copy of the working set or none, and no looks."""
        other = Workspace(self.folder.with_name(name), self.data, self.compose)
        if with_models:
            shutil.copytree(self.train, other.train)
        return other

    def files(self) -> dict[str, bytes]:
        """Every file of the working set by its path, pickles aside."""
        found = (file for file in sorted(self.train.rglob("*")) if file.is_file())
        named = {str(file.relative_to(self.train)): file for file in found}
        return {name: file.read_bytes() for name, file in named.items() if not name.startswith("pickles")}
