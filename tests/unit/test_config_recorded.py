"""A configuration that comes back from a run's folder is the one that ran, or the key that differs is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from novosky.backtest.causes import changed_setting, differing_keys
from novosky.backtest.recorded import RecordedRun
from novosky.config.fingerprint import config_json, fingerprint
from novosky.config.recorded import composed_values, read_config
from novosky.config.schema import Config
from novosky.errors import ConfigError


@pytest.fixture
def config(compose: Callable[..., Config]) -> Config:
    return compose("mode=run", "profile=2", "broker=vt_markets_cent", "execution.sl_atr=1.25")


@pytest.fixture
def file(tmp_path: Path, config: Config) -> Path:
    path = tmp_path / "config.json"
    path.write_text(config_json(config))
    return path


def edited(file: Path, section: str, name: str, value: Any) -> Path:
    tree = json.loads(file.read_text())
    if value is None:
        del tree[section][name]
    else:
        tree[section][name] = value
    file.write_text(json.dumps(tree))
    return file


def test_what_a_run_wrote_comes_back(file: Path, config: Config) -> None:
    assert read_config(file) == (config, [])


def test_a_key_that_came_since_stands_at_its_default_and_is_told(file: Path, config: Config) -> None:
    found, new_keys = read_config(edited(file, "news", "near_minutes", None))
    assert new_keys == ["news.near_minutes"]
    assert found.news.near_minutes == config.news.near_minutes == 60


@pytest.mark.parametrize(("name", "value"), [("unheard_of", 1), ("sl_atr", -1.0), ("sl_atr", "wide")])
def test_what_this_version_does_not_know_is_refused(file: Path, name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"config\.json: .*{name}"):
        read_config(edited(file, "execution", name, value))


@pytest.mark.parametrize("content", [None, "{"])
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(ConfigError, match=r"config\.json: "):
        read_config(tmp_path / "config.json")


def recorded(folder: Path, then: Config, now: Config) -> RecordedRun:
    """A run of `then` whose config.json says `now`."""
    return RecordedRun(folder, now, [], {"mode": then.mode, "fingerprints": fingerprint(then).parts})


def test_the_copy_of_the_command_line_names_the_key(tmp_path: Path, config: Config) -> None:
    now = replace(config, labels=replace(config.labels, horizon_bars=48))
    run = recorded(tmp_path, config, now)
    assert changed_setting(recorded(tmp_path, config, config)) is None
    assert changed_setting(run) is not None
    assert changed_setting(run).where == "labels"  # type: ignore[union-attr]
    (tmp_path / ".hydra").mkdir()
    OmegaConf.save(OmegaConf.create(json.loads(config_json(config))), tmp_path / ".hydra" / "config.yaml")
    assert composed_values(tmp_path)["labels.horizon_bars"] == config.labels.horizon_bars
    assert changed_setting(run) == ("setting", "labels.horizon_bars", config.labels.horizon_bars, 48)


def test_a_changed_mode_is_named_though_no_fingerprint_counts_it(tmp_path: Path, config: Config) -> None:
    found = changed_setting(recorded(tmp_path, config, replace(config, mode="train")))
    assert found == ("setting", "mode", "run", "train")


def test_keys_that_differ_are_listed_by_part(config: Config, compose: Callable[..., Config]) -> None:
    other = compose(
        "mode=backtest", "profile=2", "broker=vt_markets_cent", "execution.sl_atr=1.25", "stage.risk.next_trades=9",
        "seed=8", "threads=1", "window=gate",
    )  # fmt: skip
    assert differing_keys(config, config) == {}
    found = differing_keys(config, other)
    assert {part: [row[0] for row in rows] for part, rows in found.items()} == {
        "seed": ["seed"],
        "stage.risk": ["stage.risk.next_trades"],
        "window": ["window"],
    }
