"""Hydra's, OmegaConf's and YAML's own refusals, said in one line."""

from __future__ import annotations

import re
from pathlib import Path

from hydra.errors import HydraException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException, ValidationError
from yaml import MarkedYAMLError, YAMLError  # type: ignore[import-untyped]

from novosky.config.walk import did_you_mean, fields_by_name
from novosky.errors import ConfigError

REFUSALS = (HydraException, OmegaConfBaseException, YAMLError)
"""What these libraries raise when the input is wrong."""


_ADVICE = "Config search path|To append to your|Set the environment variable"
"""Where Hydra begins to speak of things that this program does not offer."""


def as_config_error(error: Exception) -> ConfigError:
    """The same refusal as a ConfigError: the key, what is wrong with it, and the file where one is known."""
    if isinstance(error, YAMLError):
        return ConfigError(_yaml_line(error))
    cause = error if isinstance(error, OmegaConfBaseException) else error.__cause__ or error.__context__
    place = re.match(r"In '([^']+)'", str(error))
    where = f" (in conf/{place[1]}.yaml)" if place else ""
    if isinstance(cause, OmegaConfBaseException) and cause.full_key:
        return ConfigError(_key_line(cause) + where)
    return ConfigError(" ".join(re.split(_ADVICE, str(error))[0].split()))


def _key_line(error: OmegaConfBaseException) -> str:
    name = str(error.full_key)
    if isinstance(error, ConfigKeyError | ConfigAttributeError):
        return f"{name}: unknown key{did_you_mean(name, list(fields_by_name()))}"
    field = fields_by_name().get(name)
    if isinstance(error, ValidationError) and field is not None and field.metadata:
        found = "nothing" if error.value is None else type(error.value).__name__
        return f"{name}={error.value}: expected {field.type}, found {found} ({field.metadata['doc']})"
    return f"{name}: {str(error.msg or error).splitlines()[0]}"


def _yaml_line(error: YAMLError) -> str:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        file = Path(mark.name)
        return f"conf/{file.parent.name}/{file.name}, line {mark.line + 1}: not readable as YAML: {error.problem}"
    return f"not readable as YAML: {' '.join(str(error).split())}"
