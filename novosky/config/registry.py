"""The brokers that the configuration tree knows, each by the same typed schema that a run reads."""

from __future__ import annotations

from pathlib import Path

from omegaconf import OmegaConf

from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.schema.market import BrokerConfig
from novosky.errors import ConfigError

CONF = Path(__file__).resolve().parents[2] / "conf"


def load_brokers(conf: Path = CONF) -> dict[str, BrokerConfig]:
    """Every broker of `conf/broker/`, by the name of its file, in the order of the names.

    Raises ConfigError with the file where a key is unknown, missing, or of a wrong type.
    """
    return {file.stem: _load(file) for file in sorted((conf / "broker").glob("*.yaml"))}


def _load(file: Path) -> BrokerConfig:
    """A file holds the broker's keys, or a block `broker` where it changes other groups too."""
    try:
        written = OmegaConf.load(file)
        block = written.broker if "broker" in written else written
        broker = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(BrokerConfig), block))
    except REFUSALS as error:
        raise ConfigError(f"{file}: {as_config_error(error)}; conf/broker/generic.yaml has every key") from error
    assert isinstance(broker, BrokerConfig)
    return broker
