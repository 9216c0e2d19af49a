"""A small workspace of a loop: working sets of four stages that name each other by hash, and what a step changes."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

from novosky.optimize.log import COMMIT
from novosky.optimize.places import Places

STAGES = ("signal", "position", "sltp", "risk")


def places_in(root: Path) -> Places:
    """Where everything lies below `root`."""
    return Places(root / "outputs/train", root / "conf/experiment/current.yaml", root / "outputs/optimize")


def write_set(folder: Path, seed: int, file_bytes: int = 500) -> None:
    """Four stage folders; each manifest holds the hashes of its files and of the manifest before it."""
    draw, before = random.Random(seed), ""
    for stage in STAGES:
        (folder / stage).mkdir(parents=True)
        hashes = {}
        for name in ("trees.npz", "golden.npz"):
            content = draw.randbytes(file_bytes)
            (folder / stage / name).write_bytes(content)
            hashes[name] = hashlib.sha256(content).hexdigest()
        manifest = json.dumps({"files": hashes, "before": before}).encode()
        (folder / stage / "manifest.json").write_bytes(manifest)
        before = hashlib.sha256(manifest).hexdigest()


def entry_of(iteration: int, decision: str = COMMIT) -> dict[str, Any]:
    """A log entry with all its keys."""
    return {
        "iteration": iteration,
        "decision": decision,
        "baseline_score": 1.0,
        "final_score": 1.0 + iteration / 10,
        "improvement_pct": 10.0,
        "params": {"seed": iteration},
        "reason": "a test",
        "times": {"total_s": 1.0},
        "fingerprints": {"models": f"{iteration:064d}"},
    }


def standing(root: Path) -> dict[str, bytes]:
    """Every file that a COMMIT changes, by its path below `root`."""
    places = places_in(root)
    found = [file for file in sorted(places.train.rglob("*")) if file.is_file()]
    found += [file for file in (places.current, places.log, places.best) if file.exists()]
    return {str(file.relative_to(root)): file.read_bytes() for file in found}
