"""A setting: some keys of the configuration with the values that they are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from novosky.config.checks import check_consistency
from novosky.config.schema import Config
from novosky.config.values import check_values

Setting = Mapping[str, Any]


def value_of(config: Config, key: str) -> Any:
    """The value of `section.name`."""
    section, name = key.split(".")
    return getattr(getattr(config, section), name)


def replaced(config: Config, setting: Setting) -> Config:
    """The configuration with these values, not held to any rule yet."""
    for key, value in setting.items():
        section, name = key.split(".")
        config = replace(config, **{section: replace(getattr(config, section), **{name: value})})
    return config


def with_setting(config: Config, setting: Setting) -> Config:
    """What `run.py` would compose with the setting typed behind it. Raises ConfigError where rules forbid it."""
    changed = replaced(config, setting)
    check_values(changed)
    check_consistency(changed)
    return changed
