"""What the trials of a study share: bars, features, folds and, where a trial does not change them, rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.errors import UntrainableError
from novosky.evaluation.windows import Window, block_edges
from novosky.market.bars import Ints
from novosky.models.bundle.bundle import Bundle

T = TypeVar("T")


@dataclass(frozen=True)
class Ground:
    """`config` as it stands, `bundle` the stages before the one that is tuned; None for the signal and joint studies.

    `largest_horizon` bars purge every fold of a joint study, whatever a trial's own labels look at; None elsewhere.
    """

    config: Config
    prepared: Prepared
    bundle: Bundle | None
    largest_horizon: int | None = None
    _kept: dict[str, Any] = field(default_factory=dict)

    @property
    def edges(self) -> Ints:
        """Edges of all forward blocks of train, (blocks + 1,)."""
        found: Ints = block_edges(
            self.prepared.features.warmup_bars, self.prepared.windows["train"], self.config.windows.blocks
        )
        return found

    def shared(self, depends_on: object, make: Callable[[], T]) -> T:
        """What `make` gives, made once for all trials that agree on `depends_on` (JSON)."""
        key = json.dumps(depends_on, sort_keys=True)
        if key not in self._kept:
            self._kept.clear()  # trials that change their rows seldom meet the same again
            self._kept[key] = make()
        found: T = self._kept[key]
        return found


def fold_edges(edges: Ints, first: int, before: int, folds: int, study: str) -> Ints:
    """Edges of a study's own blocks, cut out of training's `edges`: `before` of them, then one a fold.

    All of training's blocks from `first`, the earliest that has rows, up to the blocks that the folds need just
    before them are one. Raises UntrainableError where training has too few blocks.
    """
    blocks = len(edges) - 1
    most = blocks - first - before
    if folds > most:
        raise UntrainableError(
            f"tune.folds={folds}: the {study} study has rows from block {first + 1} of windows.blocks={blocks} on and "
            f"learns from {before} blocks before its first fold, so that there are at most {max(0, most)}; "
            "set tune.folds lower, or windows.blocks higher"
        )
    return np.concatenate([edges[first : first + 1], edges[blocks - folds - before + 1 :]])


def window_of(edges: Ints, k: int, embargo_bars: int) -> Window:
    """The bars that block k is judged on."""
    return Window("fold", int(edges[k]) + embargo_bars, int(edges[k + 1]))
