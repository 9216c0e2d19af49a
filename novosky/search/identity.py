"""Which study this is: its name, its seed and the facts by which a study of something else is told."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from novosky.backtest.prepare import Prepared
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.features.build import feature_hash
from novosky.market.finer import finer_hash
from novosky.search.space import Space, space_of

BY_HAND = "hand"
NAME = r"\w[\w.-]*"


@dataclass(frozen=True, slots=True)
class StudyIdentity:
    """`facts` are hashes and settings that decide every value of the study; `seed` is the sampler's."""

    name: str
    seed: int
    facts: Mapping[str, Any]


def study_identity(
    config: Config,
    prepared: Prepared,
    study: str,
    predecessors: Mapping[str, str],
    loop: str = BY_HAND,
    iteration: int = 0,
) -> StudyIdentity:
    """The identity of the search `study` (a stage, or joint) in an iteration of a loop; `predecessors` by stage.

    Another loop, iteration, space, data or setting is another study with another seed, so that each searches anew.
    The name is `tune.study` where it is given.
    """
    space = space_of(config, study)
    facts = {
        "study": study,
        "loop": loop,
        "iteration": iteration,
        "space": _hash(space_json(space)),
        "data": _hash(_data(prepared)),
        "settings": fingerprint(config).whole,
        "judged_by": _hash(_judged_by(config, study)),
        "predecessors": _hash(dict(predecessors)),
    }
    whole = _hash(facts)
    name = f"{study}-{whole[:12]}" if config.tune.study is None else config.tune.study
    if re.fullmatch(NAME, name) is None:
        raise ConfigError(f"tune.study={name}: expected a plain name of letters, digits, '.', '_' and '-'")
    return StudyIdentity(name, int(whole[:15], 16) % 2**31, facts)


def space_json(space: Space) -> list[dict[str, Any]]:
    """The space as it is hashed: its parameters by name."""
    return sorted((one.to_json() for one in space.parameters), key=lambda one: str(one["key"]))


def _data(prepared: Prepared) -> dict[str, Any]:
    snapshot = prepared.market.snapshot
    return {
        "bars": snapshot.bars_hash,
        "calendar": snapshot.calendar_hash,
        "finer": finer_hash(prepared.finer),
        "features": feature_hash(prepared.features.names),
        "train": list(prepared.windows["train"]),
    }


def _judged_by(config: Config, study: str) -> dict[str, Any]:
    tune = asdict(config.tune)
    named = {name: tune[name] for name in ("folds", "min_trades", "sampler", "pruner")}
    return {**named, "objectives": tune["objectives"][study]}


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
