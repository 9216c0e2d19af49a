"""Which bars the sltp stage learns from, and what each bracket would have earned there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.config.schema.learning import SltpStageConfig
from novosky.errors import UntrainableError
from novosky.labels.bracket_grid import GridTargets, bracket_grid
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.labels.position_states import sample_rows
from novosky.market.bars import Floats, Ints
from novosky.models.classes import Flags, Inputs
from novosky.models.decision.exit_rule import ExitRule
from novosky.models.decision.vote import Sides
from novosky.models.forward.chain import ForwardBlocks, forward_exit_bars
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.values import RegressionRows

SLTP_FEATURES = ("side", "probability")


@dataclass(frozen=True)
class SltpRows:
    """Rows to predict and the sample of them to learn from, and the same rows as trades.

    `trades` marks those that pass the quantile; `grid` is NaN where a row is not learned from.
    """

    rows: RegressionRows
    entries: Entries
    trades: Flags
    grid: GridTargets


def sltp_inputs(x: Inputs, side: Sides, probability: Floats) -> Inputs:
    """The model's columns: features (n, features), the signal's side and probability."""
    return np.column_stack([x, side.astype(np.float32), probability.astype(np.float32)])


def sltp_rows(
    x: Inputs,
    entries: OutOfFoldEntries,
    blocks: ForwardBlocks,
    rule: ExitRule,
    bars: LabelBars,
    own: Bracket,
    stage: SltpStageConfig,
    threads: int,
) -> SltpRows:
    """Bars with an out-of-fold side in the blocks that decide, with the best pair of the grid for `max_rows` at most.

    The trades end by the out-of-fold exits of the position model too. Raises `UntrainableError` where there is no
    such bar.
    """
    first, _ = blocks.span(blocks.first)
    usable = np.flatnonzero((entries.bar >= first) & (entries.bar + 1 + bars.horizon < blocks.edges[-1]))
    if len(usable) == 0:
        raise UntrainableError(
            f"stage.sltp: no trades to learn from: no out-of-fold signal has a side from block {blocks.first + 1} on; "
            "give more bars, or set stage.sltp.enabled=false"
        )
    chosen = entries.some(usable)
    asked = Entries(chosen.bar, chosen.side.astype(np.int64))
    taught = sample_rows(len(usable), stage.max_rows)
    some = Entries(asked.decision[taught], asked.side[taught])
    stops, targets = np.array(stage.stops_atr), np.array(stage.targets_atr)
    exits, seen = forward_exit_bars(blocks, rule, x, some, np.tile(stops, (len(taught), 1)), bars, threads)
    grid = _spread(bracket_grid(some, bars, stops, targets, exits, own), taught, chosen.bar)
    parent_seen = chosen.seen_to.copy()
    parent_seen[taught] = np.maximum(parent_seen[taught], seen)
    rows = RegressionRows(
        x=sltp_inputs(x[chosen.bar], chosen.side, chosen.probability),
        target=grid.best,
        bar=chosen.bar,
        label_end=grid.end,
        parent_seen=parent_seen,
        edges=blocks.edges,
        embargo_bars=blocks.embargo_bars,
        first_block=blocks.first,
    )
    return SltpRows(rows, asked, chosen.trades, grid)


def _spread(grid: GridTargets, taught: Ints, bar: Ints) -> GridTargets:
    """The targets of the taught rows among all rows, the others without."""
    n = len(bar)
    best, end, r = np.full((n, 2), np.nan), bar.copy(), np.full((n, *grid.r.shape[1:]), np.nan)
    best[taught], end[taught], r[taught] = grid.best, grid.end, grid.r
    return GridTargets(best, end, r)
