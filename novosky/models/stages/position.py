"""The position stage: EXIT, HOLD or ADD at every close inside a trade."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from novosky.config.schema.learning import PositionStageConfig
from novosky.errors import UntrainableError
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.labels.position_states import CLASS_NAMES, PositionStates, position_states, sample_rows, take_rows
from novosky.market.bars import Ints
from novosky.models.bundle.provenance import Provenance
from novosky.models.classes import Inputs, class_counts
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.gain import Gain
from novosky.models.forward.out_of_fold import Progress
from novosky.models.forward.training_rows import FIRST_VOTED, TrainingRows, label_life
from novosky.models.stages.voter_stage import VoterModel, ensemble_of, train_voters
from novosky.models.trees.ensemble import Ensemble

STAGE = "position"


@dataclass(frozen=True)
class PositionModel(VoterModel):
    """Probabilities of EXIT, HOLD, ADD by voter; `blocks` holds each forward block's own voters, out of fold."""

    blocks: dict[int, Ensemble]

    def with_skill(self, name: str, gain: Gain | None) -> PositionModel:
        """The same model that says what it was worth out of fold."""
        skill = {} if gain is None else {name: gain.to_json()}
        return replace(self, facts={**self.facts, "skill": skill})


def position_rows(
    x: Inputs,
    entries: OutOfFoldEntries,
    bars: LabelBars,
    bracket: Bracket,
    stage: PositionStageConfig,
    edges: Ints,
    embargo_bars: int,
) -> TrainingRows:
    """States inside the trades that out-of-fold signals opened, at most `max_rows`; `x` (n_bars, features)."""
    trades = entries.some(entries.trades)
    states = position_states(Entries(trades.bar, trades.side.astype(np.int64)), bars, bracket, stage.add_margin_r)
    states = take_rows(states, np.flatnonzero(states.end < edges[-1]))
    if len(states.bar) == 0:  # an empty population, or trades that all end behind train
        raise UntrainableError(
            f"stage.position: no trades to learn from: {len(trades.bar)} out-of-fold signals passed the quantile "
            f"stage.trades.confidence_quantile; lower it, give more bars, or set stage.position.enabled=false"
        )
    states = take_rows(states, sample_rows(len(states.bar), stage.max_rows))
    states = take_rows(states, np.argsort(states.bar, kind="stable"))
    first = _first_block(states, edges)
    states = take_rows(states, np.flatnonzero(states.bar >= edges[first]))
    return TrainingRows(
        x=np.column_stack([x[states.bar], states.state.astype(np.float32)]),
        y=states.y,
        bar=states.bar,
        label_end=states.end,
        edges=edges,
        embargo_bars=embargo_bars,
        weight=states.weight / states.weight.mean(),
        parent_seen=trades.seen_to[states.entry],
        first_block=first,
        class_names=CLASS_NAMES,
    )


def _first_block(states: PositionStates, edges: Ints) -> int:
    """The first block, of those with out-of-fold signals, whose own states hold every class before the next begins.

    In quiet blocks no signal may pass the quantile; the stage then begins later. The first of all where none does.
    """
    life = label_life(states.bar, states.end)
    for k in range(FIRST_VOTED, len(edges) - 1):
        known = (states.bar >= edges[k]) & (states.bar + life < edges[k + 1])
        if class_counts(states.y[known]).all():
            return k
    return FIRST_VOTED


def train_position(
    rows: TrainingRows,
    stage: PositionStageConfig,
    provenance: Provenance,
    *,
    seed: int,
    threads: int,
    device: str,
    progress: Progress,
) -> PositionModel:
    """Train the stage on all in-trade states of train; see `train_voters`."""
    try:
        model, forward = train_voters(
            STAGE, rows, stage, provenance, seed=seed, threads=threads, device=device, progress=progress
        )
    except UntrainableError as error:
        raise UntrainableError(
            f"stage.position: too few trades to learn from: {error}; or lower stage.trades.confidence_quantile, or set "
            "stage.position.enabled=false"
        ) from error
    out_of_fold = model.out_of_fold
    blocks = {
        k: ensemble_of(forward.voters[k], out_of_fold.calibrators[k], out_of_fold.kept[k])
        for k in range(rows.first_block + FIRST_VOTED, rows.n_blocks)
    }
    return PositionModel(model.names, model.voters, out_of_fold, model.golden, model.facts, blocks)
