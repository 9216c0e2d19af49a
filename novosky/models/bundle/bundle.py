"""The four stages as one set: signal -> position -> sltp -> risk, each made from the very models before it.

A stage's manifest names its predecessors by the hash of their manifests. A set whose links do not hold is refused:
whatever was trained anew needs its successors trained anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from novosky.config.schema.learning import StagesConfig
from novosky.errors import ModelCompatibilityError
from novosky.market.bars import Ints
from novosky.models.bundle.folder import restore
from novosky.models.bundle.manifest import FILE, Manifest, manifest_hash
from novosky.models.bundle.provenance import Provenance
from novosky.models.bundle.reading import read_as_one
from novosky.models.stages.position import PositionModel
from novosky.models.stages.position_folder import load_position
from novosky.models.stages.risk import RiskModel, load_risk
from novosky.models.stages.signal import SignalModel
from novosky.models.stages.signal_folder import load_signal
from novosky.models.stages.sltp import SltpModel, load_sltp

STAGES = ("signal", "position", "sltp", "risk")
PICKLES = "pickles"  # folder beside the stages, a developer's


@dataclass(frozen=True)
class Bundle:
    """The stages that decide; `hashes` of their manifests by stage."""

    signal: SignalModel
    position: PositionModel | None = None
    sltp: SltpModel | None = None
    risk: RiskModel | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Manifest]:
        """The manifest's content of each stage that is there, in order."""
        found = {name: getattr(self, name) for name in STAGES}
        return {name: model.facts for name, model in found.items() if model is not None}

    @property
    def train_ends_ms(self) -> dict[str, int]:
        """Open time of the last bar that each stage saw; UTC epoch ms."""
        return {name: int(facts["train"]["end_ms"]) for name, facts in self.facts.items()}

    def without(self, off: Sequence[str]) -> Bundle:
        """The set with these later stages taken out."""
        later = {name: None if name in off else getattr(self, name) for name in STAGES[1:]}
        hashes = {name: digest for name, digest in self.hashes.items() if name not in off}
        return Bundle(self.signal, later["position"], later["sltp"], later["risk"], hashes)

    @property
    def name(self) -> str:
        """sha256 over the manifests' hashes: the name of this very set."""
        return hashlib.sha256("".join(self.hashes[name] for name in self.facts).encode()).hexdigest()


def enabled_stages(stages: StagesConfig) -> tuple[str, ...]:
    """Names of the stages that the configuration switches on, in order; signal always is."""
    return tuple(name for name in STAGES if name == "signal" or getattr(stages, name).enabled)


def load_bundle(root: Path, stages: Sequence[str], feature_names: Sequence[str], feature_hash: str) -> Bundle:
    """The asked stages in `root`, each verified and found to be made from those before it.

    Raises `ModelCompatibilityError` for a missing, edited or foreign stage, with the hash, the file and the mend, and
    for a set that is replaced while it is read. A
    set without a risk folder is no error: sizes are full then.
    """
    for name in STAGES:
        restore(root / name)  # all of them, since links are checked against stages that are not loaded too
    with read_as_one(root, STAGES):
        return _load(root, stages, feature_names, feature_hash)


def _load(root: Path, stages: Sequence[str], feature_names: Sequence[str], feature_hash: str) -> Bundle:
    loaders = {"signal": load_signal, "position": load_position, "sltp": load_sltp, "risk": load_risk}
    found: dict[str, Any] = {}
    hashes: dict[str, str] = {}
    for name in stages:
        folder = root / name
        if name == "risk" and not folder.exists():
            continue
        found[name] = loaders[name](folder, feature_names, feature_hash)
        hashes[name] = manifest_hash(folder)
        check_predecessors(name, found[name].facts["predecessors"], root, stages)
    return Bundle(**found, hashes=hashes)


def check_predecessors(stage: str, made_from: Mapping[str, str], root: Path, stages: Sequence[str]) -> None:
    """Refuse a stage that was made from other models than lie in `root`, or without one that decides before it."""
    again = f"train it again: run.py mode=train train.stage={stage}"
    for name, then in made_from.items():
        folder = root / name
        if not (folder / FILE).is_file():
            raise ModelCompatibilityError(
                f"{stage} model in {root / stage}: made from the {name} model {then[:12]}, but {folder} has none; "
                f"bring it back, or {again}"
            )
        if (now := manifest_hash(folder)) != then:
            raise ModelCompatibilityError(
                f"{stage} model in {root / stage}: made from the {name} model {then[:12]}, but {folder / FILE} is "
                f"{now[:12]}: trained since, or another's; {again}"
            )
    before = stages[: list(stages).index(stage)]
    missing = [name for name in before if name not in made_from]
    if missing:
        raise ModelCompatibilityError(
            f"{stage} model in {root / stage}: made without the {missing[0]} stage, which decides now; {again}, or set "
            f"stage.{missing[0]}.enabled=false"
        )


def check_same_ground(parent: Manifest, provenance: Provenance, edges: Ints, embargo_bars: int) -> None:
    """Refuse to train a stage on other bars, labels, features or blocks than its predecessor was trained on."""
    blocks = {"edges": np.asarray(edges).tolist(), "embargo_bars": embargo_bars}
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("bars", parent["data"]["snapshot"], provenance.snapshot_hash),
        ("events", parent["data"]["calendar"], provenance.calendar_hash),
        ("labels", parent["labels"], provenance.label_fingerprint),
        ("features", parent["features"]["hash"], provenance.feature_hash),
        ("forward blocks", parent["blocks"], blocks),
    )
    for what, then, now in pairs:
        if then != now:
            shown = f" ({then[:12]} then, {now[:12]} now)" if isinstance(then, str) and isinstance(now, str) else ""
            raise ModelCompatibilityError(
                f"{parent['stage']} model: trained on other {what} than are given now{shown}; a later stage learns "
                "from the same: set them back, or train all stages: run.py mode=train"
            )
