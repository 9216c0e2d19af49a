"""What was typed on the command line, checked against the folders of `conf/` and the names of the schema.

Hydra would find the same faults, one by one and in its own words; here each is named with the nearest right answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, IntervalSweep, Override, RangeSweep
from hydra.errors import HydraException

from novosky.config.walk import did_you_mean, fields_by_name
from novosky.errors import ConfigError

Groups = Mapping[str, Sequence[str]]
NO_LOCAL = "~local"
"""Leaves out `conf/local`, the one group that may be absent and the one thing that can be taken away."""


def groups_of(conf: Path) -> dict[str, list[str]]:
    """Group -> its options, from the folders of `conf/`. Raises ConfigError when there is no such folder."""
    if not conf.is_dir():
        raise ConfigError(f"{conf}: the folder of settings is missing; run.py needs conf/ beside it")
    return {
        folder.name: sorted(file.stem for file in folder.glob("*.yaml"))
        for folder in sorted(conf.iterdir())
        if folder.is_dir()
    }


def checked_overrides(conf: Path, arguments: Sequence[str], multirun: bool = False) -> list[str]:
    """The overrides as Hydra may have them: the same, with the numbers of options (`profile=3`) quoted as names.

    Raises ConfigError for what cannot be parsed, an unknown key, group or option, a key that is added or taken away,
    and several values without `-m`.
    """
    groups = groups_of(conf)
    here = [argument for argument in arguments if argument != NO_LOCAL or "local" in groups]
    return [_checked(argument, groups, multirun) for argument in here]


def jobs_to_try(overrides: Sequence[str]) -> Iterator[list[str]]:
    """Jobs of a multirun in which every swept value (of a range its ends) occurs; the overrides themselves without one.

    One value after the other departs from the first job: the sum of the sweeps' lengths, not their product.
    """
    values = [_values(override) for override in OverridesParser.create().parse_overrides(list(overrides))]
    first = [of_one[0] for of_one in values]
    yield first
    for i, of_one in enumerate(values):
        for value in of_one[1:]:
            yield [*first[:i], value, *first[i + 1 :]]


def _values(override: Override) -> list[str]:
    if not override.is_sweep_override():
        return [str(override.input_line)]
    swept = override.value()
    values = [swept.start, swept.end] if isinstance(swept, IntervalSweep) else list(override.sweep_string_iterator())
    if isinstance(swept, RangeSweep):
        values = list(dict.fromkeys([*values[:1], *values[-1:]]))  # what lies between is allowed where both ends are
    return [f"{override.get_key_element()}={value}" for value in values]


def _checked(argument: str, groups: Groups, multirun: bool) -> str:
    if argument == NO_LOCAL:
        return argument
    override = _parsed(argument)
    name = override.key_or_group
    if name.split(".")[0].split("/")[0] == "hydra":
        return argument
    if override.is_add() or override.is_force_add() or override.is_delete():
        raise ConfigError(f"{argument}: keys are neither added nor taken away; write key=value")
    if override.is_sweep_override() and not multirun:
        raise ConfigError(f"{argument}: one value expected, several found; for one job per value: run.py -m {argument}")
    if name in groups:
        return _checked_option(override, groups[name])
    known = [*groups, *fields_by_name()]
    if name not in known:
        raise ConfigError(f"{name}: unknown key{did_you_mean(name, known) or '; all keys: run.py --cfg job'}")
    if isinstance(override.value(), Glob):
        raise ConfigError(f"{argument}: only the options of a group can be globbed; write {name}=value1,value2")
    return argument


def _parsed(argument: str) -> Override:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException as error:
        reason = " ".join(str(error).split()) if "=" in argument else "it has no ="
        raise ConfigError(
            f"{argument}: not of the form key=value ({reason}); quote what the shell may change"
        ) from None


def _checked_option(override: Override, options: Sequence[str]) -> str:
    values = _option_values(override, options)
    for value in values:
        _check_option(override.key_or_group, value, options)
    if values == [override.value()] and isinstance(values[0], str):
        return str(override.input_line)
    return f"{override.get_key_element()}=" + ",".join(f"'{value}'" for value in values)


def _option_values(override: Override, options: Sequence[str]) -> list[Any]:
    swept: Any = override.value()
    if isinstance(swept, Glob):
        matching = list(swept.filter(list(options)))
        if not matching:
            raise ConfigError(f"{override.input_line}: no option matches; there are {', '.join(options)}")
        return matching
    if isinstance(swept, IntervalSweep):
        raise ConfigError(f"{override.input_line}: options are swept by name: {override.key_or_group}=a,b")
    return list(override.sweep_iterator()) if override.is_sweep_override() else [swept]


def _check_option(group: str, value: object, options: Sequence[str]) -> None:
    if isinstance(value, dict | list):
        raise ConfigError(f"{group}: expected one of {', '.join(options)}; single keys are set as {group}.key=value")
    if str(value) not in options:
        near = did_you_mean(str(value), options)
        raise ConfigError(f"{group}={value}: unknown option; expected one of {', '.join(options)}{near}")
