"""The space of a study: which settings may change, each held to the schema, to the profile and to its current value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from novosky.config.checks import check_consistency
from novosky.config.schema import Config
from novosky.config.schema.search import ParameterConfig
from novosky.config.values import check_value, check_values
from novosky.config.walk import did_you_mean, fields_by_name, leaves
from novosky.errors import ConfigError

Value = float | int | str | bool
Params = dict[str, Value]
Section = TypeVar("Section")

VOTERS = ("forest", "xgboost", "lightgbm")
JOINT_PREFIXES = ("stage.signal.", "stage.trades.", "labels.", "prediction.", "execution.")
KINDS = {"int": ("int",), "float": ("float",), "categorical": ("int", "float", "str", "bool")}

# What conf/ ties to another setting by interpolation, and what therefore moves with it.
FOLLOWERS: Mapping[str, tuple[str, ...]] = {
    "labels.sl_atr": ("execution.sl_atr",),
    "labels.tp_atr": ("execution.tp_atr",),
    "labels.horizon_bars": ("windows.purge_bars", "execution.max_hold_bars"),
    **{
        f"stage.trades.{name}": (f"prediction.{name}",)
        for name in ("vote", "confidence", "min_agreement", "confidence_quantile", "exit_threshold", "min_bars_held")
    },
}
PROFILE_BOUNDS = {
    "execution.sl_atr": "sl_atr_bounds",
    "execution.tp_atr": "tp_atr_bounds",
    "prediction.confidence_quantile": "confidence_quantile_bounds",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting that may change: between `low` and `high`, or one of `choices`."""

    key: str
    kind: str
    low: float
    high: float
    log: bool
    choices: tuple[Value, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is hashed and shown; a categorical one has no bounds."""
        bounds = {} if self.kind == "categorical" else {"low": self.low, "high": self.high, "log": self.log}
        return {"key": self.key, "kind": self.kind, **bounds, "choices": list(self.choices)}


@dataclass(frozen=True, slots=True)
class Space:
    """`current` are the configuration's own values; `left_out` the keys of what is switched off."""

    study: str
    parameters: tuple[Parameter, ...]
    current: Params
    left_out: tuple[str, ...]


def space_of(config: Config, study: str) -> Space:
    """The checked space of `search.<study>`, narrowed to the profile's bounds. Raises ConfigError by name."""
    asked: list[ParameterConfig] = getattr(config.search, study)
    if not asked:
        raise ConfigError(
            f"search.{study}: the space is empty; name settings that may change, as conf/search/{study}.yaml does"
        )
    values = {name: value for name, _, value in leaves(config)}
    keys = [one.key for one in asked]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ConfigError(f"search.{study}: each setting once, but found twice: {', '.join(twice)}")
    parameters = tuple(_checked(study, one, values, config) for one in asked)
    used = tuple(one for one in parameters if not _is_off(one.key, values))
    if not used:
        raise ConfigError(f"search.{study}: the space is empty: all it names belongs to voters that are switched off")
    left_out = tuple(one.key for one in parameters if one not in used)
    return Space(study, used, {one.key: values[one.key] for one in used}, left_out)


def _checked(study: str, asked: ParameterConfig, values: Mapping[str, Any], config: Config) -> Parameter:
    where = f"search.{study}: {asked.key}"
    if asked.key not in values:
        near = did_you_mean(asked.key, list(values))
        raise ConfigError(f"search.{study}: {asked.key or 'a parameter without a key'}: unknown setting{near}")
    prefixes = JOINT_PREFIXES if study == "joint" else (f"stage.{study}.",)
    if not asked.key.startswith(prefixes):
        raise ConfigError(f"{where}: this study searches only {', '.join(name + '*' for name in prefixes)}")
    field = fields_by_name()[asked.key]
    if asked.kind not in KINDS:
        raise ConfigError(f"{where}: kind {asked.kind}: expected one of {', '.join(KINDS)}")
    if field.type not in KINDS[asked.kind]:
        raise ConfigError(f"{where}: kind {asked.kind} expected for {field.type}; choose the kind that fits")
    parameter = _categorical(where, asked) if asked.kind == "categorical" else _interval(where, asked)
    for value in parameter.choices or (parameter.low, parameter.high):
        try:
            check_value(asked.key, field.metadata, value)
        except ConfigError as error:
            raise ConfigError(f"search.{study}: {error}") from None
    narrowed, because = _within_profile(parameter, config)
    _check_current(where, narrowed, values[asked.key], because)
    return narrowed


def _categorical(where: str, asked: ParameterConfig) -> Parameter:
    if not asked.choices or asked.low is not None or asked.high is not None or asked.log:
        raise ConfigError(f"{where}: a categorical setting has choices: [...], and neither low, high nor log")
    return Parameter(asked.key, asked.kind, math.nan, math.nan, False, tuple(asked.choices))


def _interval(where: str, asked: ParameterConfig) -> Parameter:
    low, high = asked.low, asked.high
    if low is None or high is None or asked.choices:
        raise ConfigError(f"{where}: kind {asked.kind} has low and high, and no choices")
    if not low < high:
        raise ConfigError(f"{where}: expected low < high, found {low:g} .. {high:g}")
    if asked.log and low <= 0:
        raise ConfigError(f"{where}: log=true needs low > 0, found {low:g}")
    if asked.kind == "int" and not (float(low).is_integer() and float(high).is_integer()):
        raise ConfigError(f"{where}: kind int needs whole bounds, found {low:g} .. {high:g}")
    return Parameter(asked.key, asked.kind, low, high, asked.log, ())


def _within_profile(parameter: Parameter, config: Config) -> tuple[Parameter, str]:
    """The parameter inside what the profile lets a search choose, and that profile's words where it is narrower."""
    names = (parameter.key, *FOLLOWERS.get(parameter.key, ()))
    bound = next((PROFILE_BOUNDS[name] for name in names if name in PROFILE_BOUNDS), None)
    if bound is None or parameter.kind == "categorical":
        return parameter, ""
    low, high = getattr(config.profile, bound)
    narrowed = replace(parameter, low=max(parameter.low, low), high=min(parameter.high, high))
    because = f" (profile.{bound}={[low, high]})" if narrowed != parameter else ""
    if not narrowed.low < narrowed.high:
        raise ConfigError(f"search: {parameter.key}: nothing left inside profile.{bound}={[low, high]}; widen either")
    return narrowed, because


def _check_current(where: str, parameter: Parameter, current: Any, because: str) -> None:
    if parameter.kind == "categorical":
        if current not in parameter.choices:
            raise ConfigError(
                f"{where}: the choices {list(parameter.choices)} exclude the current setting {current}; add it"
            )
    elif not parameter.low <= current <= parameter.high:
        raise ConfigError(
            f"{where}: the bounds {parameter.low:g} .. {parameter.high:g}{because} exclude the current setting "
            f"{current:g}; widen them, or set {parameter.key} inside"
        )


def _is_off(key: str, values: Mapping[str, Any]) -> bool:
    """Whether the key belongs to a voter that is switched off."""
    parts = key.split(".")
    if len(parts) < 4 or parts[2] not in VOTERS or parts[-1] == "enabled":
        return False
    return not values.get(".".join([*parts[:3], "enabled"]), True)


def all_changes(config: Config, params: Mapping[str, Value]) -> Params:
    """The params, and what follows them: settings that had their leader's value and are not searched themselves."""
    values = {name: value for name, _, value in leaves(config)}
    found = dict(params)
    for leader, value in params.items():
        for follower in FOLLOWERS.get(leader, ()):
            if follower not in params and values[follower] == values[leader]:
                found[follower] = value
    return found


def with_params(config: Config, params: Mapping[str, Value]) -> Config:
    """The configuration with these settings, checked as a whole. Raises ConfigError where they do not go together."""
    for name, value in all_changes(config, params).items():
        config = _set(config, name.split("."), value)
    check_values(config)
    check_consistency(config)
    return config


def _set(section: Section, path: list[str], value: Value) -> Section:
    inner = value if len(path) == 1 else _set(getattr(section, path[0]), path[1:], value)
    return replace(section, **{path[0]: inner})  # type: ignore[type-var]
