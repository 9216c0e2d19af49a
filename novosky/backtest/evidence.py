"""What a run keeps of its bars and models, so that whoever rebuilds it can say where the rebuilt run parts from it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from novosky.market.bar_digests import bar_digests
from novosky.market.bars import Bars
from novosky.models.bundle.bundle import Bundle
from novosky.models.bundle.manifest import FILE

BAR_DIGESTS = "bar_digests.npy"
MANIFESTS = "manifests"


def write_evidence(run_dir: Path, bars: Bars, models: Path, bundle: Bundle) -> None:
    """Four bytes a bar, and a copy of the manifest of each stage of the set, which lies in the folder `models`."""
    _write(run_dir, bars, {models: (".", bundle)})


def write_fold_evidence(run_dir: Path, bars: Bars, bundles: Sequence[Bundle]) -> None:
    """The same of a walk-forward, whose sets lie in `models/fold_1` and on; `manifests` has a folder for each."""
    names = [f"fold_{k}" for k in range(1, len(bundles) + 1)]
    sets = zip(names, bundles, strict=True)
    _write(run_dir, bars, {run_dir / "models" / name: (name, bundle) for name, bundle in sets})


def _write(run_dir: Path, bars: Bars, sets: Mapping[Path, tuple[str, Bundle]]) -> None:
    np.save(run_dir / BAR_DIGESTS, bar_digests(bars), allow_pickle=False)
    shutil.rmtree(run_dir / MANIFESTS, ignore_errors=True)  # of an earlier run into the same folder
    for models, (name, bundle) in sets.items():
        (run_dir / MANIFESTS / name).mkdir(parents=True, exist_ok=True)
        for stage in bundle.facts:
            shutil.copyfile(models / stage / FILE, run_dir / MANIFESTS / name / f"{stage}.json")
