"""`mode=sync`: against the set, another checkout and git; strict mode in training."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novosky.config import registry
from novosky.config.schema import Config
from novosky.errors import ConfigError, ModelCompatibilityError
from novosky.modes import sync
from novosky.modes.dispatch import dispatch
from novosky.modes.door import enter
from support.small_job import Workspace

CONF = Path(__file__).resolve().parents[2] / "conf"
Sync = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def ask(small_job: Workspace, tmp_path: Path, compose: Callable[..., Config]) -> Sync:
    def asked(*overrides: str) -> tuple[int, dict[str, Any]]:
        code = dispatch(compose(*small_job.overrides("mode=sync", *overrides)), tmp_path).exit_code
        return code, json.loads((tmp_path / "result.json").read_text())

    return asked


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Another checkout, with its own threshold and a commit before it."""
    root = tmp_path / "other"
    shutil.copytree(CONF, root / "conf", ignore=shutil.ignore_patterns("local"))
    git = ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@x"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "before"]):
        subprocess.run([*git, *command], check=True)
    file = root / "conf" / "prediction" / "quantile.yaml"
    text = file.read_text()
    assert "min_probability_diff: 0.0" in text
    file.write_text(text.replace("\nmin_probability_diff: 0.0", "\nmin_probability_diff: 0.05"))
    return root


def test_the_set_that_these_settings_made_is_in_sync(ask: Sync, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = ask()
    assert (code, result["parts"], result["summary"]) == (0, [], "In sync with working.")
    assert "In sync with working." in capsys.readouterr().out


def test_parts_and_known_keys_of_a_set(ask: Sync, small_job: Workspace) -> None:
    code, result = ask("labels.sl_atr=1.75", "stage.sltp.max_rows=4000", f"sync.against={small_job.train}")
    assert code == 1
    assert {"labels", "stage.sltp"} <= set(result["parts"])
    keys = {row["key"]: (row["here"], row["there"]) for row in result["configuration"]["labels"]}
    assert keys["labels.sl_atr"][0] == 1.75
    assert result["configuration"]["stage.sltp"] == []


def test_no_set_there(ask: Sync, tmp_path: Path) -> None:
    with pytest.raises(ModelCompatibilityError, match="no signal model in"):
        ask(f"sync.against={tmp_path / 'nothing'}")


def test_another_checkout_key_by_key(ask: Sync, checkout: Path) -> None:
    code, result = ask(f"sync.against={checkout}")
    found = {row["key"] for rows in result["configuration"].values() for row in rows}
    assert code == 1
    assert "prediction.min_probability_diff" in found


def test_git_and_checkout_at_the_door(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As typed: the same overrides hold on both sides, so that only the trees differ."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "CONF", checkout / "conf")
    monkeypatch.setattr(sync, "CONF", checkout / "conf")
    typed = ["mode=sync", "profile=4", "tracker=wandb", f"hydra.run.dir={tmp_path / 'run'}"]
    assert enter(CONF, [*typed, f"sync.against={checkout}"]) == 1
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["configuration"] == {
        "prediction": [{"key": "prediction.min_probability_diff", "here": 0.0, "there": 0.05}]
    }
    assert enter(CONF, [*typed, "sync.against=git:HEAD"]) == 0
    assert "In sync with git:HEAD." in capsys.readouterr().out
    for revision, said in (("nothing", "git has no conf/ of that revision"), ("--output=x", "expected a commit")):
        assert enter(CONF, [*typed, f"sync.against='git:{revision}'"]) == 2
        assert said in capsys.readouterr().err


def test_a_tree_of_another_version_is_one_line(ask: Sync, checkout: Path) -> None:
    (checkout / "conf" / "labels" / "barrier.yaml").write_text("kind: barrier\nhorizn_bars: 3\n")
    with pytest.raises(ConfigError, match=r"does not compose with this version: labels.horizn_bars: unknown key"):
        ask(f"sync.against={checkout}")
    (checkout / "conf" / "tracker" / "local.yaml").unlink()
    shutil.copy(CONF / "labels" / "barrier.yaml", checkout / "conf" / "labels")
    config = (checkout / "conf" / "config.yaml").read_text()
    (checkout / "conf" / "config.yaml").write_text(config.replace("  - tracker: local", "  #"))
    assert ask(f"sync.against={checkout}")[0] == 1, "a tree older than the trackers still composes"


def test_one_stage_behind_a_set_of_other_settings(small_job: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    other = small_job.sibling("strict")
    one = ("mode=train", "train.stage=risk", "stage.signal.forest.trees=9")
    monkeypatch.setenv("NOVOSKY_STRICT_CONFIG_SYNC", "1")
    before = other.files()
    with pytest.raises(ConfigError, match=r"made with other settings of stage.signal .*NOVOSKY_STRICT_CONFIG_SYNC=1"):
        other.run(*one)
    assert other.files() == before
    other.run("mode=train", "train.stage=risk")
    monkeypatch.delenv("NOVOSKY_STRICT_CONFIG_SYNC")
    assert any("made with other settings of stage.signal" in warning for warning in other.run(*one)["warnings"])
