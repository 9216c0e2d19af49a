"""From feature names to the kernels that compute them."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from novosky.errors import ConfigError
from novosky.execution.compiled import compiled
from novosky.features.arrays import MINUTE_MS, BarArrays
from novosky.market.bars import Floats

Kernel = Callable[[BarArrays, int, int, Floats, Floats], None]
"""kernel(bars, start, stop, state, out): features of bars `start <= i < stop` into `out[i - start, column]`."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: its name, what it means, and from which bar on it may be trusted.

    The warm-up is `warmup_bars` base bars plus `warmup_minutes` of market time (for what is measured in hours or
    on higher timeframes). From then on the value is finite and, whatever came before the first bar, within
    `tolerance` of the value with all history; 0, of finite windows, means equal.
    """

    name: str
    doc: str
    warmup_bars: int = 0
    warmup_minutes: int = 0
    tolerance: float = 0.0

    def warmup(self, timeframe_ms: int) -> int:
        """Number of bars of this timeframe before the first that may be used."""
        return self.warmup_bars + -(-self.warmup_minutes * MINUTE_MS // timeframe_ms)


@dataclass(frozen=True, slots=True)
class FeatureGroup:
    """Features that one kernel computes together, in the order of its output columns.

    `lookback_bars` and `lookback_minutes`: how far back the kernel reads the arrays; everything older it carries
    in `state_size` floats that start as zeros.
    """

    features: tuple[Feature, ...]
    kernel: Kernel
    state_size: int
    lookback_bars: int
    lookback_minutes: int
    needs_calendar: bool

    def lookback(self, timeframe_ms: int) -> int:
        """How many earlier bars the kernel may read."""
        return self.lookback_bars + -(-self.lookback_minutes * MINUTE_MS // timeframe_ms)


@dataclass(frozen=True, slots=True)
class Selection:
    """A group and where its columns go: `sources[k]` of the kernel's output becomes column `targets[k]`."""

    group: FeatureGroup
    sources: tuple[int, ...]
    targets: tuple[int, ...]


_columns: dict[str, tuple[FeatureGroup, int]] = {}


def feature_group(
    *features: Feature,
    state_size: int = 0,
    lookback_bars: int = 0,
    lookback_minutes: int = 0,
    needs_calendar: bool = False,
) -> Callable[[Kernel], Kernel]:
    """Compile a kernel and register its features; a name that exists already is refused with ConfigError."""

    def register(function: Kernel) -> Kernel:
        kernel = compiled(function)
        group = FeatureGroup(features, kernel, state_size, lookback_bars, lookback_minutes, needs_calendar)
        names = [feature.name for feature in features]
        twice = sorted({name for name in names if name in _columns or names.count(name) > 1})
        if twice:
            raise ConfigError(
                f"feature {twice[0]} is declared twice, the second time in {function.__module__}: rename one"
            )
        _columns.update({name: (group, column) for column, name in enumerate(names)})
        return kernel

    return register


@cache
def _import_groups() -> None:
    package = importlib.import_module("novosky.features.groups")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def all_features() -> dict[str, Feature]:
    """Every registered feature by name, in the order of declaration."""
    _import_groups()
    return {name: group.features[column] for name, (group, column) in _columns.items()}


def find(name: str) -> tuple[FeatureGroup, int]:
    """The group of a feature and its column there; ConfigError with a suggestion for an unknown name."""
    _import_groups()
    if name not in _columns:
        near = difflib.get_close_matches(name, _columns, n=1)
        hint = f"; did you mean {near[0]}?" if near else "; docs/features.md lists all"
        raise ConfigError(f"features.names: no feature is called {name!r}{hint}")
    return _columns[name]


def select(names: Sequence[str]) -> list[Selection]:
    """The groups that `names` need, each once, and where their columns go."""
    if not names:
        raise ConfigError("features.names is empty: at least one feature is needed, e.g. features=core59")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"features.names: {twice[0]} is listed twice: remove one")
    places: dict[int, list[tuple[int, int]]] = {}
    groups: dict[int, FeatureGroup] = {}
    for target, name in enumerate(names):
        group, source = find(name)
        groups[id(group)] = group
        places.setdefault(id(group), []).append((source, target))
    return [
        Selection(group, tuple(source for source, _ in places[key]), tuple(target for _, target in places[key]))
        for key, group in groups.items()
    ]


def warmup_bars(names: Sequence[str], timeframe_ms: int) -> int:
    """Bars at the start that are not to be used: the longest warm-up of the features named."""
    features = all_features()
    return max(features[name].warmup(timeframe_ms) for name in names)
