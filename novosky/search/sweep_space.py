"""What a sweep may vary: each entry of `sweep.space` as a dimension, held to the schema and to the profile's bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, IntervalSweep
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from novosky.config.refusals import as_config_error
from novosky.config.schema import Config
from novosky.config.values import check_values
from novosky.config.walk import did_you_mean, fields_by_name
from novosky.errors import ConfigError
from novosky.search.setting import replaced, value_of

BOUNDS = {
    "profile.risk_pct": "risk_pct_bounds",
    "prediction.confidence_quantile": "confidence_quantile_bounds",
    "execution.sl_atr": "sl_atr_bounds",
    "execution.tp_atr": "tp_atr_bounds",
}
LOSS_LIMITS = ("profile.daily_loss_pct", "profile.weekly_loss_pct", "profile.total_loss_pct")
BRACKETS = ("execution.sl_atr", "execution.tp_atr")
ASSUMED = ("intrabar", "spread_", "slippage", "swap")  # keys of `execution` that begin so


class Dimension(NamedTuple):
    """A key with its `values`, or, where they are empty, all numbers from `low` to `high`."""

    key: str
    values: tuple[Any, ...]
    low: float = math.nan
    high: float = math.nan
    log: bool = False
    whole: bool = False  # an interval of whole numbers


def read_space(config: Config) -> list[Dimension]:
    """The dimensions of `sweep.space`, values typed as the schema has them.

    Raises ConfigError for an empty space, a key that is unknown, twice there or not a sweep's to choose, a value out of
    range or outside the profile's bounds, and bounds that exclude the current setting.
    """
    if not config.sweep.space:
        raise ConfigError(
            "sweep.space: empty, so that there is nothing to try; name what varies, as conf/sweep/default.yaml does"
        )
    space = [_dimension(config, entry) for entry in config.sweep.space]
    keys = [dimension.key for dimension in space]
    for key in keys:
        if keys.count(key) > 1:
            raise ConfigError(f"sweep.space: each key once, but {key} is there {keys.count(key)} times")
    return space


def _dimension(config: Config, entry: str) -> Dimension:
    try:
        override = OverridesParser.create().parse_override(entry)
    except HydraException:
        raise ConfigError(f"sweep.space: {entry}: expected key=value,value or key=interval(low,high)") from None
    key = override.key_or_group
    _check_key(config, key)
    if not override.is_sweep_override() or isinstance(override.value(), Glob):
        raise ConfigError(f"sweep.space: {entry}: expected several values or an interval")
    swept = override.value()
    if isinstance(swept, IntervalSweep):
        return _interval(config, key, swept)
    values = tuple(_typed(config, key, value) for value in override.sweep_iterator())
    _check_bounds(config, key, values)
    return Dimension(key, values)


def _interval(config: Config, key: str, swept: IntervalSweep) -> Dimension:
    kind, log, ends = fields_by_name()[key].type, "log" in swept.tags, (float(swept.start or 0), float(swept.end or 0))
    if kind not in ("int", "float") or not ends[0] < ends[1] or (log and ends[0] <= 0):
        said = f"{key}=interval({ends[0]:g},{ends[1]:g})"
        raise ConfigError(f"sweep.space: {said}: expected a key of numbers, low < high, both > 0 by log")
    whole = kind == "int" and all(end.is_integer() for end in ends)  # Hydra reads the ends as floats
    low, high = (_typed(config, key, int(end) if whole else end) for end in ends)
    _check_bounds(config, key, (low, high))
    return Dimension(key, (), low, high, log, kind == "int")


def _check_key(config: Config, key: str) -> None:
    if key not in fields_by_name():
        raise ConfigError(f"sweep.space: {key}: unknown key{did_you_mean(key, list(fields_by_name()))}")
    section, _, name = key.partition(".")
    if not name:
        raise ConfigError(f"sweep.space: {key}: not a key of its own; name one as {key}.key=...")
    if section == "execution" and name.startswith(ASSUMED):
        raise ConfigError(
            f"sweep.space: {key}: what a trade pays and how a bar is read is assumed, not chosen; a sweep would choose "
            "the cheapest"
        )
    if section not in ("prediction", "execution") and key not in (*BOUNDS, *LOSS_LIMITS):
        raise ConfigError(
            f"sweep.space: {key}: not a sweep's to choose; it may vary prediction.*, execution.* and "
            f"{', '.join(name for name in (*BOUNDS, *LOSS_LIMITS) if name.startswith('profile.'))}. What needs other "
            "models is searched by mode=tune"
        )
    if key in BRACKETS and config.stage.sltp.enabled:
        raise ConfigError(f"sweep.space: {key}: never read while the sltp stage decides; add stage.sltp.enabled=false")


def _typed(config: Config, key: str, value: Any) -> Any:
    """The value as the schema types it, in its range."""
    node = OmegaConf.structured(config)
    try:
        OmegaConf.update(node, key, value)
    except OmegaConfBaseException as error:
        raise ConfigError(f"sweep.space: {as_config_error(error)}") from None
    found = OmegaConf.select(node, key)
    found = OmegaConf.to_container(found) if OmegaConf.is_config(found) else found
    check_values(replaced(config, {key: found}))
    return found


def _check_bounds(config: Config, key: str, values: Sequence[Any]) -> None:
    profile, current = config.profile, value_of(config, key)
    if key in BOUNDS:
        low, high = getattr(profile, BOUNDS[key])
        what = f"profile.{BOUNDS[key]}"
    elif key in LOSS_LIMITS:
        low, high, what = 0.0, current, f"profile {profile.name}, whose limit a sweep may draw nearer only"
    else:
        return
    for value in values:
        if not low <= value <= high:
            raise ConfigError(f"sweep.space: {key}={value:g}: outside {low:g} .. {high:g} of {what}")
    if not low <= current <= high:
        raise ConfigError(
            f"sweep.space: {key}={current:g}, the current setting, is outside {low:g} .. {high:g} of {what}; choose a "
            "profile that allows it"
        )
