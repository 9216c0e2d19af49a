"""The one place where a composed configuration becomes the typed `Config`; below it nobody sees OmegaConf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from novosky.config.checks import check_consistency
from novosky.config.schema import Config
from novosky.config.schema.keys import REQUIRED
from novosky.config.values import check_values
from novosky.config.walk import fields_by_name
from novosky.errors import ConfigError


def typed(composed: DictConfig) -> Config:
    """Convert, then hold every value to its range and the values to each other.

    The plain container is merged into a fresh schema because a composed config may carry keys that were forced in;
    the fresh schema refuses them.

    Raises ConfigError, or an OmegaConf error for a wrong type or an interpolation that leads nowhere.
    """
    for name, value in _written(OmegaConf.to_container(composed, resolve=False)):
        _check_given(name, value)
        _check_no_environment(name, value)
    plain = OmegaConf.to_container(composed, resolve=True)
    config = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Config), plain))
    assert isinstance(config, Config)
    check_values(config)
    check_consistency(config)
    return config


def _written(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value as it was written, interpolations unresolved, with its dotted name."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _written(child, f"{name}.{key}" if name else str(key))
    elif isinstance(node, list):
        for child in node:
            yield from _written(child, name)
    else:
        yield name, node


def _check_given(name: str, value: Any) -> None:
    if value != REQUIRED:
        return
    rule = fields_by_name()[name].metadata
    if not rule:
        raise ConfigError(f"{name}: the whole section is missing; give conf/config.yaml its group back")
    written = f"<one of {', '.join(rule['choices'])}>" if rule["choices"] else "..."
    raise ConfigError(f"{name}: required, but not given ({rule['doc']}); add {name}={written}")


def _check_no_environment(name: str, value: Any) -> None:
    if isinstance(value, str) and "oc.env" in value:
        raise ConfigError(f"{name}={value}: environment variables do not enter the configuration; write the value out")
