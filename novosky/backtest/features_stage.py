"""The first stage of the training order: what the bars, the features and the windows are, by hash.

The matrix itself is computed anew by every stage, faster than it could be read; `features/manifest.json` names it. A
change of code or settings that leaves every value as it was leaves this file as it was, and nothing below it reruns.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.prepare import Prepared
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ModelCompatibilityError
from novosky.evaluation.windows import describe
from novosky.features.build import feature_hash
from novosky.models.bundle.folder import replace_folder
from novosky.models.bundle.manifest import FILE, read_manifest, write_manifest

FEATURES = "features"
_PARTS = ("data", "news", "features", "windows", "seed")  # that every stage's manifest names, too


def features_facts(config: Config, prepared: Prepared) -> dict[str, Any]:
    """What the stages learn from: snapshot, windows, and the sha256 of each feature's usable values (float32)."""
    snapshot, names, parts = prepared.market.snapshot, prepared.features.names, fingerprint(config).parts
    usable = prepared.x[prepared.features.warmup_bars :]
    return {
        "data": {"name": snapshot.name, "snapshot": snapshot.bars_hash, "calendar": snapshot.calendar_hash},
        "features": {
            "names": list(names),
            "hash": feature_hash(names),
            "warmup_bars": prepared.features.warmup_bars,
            "values": {
                name: hashlib.sha256(np.ascontiguousarray(usable[:, k]).tobytes()).hexdigest()
                for k, name in enumerate(names)
            },
        },
        "windows": [dict(window) for window in describe(prepared.windows, prepared.bars.time_ms)],
        "config": {name: parts[name] for name in _PARTS},
    }


def write_features(config: Config, prepared: Prepared) -> None:
    """Put `features/` into the working set, whole or not at all."""
    facts = features_facts(config, prepared)
    replace_folder(_folder(config), lambda folder: write_manifest(folder, FEATURES, facts))


def check_features_stage(config: Config, prepared: Prepared) -> None:
    """Refuse to train signal beside a `features/` that speaks of something else; a set without one is no error.

    Raises ModelCompatibilityError with what differs.
    """
    folder = _folder(config)
    if not (folder / FILE).is_file():
        return
    then, now = read_manifest(folder, FEATURES), features_facts(config, prepared)
    now["config"]["seed"] = then["config"]["seed"]  # it reaches no feature; it is there for those who learn from them
    differing = [name for name in now if then.get(name) != now[name]]
    if differing:
        found = ", ".join(_inside(then.get(name), now[name], name) for name in differing)
        raise ModelCompatibilityError(
            f"{folder / FILE}: made from another {found}; make it again (run.py mode=train train.stage=features), or "
            "all stages: run.py mode=train"
        )


def _inside(then: Any, now: Any, name: str) -> str:
    """The first key in which two blocks differ."""
    if not isinstance(then, dict) or not isinstance(now, dict):
        return name
    return next(f"{name}.{key}" for key in sorted(now.keys() | then.keys()) if then.get(key) != now.get(key))


def _folder(config: Config) -> Path:
    return Path(config.paths.train) / FEATURES
