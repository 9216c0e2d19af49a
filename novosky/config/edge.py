"""The one place where a composed configuration becomes the typed `Config`; below it nobody sees OmegaConf."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

from novosky.config.checks import check_consistency
from novosky.config.schema import Config
from novosky.config.values import check_values
from novosky.config.walk import fields_by_name
from novosky.errors import ConfigError


def typed(composed: DictConfig) -> Config:
    """Convert, then hold every value to its range and the values to each other.

    The plain container is merged into a fresh schema because a composed config may carry keys that were forced in;
    the fresh schema refuses them.

    Raises ConfigError, or an OmegaConf error for a wrong type or an interpolation that leads nowhere.
    """
    _check_no_environment(OmegaConf.to_container(composed, resolve=False))
    merged = OmegaConf.merge(OmegaConf.structured(Config), OmegaConf.to_container(composed, resolve=True))
    for name in sorted(OmegaConf.missing_keys(merged)):
        raise ConfigError(_missing(name))
    config = OmegaConf.to_object(merged)
    assert isinstance(config, Config)
    check_values(config)
    check_consistency(config)
    return config


def _missing(name: str) -> str:
    rule = fields_by_name()[name].metadata
    doc, choices = rule.get("doc", "a section"), rule.get("choices")
    what = ", ".join(map(str, choices)) if choices else f"<{doc}>"
    return f"{name}: required, but not given ({doc}); add {name}={what if not choices else '<one of ' + what + '>'}"


def _check_no_environment(node: Any, name: str = "") -> None:
    if isinstance(node, dict):
        for key, child in node.items():
            _check_no_environment(child, f"{name}.{key}" if name else str(key))
    elif isinstance(node, list):
        for child in node:
            _check_no_environment(child, name)
    elif isinstance(node, str) and "${oc.env:" in node.replace(" ", ""):
        raise ConfigError(f"{name}={node}: values of environment variables do not enter the configuration; write it out")
