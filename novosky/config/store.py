"""What Hydra has to know before it composes: the schema, and the one resolver that `conf/` uses."""

from __future__ import annotations

import os

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from novosky.config.schema import Config


def register() -> None:
    """Make `schema` and `${pid:}` known; calling it again changes nothing."""
    ConfigStore.instance().store(name="schema", node=Config)
    OmegaConf.register_new_resolver("pid", os.getpid, replace=True)
