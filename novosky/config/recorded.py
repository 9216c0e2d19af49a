"""The configuration that a run wrote into its folder, typed again, and both of its copies key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from novosky.config.edge import typed
from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.schema import Config
from novosky.config.walk import leaves
from novosky.errors import ConfigError

HYDRAS_COPY = Path(".hydra") / "config.yaml"


def read_config(file: Path) -> tuple[Config, list[str]]:
    """The typed configuration in a run's `config.json`, and the keys that have come since, at their defaults.

    Raises ConfigError where it cannot be read, or where it has a key or a value that this version does not know.
    """
    try:
        tree = json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); expected what a run wrote") from None
    except ValueError as error:
        raise ConfigError(f"{file}: expected JSON, found something else ({error}); restore it") from None
    try:
        config = typed(OmegaConf.create(tree))
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None
    except REFUSALS as error:
        raise ConfigError(f"{file}: {as_config_error(error)}: written by another version; use that one") from None
    known = {name for name, _ in flat(tree)}
    return config, [name for name, _, _ in leaves(config) if name not in known]


def composed_values(folder: Path) -> dict[str, Any]:
    """The copy that the command line leaves in a run's folder, by dotted key; empty where there is none."""
    file = folder / HYDRAS_COPY
    if not file.is_file():
        return {}
    try:
        composed = OmegaConf.load(file)
        assert isinstance(composed, DictConfig)
        return {name: value for name, _, value in leaves(typed(composed))}
    except (ConfigError, *REFUSALS):
        return {}


def flat(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested mappings with its dotted name."""
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield from flat(child, f"{name}.{key}" if name else str(key))
    else:
        yield name, tree
