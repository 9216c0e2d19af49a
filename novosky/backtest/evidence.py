"""What a run keeps of its bars and models, so that whoever rebuilds it can say where the rebuilt run parts from it."""

from __future__ import annotations

import shutil
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
    np.save(run_dir / BAR_DIGESTS, bar_digests(bars), allow_pickle=False)
    shutil.rmtree(run_dir / MANIFESTS, ignore_errors=True)  # of an earlier run into the same folder
    (run_dir / MANIFESTS).mkdir()
    for stage in bundle.facts:
        shutil.copyfile(models / stage / FILE, run_dir / MANIFESTS / f"{stage}.json")
