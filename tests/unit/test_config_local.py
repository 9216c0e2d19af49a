"""`conf/local` says how this machine trades; what makes models does not read it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from novosky.config.arguments import read_arguments
from novosky.config.compose import compose_config
from novosky.config.local import without_local
from novosky.errors import ConfigError

CONF = Path(__file__).resolve().parents[2] / "conf"
LOCAL = "# @package _global_\ndefaults:\n  - override /broker: exness\n"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """The tree with a `conf/local/default.yaml` that names another broker."""
    copy = tmp_path / "conf"
    shutil.copytree(CONF, copy, ignore=shutil.ignore_patterns("local"))
    (copy / "local").mkdir()
    (copy / "local/default.yaml").write_text(LOCAL, encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("typed", "broker"),
    [
        (["mode=trade"], "exness"),
        (["mode=backtest"], "exness"),
        (["mode=train"], "generic"),
        (["experiment=quickstart"], "generic"),  # its mode is run
        (["mode=weekly", "broker=ic_markets"], "ic_markets"),
        (["mode=backtest", "paths.evaluate=eval"], "generic"),  # figures that DVC tracks
        (["mode=train", "local=default"], "exness"),
        (["mode=trade", "~local"], "generic"),
    ],
)
def test_who_reads_it(conf: Path, typed: list[str], broker: str) -> None:
    asked = without_local(conf, read_arguments(conf, typed))
    assert compose_config(conf, asked.overrides).broker.name == broker
    assert asked.local_ignored == (asked.overrides != typed)
    assert asked.for_hydra == asked.overrides


def test_where_there_is_none(tmp_path: Path) -> None:
    shutil.copytree(CONF, tmp_path / "conf", ignore=shutil.ignore_patterns("local"))
    asked = without_local(tmp_path / "conf", read_arguments(tmp_path / "conf", ["mode=train", "~local"]))
    assert asked.overrides == ["mode=train"]


def test_nothing_else_can_be_taken_away(conf: Path) -> None:
    with pytest.raises(ConfigError, match="neither added nor taken away"):
        read_arguments(conf, ["mode=train", "~broker"])
