"""The links between stages: a set whose stages were not made from each other is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from novosky.errors import ModelCompatibilityError
from novosky.models.bundle.bundle import STAGES, check_predecessors, check_same_ground
from novosky.models.bundle.manifest import manifest_hash, write_manifest
from novosky.models.bundle.provenance import Provenance

EDGES = np.array([100, 200, 300])


def stage(root: Path, name: str, text: str = "a model", made_from: tuple[str, ...] = ()) -> dict[str, str]:
    """A folder with one file and a manifest; the hashes that a successor names."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.txt").write_text(text)
    predecessors = {before: manifest_hash(root / before) for before in made_from}
    write_manifest(folder, name, {"predecessors": predecessors})
    return predecessors


def test_a_whole_chain_holds(tmp_path: Path) -> None:
    for k, name in enumerate(STAGES):
        made_from = stage(tmp_path, name, made_from=STAGES[:k])
        check_predecessors(name, made_from, tmp_path, STAGES)


def test_a_predecessor_trained_since_is_refused(tmp_path: Path) -> None:
    stage(tmp_path, "signal")
    made_from = stage(tmp_path, "position", made_from=("signal",))
    then = made_from["signal"]
    stage(tmp_path, "signal", text="another model")
    with pytest.raises(ModelCompatibilityError) as refusal:
        check_predecessors("position", made_from, tmp_path, STAGES)
    now = manifest_hash(tmp_path / "signal")
    assert then[:12] in str(refusal.value)
    assert now[:12] in str(refusal.value)
    assert "train it again: run.py mode=train train.stage=position" in str(refusal.value)


def test_a_missing_predecessor_is_refused(tmp_path: Path) -> None:
    stage(tmp_path, "signal")
    made_from = stage(tmp_path, "sltp", made_from=("signal",)) | {"position": "f" * 64}
    with pytest.raises(ModelCompatibilityError, match=r"made from the position model ffffffffffff, but .* has none"):
        check_predecessors("sltp", made_from, tmp_path, STAGES)


def test_a_stage_made_without_one_that_decides_is_refused(tmp_path: Path) -> None:
    stage(tmp_path, "signal")
    made_from = stage(tmp_path, "sltp", made_from=("signal",))
    with pytest.raises(ModelCompatibilityError, match=r"made without the position stage, which decides now"):
        check_predecessors("sltp", made_from, tmp_path, STAGES)
    check_predecessors("sltp", made_from, tmp_path, ("signal", "sltp"))


def test_a_stage_may_decide_without_one_it_was_made_from(tmp_path: Path) -> None:
    """Switching a stage off in turn shows what it adds."""
    stage(tmp_path, "signal")
    stage(tmp_path, "position", made_from=("signal",))
    made_from = stage(tmp_path, "sltp", made_from=("signal", "position"))
    check_predecessors("sltp", made_from, tmp_path, ("signal", "sltp"))


def ground(**changes: str) -> Provenance:
    facts = {"snapshot_hash": "b" * 64, "label_fingerprint": "l" * 64, "feature_hash": "f" * 64, "calendar_hash": None}
    facts |= changes
    return Provenance(
        feature_names=("a",),
        config_fingerprints={},
        bar_time_ms=np.arange(300),
        predecessors={},
        settings={},
        inputs=("a",),
        **facts,
    )


def parent() -> dict[str, object]:
    return {
        "stage": "signal",
        "data": {"snapshot": "b" * 64, "calendar": None},
        "labels": "l" * 64,
        "features": {"hash": "f" * 64},
        "blocks": {"edges": EDGES.tolist(), "embargo_bars": 5},
    }


@pytest.mark.parametrize(
    ("changes", "edges", "embargo", "named"),
    [
        ({"snapshot_hash": "c" * 64}, EDGES, 5, r"trained on other bars .*\(bbbbbbbbbbbb then, cccccccccccc now\)"),
        ({"calendar_hash": "c" * 64}, EDGES, 5, "trained on other events"),
        ({"label_fingerprint": "c" * 64}, EDGES, 5, "other labels"),
        ({"feature_hash": "c" * 64}, EDGES, 5, "other features"),
        ({}, EDGES + 1, 5, "other forward blocks"),
        ({}, EDGES, 6, "other forward blocks"),
    ],
)
def test_other_ground_than_the_predecessors_is_refused(
    changes: dict[str, str], edges: np.ndarray, embargo: int, named: str
) -> None:
    with pytest.raises(ModelCompatibilityError, match=named):
        check_same_ground(parent(), ground(**changes), edges, embargo)


def test_the_same_ground_is_taken() -> None:
    check_same_ground(parent(), ground(), EDGES, 5)
