"""R as a function of the market and the bracket: the sltp stage's other target, `stage.sltp.target=expected_r`.

The pair that earned most in hindsight is a noisy winner: the tight stop that happened to survive, the far target that
happened to be reached. What its regressors foresee, a mean of such winners, is no bracket that earns. Here one
regressor learns R itself from the market's columns and the bracket, and the pair with the greatest expected R is taken.
"""

from __future__ import annotations

import numpy as np

from novosky.labels.bracket_grid import best_pairs
from novosky.labels.paths import Bracket
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.forward.values import RegressionRows

BRACKET_FEATURES = ("bracket_stop_atr", "bracket_target_atr")
TAUGHT_EVERY = 5  # a row teaches every fifth pair of the grid: its neighbours say nearly the same of the same path


def pairs_of(stops_atr: Floats, targets_atr: Floats) -> Floats:
    """All pairs of the grid, (stops * targets, 2), targets fastest."""
    return np.column_stack([np.repeat(stops_atr, len(targets_atr)), np.tile(targets_atr, len(stops_atr))])


def surface_inputs(x: Inputs, pairs: Floats) -> Inputs:
    """Each row of `x` (n, columns) with each pair, (n * pairs, columns + 2), pairs fastest."""
    return np.column_stack([np.repeat(x, len(pairs), axis=0), np.tile(pairs, (len(x), 1)).astype(np.float32)])


def surface_rows(rows: RegressionRows, r: Floats, pairs: Floats) -> RegressionRows:
    """A row for each pair of each of `rows`, with R `r` (rows, stops, targets) as the target."""
    n, m = len(rows.bar), len(pairs)
    taught = (np.arange(n)[:, None] + np.arange(m)) % TAUGHT_EVERY == 0
    target = np.where(taught, r.reshape(n, m), np.nan)
    return RegressionRows(
        x=surface_inputs(rows.x, pairs),
        target=target.reshape(-1, 1),
        bar=np.repeat(rows.bar, m),
        label_end=np.repeat(rows.label_end, m),
        parent_seen=np.repeat(rows.parent_seen, m),
        edges=rows.edges,
        embargo_bars=rows.embargo_bars,
        first_block=rows.first_block,
    )


def best_expected(value: Floats, stops_atr: Floats, targets_atr: Floats, own: Bracket) -> Floats:
    """The pair with the greatest expected R, (n, 2), from `value` (n * pairs,); ties go towards the `own` bracket."""
    table = value.reshape(-1, len(stops_atr), len(targets_atr))
    return best_pairs(table, stops_atr, targets_atr, own)
