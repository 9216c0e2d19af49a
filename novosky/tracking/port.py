"""What a mode hands to a tracker, and what a tracker is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from novosky.config.schema.tracker import TrackerConfig
from novosky.errors import ConfigError


class Rows(NamedTuple):
    """A table."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class Plot(NamedTuple):
    """A picture of two columns of a table."""

    kind: Literal["line", "bar", "scatter"]
    table: str
    x: str
    y: str
    title: str


@dataclass(frozen=True, slots=True)
class Models:
    """A set of models as it lies in `folder`, by the folders of its stages; `lineage` says what it was made from."""

    name: str
    folder: Path
    stages: Sequence[str]
    lineage: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tracked:
    """One iteration, tuning or backtest.

    `metrics` are numbers by the path that they have in `result.json`, the window before it; `facts` are words and
    names; `config` the typed configuration as nested dictionaries, which holds names of secrets and never their values;
    `notes` the answer in words with every warning.
    """

    kind: Literal["iteration", "tuning", "backtest"]
    name: str
    config: Mapping[str, Any]
    metrics: Mapping[str, float]
    facts: Mapping[str, Any]
    notes: str
    tables: Mapping[str, Rows] = field(default_factory=dict)
    plots: Mapping[str, Plot] = field(default_factory=dict)
    page: Path | None = None
    models: Models | None = None


Make = Callable[[], Tracked]


class Tracker(Protocol):
    """Keeps what it is handed. It never raises: what went wrong comes back as sentences."""

    def record(self, make: Make) -> list[str]:
        """Keep the run that `make` puts together."""


class LocalTracker:
    """Every run already leaves its folder, which is all that `mode=compare` reads."""

    def record(self, make: Make) -> list[str]:
        return []


def check_installed(config: TrackerConfig) -> None:
    """Raises ConfigError where W&B is asked for and is not there, or its address holds a password."""
    if config.kind == "wandb" and find_spec("wandb") is None:
        raise ConfigError("tracker=wandb: wandb is not installed; install the extra `wandb` (uv sync --extra wandb)")
    if "@" in config.base_url:
        raise ConfigError(
            "tracker.base_url: expected an address without user and password; the key is read from the environment "
            "variable that tracker.api_key_env names"
        )
