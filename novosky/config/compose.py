"""Overrides in, typed configuration out; every refusal on the way is a ConfigError."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from novosky.config.edge import typed
from novosky.config.overrides import checked_overrides
from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.schema import Config
from novosky.config.store import register
from novosky.errors import ConfigError

VERSION_BASE = "1.3"
_NO_NAME = "Unsupported item value in defaults"
"""How Hydra's refusal of a number in a defaults list begins: a plain ValueError that names no file."""


def compose_config(conf: Path, overrides: Sequence[str]) -> Config:
    """The configuration that `run.py` would run with these overrides.

    conf: absolute path of the configuration tree. Raises ConfigError.
    """
    register()
    accepted = checked_overrides(conf, overrides)
    hydra = GlobalHydra.instance()
    outer, hydra.hydra = hydra.hydra, None  # of the job that runs, where one asks what conf/ says otherwise
    try:
        with initialize_config_dir(config_dir=str(conf), version_base=VERSION_BASE):
            return typed(compose("config", overrides=accepted))
    except REFUSALS as error:
        raise as_config_error(error) from None
    except ValueError as error:
        if not str(error).startswith(_NO_NAME):
            raise
        raise ConfigError(
            f"a defaults list in {conf.name}/ (local/default.yaml?): expected names, found a number or the like; put "
            'it in quotes: - override /profile: "2"'
        ) from None
    finally:
        hydra.hydra = outer
