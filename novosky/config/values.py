"""Ranges and choices of single keys, as the schema declares them."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

from novosky.config.schema import Config
from novosky.config.walk import did_you_mean, leaves
from novosky.errors import ConfigError

_LIMITS = {"ge": (operator.ge, ">="), "gt": (operator.gt, ">"), "le": (operator.le, "<="), "lt": (operator.lt, "<")}


def check_values(config: Config) -> None:
    """Refuse the first value outside its range or choices; elements of lists are held to the same rule.

    Raises ConfigError.
    """
    for name, field, value in leaves(config):
        for element in value if isinstance(value, list) else [value]:
            if element is not None:
                check_value(name, field.metadata, element)


def check_value(name: str, rule: Mapping[str, Any], value: Any) -> None:
    """Refuse `value` outside what the metadata `rule` of the field `name` allows. Raises ConfigError."""
    choices = rule["choices"]
    if choices is not None and value not in choices:
        allowed = ", ".join(map(str, choices))
        near = did_you_mean(str(value), list(map(str, choices)))
        raise ConfigError(f"{name}={value}: expected one of {allowed} ({rule['doc']}){near}")
    limits = {limit: rule[limit] for limit in _LIMITS if rule[limit] is not None}
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{name}={value}: expected a finite number ({rule['doc']})")
    if not all(_LIMITS[limit][0](value, bound) for limit, bound in limits.items()):
        allowed = " and ".join(f"{_LIMITS[limit][1]} {bound}" for limit, bound in limits.items())
        raise ConfigError(f"{name}={value}: expected {allowed} ({rule['doc']})")
