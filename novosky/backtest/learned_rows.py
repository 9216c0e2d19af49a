"""The rows that a trained set learned from, made again from bars, labels and what its stages said out of fold."""

from __future__ import annotations

import numpy as np

from novosky.backtest.ground import label_bars, label_bracket, labels_of, provenance
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.evaluation.windows import block_edges
from novosky.market.bars import Ints
from novosky.models.bundle.bundle import Bundle, check_same_ground
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.forward.chain import (
    ForwardBlocks,
    first_decided_block,
    forward_blocks,
    forward_trades,
    own_brackets,
)
from novosky.models.forward.entries import OutOfFoldEntries, out_of_fold_entries, vote_settings
from novosky.models.forward.training_rows import TrainingRows
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.position import position_rows
from novosky.models.stages.risk_rows import risk_rows
from novosky.models.stages.signal_rows import signal_rows
from novosky.models.stages.sltp import sltp_brackets
from novosky.models.stages.sltp_rows import sltp_rows
from novosky.models.stages.sltp_surface import pairs_of, surface_rows


def check_ground(config: Config, prepared: Prepared, bundle: Bundle) -> None:
    """Refuse a set that was trained on other bars, labels, features or blocks than the configuration gives."""
    own = provenance(config, prepared, None, "signal", ())
    for facts in bundle.facts.values():
        check_same_ground(facts, own, _edges(config, prepared), config.windows.embargo_bars)


def learned_rows(config: Config, prepared: Prepared, bundle: Bundle, stage: str) -> TrainingRows | RegressionRows:
    """Rows of one stage of the set, in its own order."""
    embargo_bars = config.windows.embargo_bars
    if stage == "signal":
        labels, train = labels_of(prepared.bars, config), prepared.windows["train"]
        return signal_rows(prepared.features, labels, train, config.windows.blocks, embargo_bars)
    entries = out_of_fold_entries(bundle.signal, config.stage.trades, embargo_bars)
    bars, own = label_bars(prepared.bars, config), label_bracket(config)
    if stage == "position":
        edges = _edges(config, prepared)
        return position_rows(prepared.x, entries, bars, own, config.stage.position, edges, embargo_bars)
    if stage == "sltp":
        return _sltp(config, prepared, bundle, entries)
    blocks = _blocks(config, prepared, bundle, ("signal", "position", "sltp"))
    brackets, seen = own_brackets(entries, own)
    if bundle.sltp is not None:
        brackets, seen = sltp_brackets(entries, bundle.sltp, brackets)
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    trades = forward_trades(blocks, rule, prepared.x, entries, brackets, bars)
    return risk_rows(trades, entries, seen, blocks, config.stage.risk)


def _sltp(config: Config, prepared: Prepared, bundle: Bundle, entries: OutOfFoldEntries) -> RegressionRows:
    stage, bars = config.stage.sltp, label_bars(prepared.bars, config)
    blocks = _blocks(config, prepared, bundle, ("signal", "position"))
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    own = label_bracket(config)
    asked = sltp_rows(prepared.x, entries, blocks, rule, bars, own, stage, config.threads)
    if stage.target == "best_pair":
        return asked.rows
    return surface_rows(asked.rows, asked.grid.r, pairs_of(np.array(stage.stops_atr), np.array(stage.targets_atr)))


def _edges(config: Config, prepared: Prepared) -> Ints:
    return block_edges(prepared.features.warmup_bars, prepared.windows["train"], config.windows.blocks)


def _blocks(config: Config, prepared: Prepared, bundle: Bundle, before: tuple[str, ...]) -> ForwardBlocks:
    """The forward blocks in which every stage `before` decides without having seen them."""
    first = max(first_decided_block(facts) for name, facts in bundle.facts.items() if name in before)
    return forward_blocks(_edges(config, prepared), config.windows.embargo_bars, first, bundle.position)
