"""The loop on a small market: what it keeps, what it sends back, what it leaves on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from novosky.config.recorded import flat
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.errors import ConfigError, UserError
from novosky.evaluation.looks import read_ledger
from novosky.optimize.journal import PREPARED, append_step
from novosky.optimize.places import Places
from novosky.optimize.transaction import begin
from support.small_job import Workspace
from support.small_search import SIGNAL_SPACE

pytest.importorskip("optuna")
pytest.importorskip("shap")


class LoopSpace(Workspace):
    """A workspace with a loop's folder of its own."""

    def optimize(self, *more: str, exit_code: int = 0) -> dict[str, Any]:
        return self.run(
            "mode=optimize",
            "tune.trials=4",
            "search=signal",
            f"search.signal={SIGNAL_SPACE}",
            "tune.folds=2",
            "tune.min_trades=5",
            "score.min_trades=1",
            "analyze.folds=0",
            "analyze.rows=100",
            "analyze.permutation_repeats=1",
            f"optimize.folder={self.folder / 'optimize'}",
            f"optimize.current={self.current}",
            f"tune.folder={self.folder / 'tune'}",
            "report.html=false",
            *more,
            exit_code=exit_code,
        )

    @property
    def current(self) -> Path:
        return self.folder / "current.yaml"

    def log(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "optimize" / "optimize_log.json").read_text())

    def settings(self) -> list[str]:
        """current.yaml as it would be typed."""
        tree = OmegaConf.to_container(OmegaConf.load(self.current))
        return [f"{name}={value}" for name, value in flat(tree) if name != "defaults"]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, compose: Callable[..., Config]) -> LoopSpace:
    folder = tmp_path_factory.mktemp("loop")
    loop = LoopSpace(folder, folder / "data", compose)
    loop.first = loop.optimize("optimize.iterations=2", "report.html=true")
    return loop


def test_the_first_set_is_kept_and_the_same_again_changes_nothing(space: LoopSpace) -> None:
    first, second = (one["entry"] for one in space.first["iterations"])
    assert (first["decision"], second["decision"]) == ("COMMIT", "NO CHANGE")
    assert first["baseline_score"] is None
    assert not first["promotable"]
    assert "there was no set before" in first["reason"]
    assert second["candidate"] is None, "an identical candidate is not looked at"
    assert [entry["decision"] for entry in space.log()[:2]] == ["COMMIT", "NO CHANGE"]
    page = (space.first["folder"] / "report.html").read_text()
    for said in ("COMMIT", "NO CHANGE", "What the models look at", *first["params"]):
        assert said in page


def test_the_kept_settings_train_the_kept_files(space: LoopSpace) -> None:
    """What `dvc repro` would do: the same settings from current.yaml, a plain training, the same bytes."""
    kept = space.files()
    other = space.sibling("repro", with_models=False)
    other.run("mode=train", *space.settings())
    assert other.files() == kept


def test_worse_is_sent_back_and_better_is_kept(space: LoopSpace) -> None:
    """From other settings than the set's own, so that candidates differ; judged by the score alone."""
    decided = set()
    for _ in range(3):
        kept, text = space.files(), space.current.read_bytes()
        result = space.optimize("optimize.iterations=1", "gate=score", "gate.improvement_threshold=0")
        entry = result["iterations"][0]["entry"]
        decided.add(entry["decision"])
        assert entry["stamp"] == "not tested for luck"
        assert entry["iteration"] == len(space.log())
        assert (entry["final_score"] >= entry["baseline_score"]) == (entry["decision"] != "REVERT")
        stood = (space.files(), space.current.read_bytes()) == (kept, text)
        assert stood == (entry["decision"] != "COMMIT")
    assert {"REVERT", "COMMIT"} <= decided
    looks = read_ledger(space.looks, "synthetic market, seed 7", 0, 2**62).looks
    judged = {entry["fingerprints"]["candidate"] for entry in space.log() if entry["candidate"] is not None}
    assert {look.models for look in looks} == judged
    assert {look.window for look in looks} == {"gate"}


def test_other_settings_than_the_sets_are_told_or_refused(space: LoopSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "stage.signal.lightgbm.l2=3.25"
    result = space.optimize("optimize.analyze_only=true", other)
    assert any("made with other settings of stage.signal" in warning for warning in result["warnings"])
    monkeypatch.setenv("NOVOSKY_STRICT_CONFIG_SYNC", "1")
    with pytest.raises(ConfigError, match=r"made with other settings of .*NOVOSKY_STRICT_CONFIG_SYNC=1"):
        space.optimize(other)


def test_looking_alone_changes_nothing(space: LoopSpace) -> None:
    before, log, text = space.files(), space.log(), space.current.read_bytes()
    result = space.optimize("optimize.analyze_only=true", *space.settings())
    assert result["iterations"][0]["entry"] is None
    assert result["iterations"][0]["features"]["signal"]
    assert (space.files(), space.log(), space.current.read_bytes()) == (before, log, text)


def test_a_candidate_that_cannot_be_made_is_sent_back_and_the_loop_goes_on(space: LoopSpace) -> None:
    """The risk stage asks for more trades than there are; the studies before it have been run."""
    before, log = space.files(), space.log()
    result = space.optimize("optimize.iterations=2", "report.html=true", "stage.risk.lightgbm.min_leaf_rows=2000")
    entries = [one["entry"] for one in result["iterations"]]
    assert [entry["decision"] for entry in entries] == ["REVERT"] * 2
    assert "no candidate could be made: stage.risk: expected at least 2 forward blocks" in entries[0]["reason"]
    assert set(entries[0]["studies"]) == {"signal"}
    for entry in entries:
        assert (entry["final_score"], entry["candidate"], entry["fingerprints"]["candidate"]) == (None, None, None)
        assert entry["baseline_score"] is not None
    assert [entry["decision"] for entry in space.log()[len(log) :]] == ["REVERT"] * 2
    assert space.files() == before
    assert "no candidate could be made" in (result["folder"] / "report.html").read_text()


def test_where_nothing_can_be_made_the_answer_is_no(tmp_path: Path, compose: Callable[..., Config]) -> None:
    """With such labels no bar is a BUY or SELL, in no trial and no stage; there was no set before."""
    loop = LoopSpace(tmp_path, tmp_path / "data", compose)
    far = ("labels.tp_atr=20", "labels.sl_atr=20", "labels.horizon_bars=2",
           "stage.sltp.stops_atr=[10,20]", "stage.sltp.targets_atr=[10,20]")  # fmt: skip
    for more in ("optimize.retrain_only=false", "optimize.retrain_only=true"):
        loop.optimize("optimize.iterations=1", more, *far, exit_code=1)
    searched, retrained = loop.log()
    assert "none of 4 trials was completed" in searched["reason"]
    assert "every class must occur" in retrained["reason"]
    assert not loop.current.exists()


def test_half_a_commit_is_neither_trained_nor_judged_until_it_is_whole(space: LoopSpace) -> None:
    places = Places(space.train, space.current, space.folder / "optimize")
    with Lock(places.lock) as lock:
        begin(places, lock, "loop-killed")
    append_step(places.journal, PREPARED, {"decision": "COMMIT", "iteration": 9, "targets": {}})
    for mode in ("backtest", "train"):
        with pytest.raises(UserError, match="COMMIT is being put in place, or was interrupted there"):
            space.run(f"mode={mode}", f"optimize.folder={places.folder}")
    result = space.optimize("optimize.analyze_only=true", *space.settings())
    assert any("it is done now" in words for words in result["warnings"])
    space.run("mode=backtest", f"optimize.folder={places.folder}", "report.html=false", *space.settings())


def test_features_that_nothing_uses_are_dropped_but_never_protected_ones(space: LoopSpace) -> None:
    result = space.optimize("optimize.retrain_only=true", "optimize.iterations=1", "optimize.drop_threshold=0.02",
                            *space.settings())  # fmt: skip
    entry = result["iterations"][0]["entry"]
    features = result["iterations"][0]["features"]
    dropped = set(entry["dropped_features"])
    assert dropped
    for name in dropped:
        assert all(shares.get(name, 0.0) < 0.02 for shares in features.values())
    from novosky.features.protected import PROTECTED

    assert not dropped & set(PROTECTED)
    assert entry["studies"] == {}
