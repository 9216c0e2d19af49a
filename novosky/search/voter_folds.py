"""Folds of the stages that vote, signal and position, and of the joint study: the forward training, cut short.

Each fold calls the very function that trains the stage, on rows up to the fold's end; voters that an earlier fold of
the trial fitted on the same rows are not fitted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import numpy as np

from novosky.backtest.ground import label_bars, label_bracket, labels_of
from novosky.backtest.window_chain import spread_votes
from novosky.config.schema import Config
from novosky.config.schema.learning import PositionStageConfig, SignalStageConfig
from novosky.errors import NovoskyError
from novosky.market.bars import Floats, Ints
from novosky.models.bundle.libraries import training_device
from novosky.models.classes import Inputs, Labels
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.decision.kelly_size import full_size
from novosky.models.decision.loop import Deciders
from novosky.models.decision.vote import Votes
from novosky.models.forward.entries import out_of_fold_entries
from novosky.models.forward.out_of_fold import Forward, forward_out_of_fold
from novosky.models.forward.training_rows import FIRST_VOTED, TrainingRows
from novosky.models.forward.votes import forward_votes
from novosky.models.stages.position import position_rows
from novosky.models.stages.signal_rows import signal_rows
from novosky.models.stages.voter_stage import ensemble_of
from novosky.models.trees.ensemble import no_ensemble
from novosky.models.trees.voters import Voter, derived_seed, enabled_voters, fit_voter
from novosky.search.ground import Ground, fold_edges, window_of
from novosky.search.objectives import Fold
from novosky.search.trading import own_bracket_table, trade_fold

Fitted = dict[tuple[int, int], tuple[Voter, ...]]


def signal_folds(ground: Ground, config: Config, objectives: Sequence[str]) -> Iterator[Fold]:
    """The signal stage with the settings of `config`, fold by fold."""
    prepared = ground.prepared
    rows = ground.shared(asdict(config.labels), lambda: signal_study_rows(ground, config))
    rule = exit_rule(config.prediction, config.labels.horizon_bars)
    models = Deciders(no_ensemble(), rule, full_size())
    n_bars = len(prepared.bars)
    for k, forward in _forward(rows, config, config.stage.signal, ground.config.tune.folds):
        trades = None
        if set(objectives) != {"log_loss"}:
            votes = forward_votes(forward.out_of_fold, config.prediction)
            here = votes.block == k
            judged = spread_votes(Votes(*(column[here] for column in votes.votes)), votes.bar[here], n_bars)
            window = window_of(rows.edges, k, rows.embargo_bars)
            trades = trade_fold(config, prepared, judged, own_bracket_table(config, n_bars), models, window)
        yield Fold(vote_loss(forward, k), trades)


def position_folds(ground: Ground, config: Config, objectives: Sequence[str]) -> Iterator[Fold]:
    """The position stage with the settings of `config`, fold by fold, inside trades of the signal before it."""
    prepared, bundle, stage = ground.prepared, ground.bundle, config.stage.position
    if bundle is None:
        raise NovoskyError("position study: expected the signal stage before it, found none")
    rows = ground.shared([stage.add_margin_r, stage.max_rows], lambda: _position_rows(ground, config))
    n_bars = len(prepared.bars)
    signal = bundle.signal.decide_out_of_fold(config.prediction)
    votes = spread_votes(signal.votes, signal.bar, n_bars)
    rule = exit_rule(config.prediction, config.labels.horizon_bars)
    for k, forward in _forward(rows, config, stage, ground.config.tune.folds):
        trades = None
        if set(objectives) != {"log_loss"}:
            out_of_fold = forward.out_of_fold
            ensemble = ensemble_of(forward.voters[k], out_of_fold.calibrators[k], out_of_fold.kept[k])
            models = Deciders(ensemble, rule, full_size())
            window = window_of(rows.edges, k, rows.embargo_bars)
            trades = trade_fold(config, prepared, votes, own_bracket_table(config, n_bars), models, window)
        yield Fold(vote_loss(forward, k, rows.weight), trades)


def vote_loss(forward: Forward, k: int, weight: Floats | None = None) -> float:
    """Mean log-loss (nats) of the kept voters' mean probability on the rows of block k, by the rows' weights."""
    out_of_fold = forward.out_of_fold
    here = np.flatnonzero(out_of_fold.block == k)
    mean = out_of_fold.calibrated[out_of_fold.kept[k]][:, here].mean(axis=0)
    loss = -np.log(mean[np.arange(len(here)), out_of_fold.y[here]])
    return float(np.average(loss, weights=None if weight is None else weight[here]))


def signal_study_rows(ground: Ground, config: Config) -> TrainingRows:
    """Rows of the signal or joint study in its own blocks, by the labels of `config`."""
    windows, train = ground.config.windows, ground.prepared.windows["train"]
    labels = labels_of(ground.prepared.bars, config)
    rows = signal_rows(ground.prepared.features, labels, train, windows.blocks, windows.embargo_bars)
    if ground.largest_horizon is not None:
        rows = _purged_by(rows, ground.largest_horizon + 1, train.stop)
    edges = fold_edges(rows.edges, 0, FIRST_VOTED, ground.config.tune.folds, "signal")
    return replace(rows, edges=edges)


def _purged_by(rows: TrainingRows, life: int, stop: int) -> TrainingRows:
    """The rows as if every label looked `life` bars ahead: trials of other horizons learn from the same bars."""
    inside = rows.bar + life < stop
    bar = rows.bar[inside]
    if np.any(rows.label_end[inside] > bar + life):
        raise NovoskyError("joint study: a label looks further ahead than the largest horizon of the space")
    return replace(rows, x=rows.x[inside], y=rows.y[inside], bar=bar, label_end=bar + life)


def _position_rows(ground: Ground, config: Config) -> TrainingRows:
    assert ground.bundle is not None
    prepared, own = ground.prepared, ground.config
    entries = out_of_fold_entries(ground.bundle.signal, own.stage.trades, own.windows.embargo_bars)
    bars, bracket = label_bars(prepared.bars, own), label_bracket(own)
    rows = position_rows(
        prepared.x, entries, bars, bracket, config.stage.position, ground.edges, own.windows.embargo_bars
    )
    edges = fold_edges(rows.edges, rows.first_block, FIRST_VOTED, own.tune.folds, "position")
    return replace(rows, edges=edges, first_block=0)


def _forward(
    rows: TrainingRows, config: Config, stage: SignalStageConfig | PositionStageConfig, folds: int
) -> Iterator[tuple[int, Forward]]:
    """Each fold's block with what training says of it."""
    names = enabled_voters(stage)
    device = training_device(config.device) if "xgboost" in names else "cpu"
    fitted: Fitted = {}

    def fit(x: Inputs, y: Labels, weight: Floats | None, block: int) -> tuple[Voter, ...]:
        if (block, len(x)) not in fitted:  # rows are in order of time: as many are the same
            fitted[block, len(x)] = tuple(
                fit_voter(name, x, y, stage, derived_seed(config.seed, block, v), config.threads, device, weight)
                for v, name in enumerate(names)
            )
        return fitted[block, len(x)]

    for k in range(FIRST_VOTED, FIRST_VOTED + folds):
        part = _until(rows, k)
        yield (
            k,
            forward_out_of_fold(
                part, names, fit, stage.calibration, stage.skill_confidence, config.seed, config.threads, _silent
            ),
        )


def _until(rows: TrainingRows, k: int) -> TrainingRows:
    """The rows of the blocks up to k."""
    edges: Ints = rows.edges[: k + 2]
    stop = int(np.searchsorted(rows.bar, edges[-1]))
    return replace(
        rows,
        x=rows.x[:stop],
        y=rows.y[:stop],
        bar=rows.bar[:stop],
        label_end=rows.label_end[:stop],
        edges=edges,
        weight=None if rows.weight is None else rows.weight[:stop],
        parent_seen=None if rows.parent_seen is None else rows.parent_seen[:stop],
    )


def _silent(text: str, share: float) -> None:
    """A trial's own progress is not shown."""
