"""The page of every setting says what the schema and `conf/` say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from novosky.config.overrides import groups_of
from novosky.config.reference import PAGE, config_page
from novosky.config.registry import CONF
from novosky.config.walk import fields_by_name


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == config_page(), "renew it: python -m novosky.config.reference"


def test_settings_of_this_machine_are_no_defaults(tmp_path: Path) -> None:
    shutil.copytree(CONF, tmp_path / "conf", ignore=shutil.ignore_patterns("local"))
    (tmp_path / "conf/local").mkdir()
    (tmp_path / "conf/local/default.yaml").write_text("# @package _global_\nseed: 12345\n", encoding="utf-8")
    assert "12345" not in config_page(tmp_path / "conf")


def test_every_key_has_a_row_and_words() -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    keys = [row[0].strip("`") for row in rows if len(row) == 6 and row[0].startswith("`")]
    leaves = [name for name, field in fields_by_name().items() if field.metadata]
    assert sorted(keys) == sorted(leaves)
    assert all(len(row[5]) > 4 for row in rows if len(row) == 6)


def test_every_option_of_every_group_has_a_row() -> None:
    shown = set(re.findall(r"^\| `(\w+=\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    groups = {group: options for group, options in groups_of(CONF).items() if group not in ("local", "stage")}
    assert shown == {f"{group}={option}" for group, options in groups.items() for option in options}
