"""Folds of the stages that foresee values, sltp and risk: regressors of the bars before, judged by their trades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from novosky.backtest.ground import label_bars, label_bracket
from novosky.backtest.window_chain import bracket_table, spread_votes
from novosky.config.schema import Config
from novosky.config.schema.learning import RegressorConfig
from novosky.errors import DataError, NovoskyError
from novosky.evaluation.windows import Window
from novosky.execution.codes import OPENED
from novosky.labels.paths import Bracket
from novosky.market.bars import Floats
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.decision.kelly_size import full_size, kelly_size
from novosky.models.decision.loop import Deciders
from novosky.models.decision.vote import Votes
from novosky.models.forward.chain import (
    ForwardBlocks,
    first_decided_block,
    forward_blocks,
    forward_trades,
    own_brackets,
)
from novosky.models.forward.entries import out_of_fold_entries, vote_settings
from novosky.models.forward.training_rows import FIRST_RAW
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.regression_stage import least_rows
from novosky.models.stages.risk import LEAST_SHARE, full_size_fraction
from novosky.models.stages.risk_rows import risk_rows
from novosky.models.stages.sltp import sltp_brackets, within
from novosky.models.stages.sltp_rows import SltpRows, sltp_inputs, sltp_rows
from novosky.models.stages.sltp_surface import best_expected, pairs_of, surface_inputs, surface_rows
from novosky.models.trees.ensemble import no_ensemble
from novosky.models.trees.lightgbm_regressor import Regressor, fit_regressor
from novosky.models.trees.voters import derived_seed
from novosky.search.ground import Ground, fold_edges, window_of
from novosky.search.objectives import Fold
from novosky.search.trading import own_bracket_table, trade_fold

TRAIN_OOF = Window("train_oof", 0, 0)  # brackets of train are those that were made out of fold


def sltp_folds(ground: Ground, config: Config, objectives: Sequence[str]) -> Iterator[Fold]:
    """The sltp stage with the settings of `config`, fold by fold, behind the signal and position stages."""
    stage, prepared = config.stage.sltp, ground.prepared
    asked = ground.shared([stage.stops_atr, stage.targets_atr, stage.max_rows], lambda: _sltp_rows(ground, config))
    stops, targets, own = np.array(stage.stops_atr), np.array(stage.targets_atr), label_bracket(config)
    rows = asked.rows
    if stage.target == "expected_r":
        rows = surface_rows(asked.rows, asked.grid.r, pairs_of(stops, targets))
    votes = _votes(ground, config)
    for fold, (k, regressors) in enumerate(_fitted(ground, config, rows, stage.lightgbm, "sltp")):
        window = _window(rows, k)
        bar = window.start + np.flatnonzero(votes.verdict[window.start : window.stop] == OPENED)
        inputs = sltp_inputs(prepared.x[bar], votes.side[bar], votes.confidence[bar])
        if stage.target == "expected_r":
            inputs = surface_inputs(inputs, pairs_of(stops, targets))
        value = np.column_stack([regressor.predict(inputs, config.threads) for regressor in regressors])
        found = _brackets(value, stage.target, stops, targets, own)
        lows, highs = np.array([config.profile.sl_atr_bounds, config.profile.tp_atr_bounds]).T
        table = own_bracket_table(config, len(prepared.bars))
        table[bar] = np.clip(found, lows, highs)
        models = _models(ground, config, fold)
        yield Fold(None, trade_fold(config, prepared, votes, table, models, window))


def risk_folds(ground: Ground, config: Config, objectives: Sequence[str]) -> Iterator[Fold]:
    """The risk stage with the settings of `config`, fold by fold, behind the three stages before it."""
    stage, prepared = config.stage.risk, ground.prepared
    rows = ground.shared(stage.next_trades, lambda: _risk_rows(ground, config))
    votes = _votes(ground, config)
    brackets = bracket_table(config, prepared, _bundle(ground), votes, TRAIN_OOF)
    for fold, (k, (mean_r, mean_square_r)) in enumerate(_fitted(ground, config, rows, stage.lightgbm, "risk")):
        base = rows.target[rows.known_before(k)].mean(axis=0)
        size = kelly_size(mean_r, mean_square_r, LEAST_SHARE * float(base[1]), full_size_fraction(stage, *base))
        models = _models(ground, config, fold)._replace(size=size)
        yield Fold(None, trade_fold(config, prepared, votes, brackets, models, _window(rows, k)))


def _fitted(
    ground: Ground, config: Config, rows: RegressionRows, settings: RegressorConfig, stage: str
) -> Iterator[tuple[int, tuple[Regressor, ...]]]:
    """Each fold's block with the regressors of the bars before it, one a target."""
    for k in range(FIRST_RAW, FIRST_RAW + ground.config.tune.folds):
        learned = rows.known_before(k)
        if learned.sum() < least_rows(settings):
            raise DataError(
                f"stage.{stage}: expected {least_rows(settings)} rows before fold {k}, found {learned.sum()}; "
                f"lower stage.{stage}.lightgbm.min_leaf_rows, or tune.folds"
            )
        x, target = rows.x[learned], rows.target[learned]
        yield (
            k,
            tuple(
                fit_regressor(x, target[:, v], settings, derived_seed(config.seed, k, v), config.threads)
                for v in range(target.shape[1])
            ),
        )


def _brackets(value: Floats, target: str, stops: Floats, targets: Floats, own: Bracket) -> Floats:
    if target == "expected_r":
        return best_expected(value, stops, targets, own)
    return within(value, stops, targets)


def _sltp_rows(ground: Ground, config: Config) -> SltpRows:
    blocks, rule = _blocks(ground), exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    asked = sltp_rows(
        ground.prepared.x,
        out_of_fold_entries(_bundle(ground).signal, config.stage.trades, config.windows.embargo_bars),
        blocks,
        rule,
        label_bars(ground.prepared.bars, config),
        label_bracket(config),
        config.stage.sltp,
        config.threads,
    )
    return SltpRows(_cut(ground, asked.rows, "sltp"), asked.entries, asked.trades, asked.grid)


def _risk_rows(ground: Ground, config: Config) -> RegressionRows:
    """As training makes them."""
    bundle, blocks = _bundle(ground), _blocks(ground)
    entries = out_of_fold_entries(bundle.signal, config.stage.trades, config.windows.embargo_bars)
    brackets, seen = own_brackets(entries, label_bracket(config))
    if bundle.sltp is not None:
        brackets, seen = sltp_brackets(entries, bundle.sltp, brackets)
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    bars = label_bars(ground.prepared.bars, config)
    trades = forward_trades(blocks, rule, ground.prepared.x, entries, brackets, bars)
    return _cut(ground, risk_rows(trades, entries, seen, blocks, config.stage.risk), "risk")


def _cut(ground: Ground, rows: RegressionRows, study: str) -> RegressionRows:
    """The rows in the study's own blocks."""
    edges = fold_edges(rows.edges, rows.first_block, FIRST_RAW, ground.config.tune.folds, study)
    return RegressionRows(rows.x, rows.target, rows.bar, rows.label_end, rows.parent_seen, edges, rows.embargo_bars, 0)


def _blocks(ground: Ground) -> ForwardBlocks:
    """The forward blocks in which every stage before this one decides without having seen them."""
    bundle = _bundle(ground)
    first = max(first_decided_block(facts) for facts in bundle.facts.values())
    return forward_blocks(ground.edges, ground.config.windows.embargo_bars, first, bundle.position)


def _models(ground: Ground, config: Config, fold: int) -> Deciders:
    """The position model's own voters of the fold's block, full size."""
    bundle = _bundle(ground)
    block = len(ground.edges) - 1 - ground.config.tune.folds + fold
    voters = no_ensemble() if bundle.position is None else bundle.position.blocks[block]
    return Deciders(voters, exit_rule(config.prediction, config.labels.horizon_bars), full_size())


def _votes(ground: Ground, config: Config) -> Votes:
    """Out-of-fold votes of the signal before, on all bars."""
    signal = _bundle(ground).signal.decide_out_of_fold(config.prediction)
    return spread_votes(signal.votes, signal.bar, len(ground.prepared.bars))


def _window(rows: RegressionRows, k: int) -> Window:
    return window_of(rows.edges, k, rows.embargo_bars)


def _bundle(ground: Ground) -> Bundle:
    if ground.bundle is None:
        raise NovoskyError("expected the stages before the one that is tuned, found none")
    return ground.bundle
