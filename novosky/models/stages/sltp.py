"""The sltp stage: stop and target of a trade in ATR, by the state of the market."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from novosky.config.schema.learning import SltpStageConfig
from novosky.labels.bracket_grid import bracket_r
from novosky.labels.paths import Bracket, LabelBars
from novosky.market.bars import Floats, Ints
from novosky.models.bundle.golden import golden_rows
from novosky.models.bundle.provenance import Provenance
from novosky.models.classes import Flags, Inputs
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.exit_gain import open_at_once
from novosky.models.forward.gain import Gain, paired_gain
from novosky.models.forward.out_of_fold import Progress
from novosky.models.forward.training_rows import UNSEEN
from novosky.models.stages.regression_folder import load_regression, save_regression
from novosky.models.stages.regression_stage import RegressionModel, regression_facts, train_regressors
from novosky.models.stages.sltp_rows import SltpRows
from novosky.models.stages.sltp_surface import best_expected, pairs_of, surface_inputs, surface_rows

STAGE = "sltp"
NAMES = {"best_pair": ("stop_atr", "target_atr"), "expected_r": ("r",)}

ExitsWithStops = Callable[[Floats], Ints]
"""From stops in ATR (rows,) to the bars at whose close the position model leaves, (rows,)."""


@dataclass(frozen=True)
class SltpModel(RegressionModel):
    """Regressors of the best stop and target, or of R by bracket; the out-of-fold brackets of train beside them.

    `bar` (rows,), `brackets` (rows, 2) and `seen_to` (rows,), the last bar that anything behind each bracket saw.
    """

    bar: Ints
    brackets: Floats
    seen_to: Ints

    def predict(self, x: Inputs, threads: int = 1) -> Floats:
        """Stop and target in ATR, shape (n, 2), within the grid that was learned from, of `x` (n, features + 2)."""
        grid = self.facts["grid"]
        stops, targets = np.array(grid["stops_atr"]), np.array(grid["targets_atr"])
        if self.facts["target"] == "best_pair":
            return within(self.values(x, threads), stops, targets)
        value = self.values(surface_inputs(x, pairs_of(stops, targets)), threads)
        return best_expected(value, stops, targets, Bracket(*grid["own"]))


def within(brackets: Floats, stops_atr: Floats, targets_atr: Floats) -> Floats:
    """Brackets (n, 2) clipped to the least and greatest of the grid."""
    return np.clip(brackets, [stops_atr[0], targets_atr[0]], [stops_atr[-1], targets_atr[-1]])


def train_sltp(
    asked: SltpRows,
    own: Bracket,
    bars: LabelBars,
    exits: ExitsWithStops,
    stage: SltpStageConfig,
    provenance: Provenance,
    *,
    seed: int,
    threads: int,
    progress: Progress,
) -> SltpModel:
    """Regressors forward in time, then on all rows; `own` is the label's bracket, which they must better.

    Raises `DataError` when there are too few rows.
    """
    stops, targets = np.array(stage.stops_atr), np.array(stage.targets_atr)
    rows, every = asked.rows, 1
    if stage.target == "expected_r":
        pairs = pairs_of(stops, targets)
        rows, every = surface_rows(asked.rows, asked.grid.r, pairs), len(pairs)
    regressors, forward = train_regressors(STAGE, rows, stage.lightgbm, seed=seed, threads=threads, progress=progress)
    block, seen_to = forward.block[::every], forward.seen_to[::every]
    judged = block != UNSEEN
    if stage.target == "expected_r":
        brackets = best_expected(forward.value[forward.predicted], stops, targets, own)
    else:
        brackets = within(forward.value[judged], stops, targets)
    skill = _skill(asked, block, brackets, own, bars, exits, seed)
    facts = {
        **regression_facts(STAGE, rows, forward, provenance, seed),
        "target": stage.target,
        "grid": {"stops_atr": stops.tolist(), "targets_atr": targets.tolist(), "own": list(own)},
        "skill": {name: gain.to_json() for name, gain in skill.items()},
        # a wider stop alone pays less of its R in costs: only who betters the best constant knows the market's state
        "no_skill_found": not skill or not all(gain.found for gain in skill.values()),
    }
    golden = golden_rows(rows.x[rows.known_before(rows.n_blocks)])
    return SltpModel(NAMES[stage.target], regressors, golden, facts, asked.rows.bar[judged], brackets, seen_to[judged])


def _skill(
    asked: SltpRows,
    block: Ints,
    brackets: Floats,
    own: Bracket,
    bars: LabelBars,
    exits: ExitsWithStops,
    seed: int,
) -> dict[str, Gain]:
    """R by the predicted brackets against the label's own, and against the best constant pair of the blocks before.

    On the out-of-fold rows that pass the quantile: the trades that would have been.
    """
    n = len(asked.rows.bar)
    whole = np.tile([own.stop_atr, own.target_atr], (n, 1))
    plain, end = bracket_r(asked.entries, bars, *_columns(whole), exits(whole[:, 0]))
    whole[block != UNSEEN] = brackets
    r, _ = bracket_r(asked.entries, bars, *_columns(whole), exits(whole[:, 0]))
    constant = _best_constant(asked, block)
    judged = (block != UNSEEN) & asked.trades & np.isfinite(r) & np.isfinite(plain) & np.isfinite(constant)
    if not judged.any():
        return {}
    overlap = open_at_once(asked.rows.bar[judged], end[judged])
    return {
        "label_bracket": paired_gain(r[judged], plain[judged], overlap, seed),
        "best_constant": paired_gain(r[judged], constant[judged], overlap, seed),
    }


def _best_constant(asked: SltpRows, block: Ints) -> Floats:
    """R (rows,) of the grid's pair that earned most on the rows known before each row's block."""
    table = asked.grid.r.reshape(len(asked.rows.bar), -1)
    out = np.full(len(table), np.nan)
    for k in np.unique(block[block != UNSEEN]):
        known: Flags = asked.rows.known_before(int(k))
        best = int(np.argmax(table[known].mean(axis=0)))
        out[block == k] = table[block == k, best]
    return out


def _columns(brackets: Floats) -> tuple[Floats, Floats]:
    return np.ascontiguousarray(brackets[:, 0]), np.ascontiguousarray(brackets[:, 1])


def sltp_brackets(entries: OutOfFoldEntries, sltp: SltpModel, own: Floats) -> tuple[Floats, Ints]:
    """The sltp stage's out-of-fold bracket for each entry that has one, the `own` for others; and what each saw."""
    place = np.searchsorted(sltp.bar, entries.bar)
    known = np.flatnonzero((place < len(sltp.bar)) & (sltp.bar[np.minimum(place, len(sltp.bar) - 1)] == entries.bar))
    brackets, seen = own.copy(), np.full(len(entries.bar), UNSEEN, np.int64)
    brackets[known], seen[known] = sltp.brackets[place[known]], sltp.seen_to[place[known]]
    return brackets, seen


def save_sltp(model: SltpModel, folder: Path) -> str:
    """Put the model in the place of whatever `folder` holds, all or nothing; returns its manifest hash."""
    arrays = {"bar": model.bar, "brackets": model.brackets, "seen_to": model.seen_to}
    return save_regression(model, arrays, folder)


def load_sltp(folder: Path, feature_names: Sequence[str], feature_hash: str) -> SltpModel:
    """The verified model in `folder`; raises as `load_regression`."""
    model, arrays = load_regression(folder, STAGE, feature_names, feature_hash)
    return SltpModel(model.names, model.regressors, model.golden, model.facts, **arrays)
