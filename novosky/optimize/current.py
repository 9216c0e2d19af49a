"""`conf/experiment/current.yaml`: the settings of the kept set, as an experiment.

Alone it is enough: it holds all in which the kept set's configuration differs from `conf/`, however it was typed, and
the name of its data snapshot. Its sections are always there, empty or not, so that DVC can depend on each by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from novosky.config.compose import compose_config
from novosky.config.experiment_file import experiment_text
from novosky.config.fingerprint import SAME_RESULT
from novosky.config.overrides import NO_LOCAL
from novosky.config.recorded import flat
from novosky.config.registry import CONF
from novosky.config.schema import Config
from novosky.config.walk import leaves
from novosky.market.bars import utc_text
from novosky.optimize.candidate import Candidate
from novosky.optimize.on_gate import WINDOW

SECTIONS = (
    "data", "news", "features", "labels", "windows", "stage.signal", "stage.trades", "stage.position", "stage.sltp",
    "stage.risk", "prediction", "execution", "broker", "account", "profile", "score",
)  # fmt: skip
_FOLLOWED = ("stage.trades.", "labels.")  # `conf/` takes others from these (${...}), which then need not be written
_FILES = ("data.path", "data.finer_path", "news.path")  # each machine's own; the snapshot stands in for them


def current_text(file: Path, candidate: Candidate, iteration: int) -> str:
    """All that a loop ever changed and all that differs from `conf/`, as the candidate has it."""
    config, prepared = candidate.config, candidate.prepared
    values = dict(_values(config))
    groups = _groups(config)
    followed = [name for name in _differing(values, _plain(groups)) if name.startswith(_FOLLOWED)]
    other = _differing(values, _plain(groups, [f"{name}={values[name]}" for name in followed]))
    names = [*kept_names(file), *candidate.params, *followed, *other]
    changes = {name: values[name] for name in dict.fromkeys(names) if name in values}
    if candidate.dropped or "features.names" in changes:
        changes |= {"features.name": config.features.name, "features.names": list(config.features.names)}
    last = utc_text(int(prepared.bars.time_ms[prepared.windows[WINDOW].stop - 1]))[:10]
    changes |= {"data.snapshot": prepared.market.snapshot.name, "windows.chosen_until": last}
    comments = [
        f"Written by mode=optimize, loop {config.optimize.name}, iteration {iteration}: settings of the kept set.",
        f"Data snapshot {prepared.market.snapshot.name}; settings chosen by bars up to {last}.",
    ]
    chosen = [{f"override /{group}": option} for group, option in groups.items()]
    return experiment_text(comments, {"defaults": chosen, **{name: {} for name in SECTIONS}, **changes})


def kept_names(file: Path) -> list[str]:
    """The settings that an earlier COMMIT wrote, by dotted key."""
    return list(kept_values(file))


def kept_values(file: Path) -> dict[str, Any]:
    """The same with their values; what each machine or COMMIT has anew is left out."""
    if not file.is_file():
        return {}
    tree = OmegaConf.load(file)
    assert isinstance(tree, DictConfig)
    found = dict(flat(OmegaConf.to_container(tree)))
    return {name: value for name, value in found.items() if name not in ("defaults", "data.snapshot")}


def shadowed(config: Config) -> list[str]:
    """`key (value here, value there)` of each setting that current.yaml takes out of the hands of `conf/`.

    Only what is in force: a setting whose value in `config` is the one of current.yaml, and another in `conf/`.
    """
    kept = kept_values(Path(config.optimize.current))
    values = dict(_values(config))
    ruling = {name: value for name, value in kept.items() if name in values and values[name] == value}
    ruling.pop("windows.chosen_until", None)
    if not ruling:
        return []
    plain = dict(_values(_plain(_groups(config))))
    return [f"{name} ({value}, {plain[name]} there)" for name, value in ruling.items() if plain[name] != value]


def _values(config: Config) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, _, value in leaves(config))


def _differing(values: dict[str, Any], plain: Config) -> list[str]:
    there = dict(_values(plain))
    return [name for name, value in values.items() if value != there[name] and _reaches_results(name)]


def _reaches_results(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] not in SAME_RESULT and name not in _FILES


def _groups(config: Config) -> dict[str, str]:
    """Options that are chosen by name and are not those of `conf/config.yaml`; the command line can choose again."""
    plain, found = _chosen(_plain({})), {}
    for group, option in _chosen(config).items():
        if option != plain[group] and (CONF / group / f"{option}.yaml").is_file():
            found[group] = option
    return found


def _chosen(config: Config) -> dict[str, str]:
    return {
        "broker": config.broker.name,
        "profile": config.profile.name,
        "features": config.features.name,
        "news": config.news.source,
        "data": config.data.source,
    }


def _plain(groups: dict[str, str], settings: Sequence[str] = ()) -> Config:
    """What git's `conf/` says with these and no experiment; any name of a snapshot stands in for the files."""
    options = [f"{group}={option}" for group, option in groups.items()]
    return compose_config(CONF, ["mode=optimize", NO_LOCAL, "data.snapshot=any", *options, *settings])
