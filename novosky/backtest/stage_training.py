"""One function a stage: its rows from what the stages before it said out of fold, its training, its folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.ground import label_bars, label_bracket, labels_of, provenance
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.errors import NovoskyError
from novosky.evaluation.windows import block_edges
from novosky.execution.equity_state import RISK_FEATURES
from novosky.execution.position import POSITION_FEATURES
from novosky.market.bars import Floats, Ints
from novosky.models.bundle.bundle import PICKLES, Bundle, check_same_ground
from novosky.models.decision.exit_rule import ExitRule, exit_rule
from novosky.models.forward.chain import (
    ForwardBlocks,
    first_decided_block,
    forward_blocks,
    forward_exit_bars,
    forward_trades,
    own_brackets,
)
from novosky.models.forward.entries import OutOfFoldEntries, out_of_fold_entries, vote_settings
from novosky.models.forward.exit_gain import exit_gain
from novosky.models.stages.position import position_rows, train_position
from novosky.models.stages.position_folder import save_position
from novosky.models.stages.risk import save_risk, train_risk
from novosky.models.stages.risk_rows import risk_rows
from novosky.models.stages.signal import train_signal
from novosky.models.stages.signal_folder import save_signal
from novosky.models.stages.signal_rows import signal_rows
from novosky.models.stages.sltp import save_sltp, sltp_brackets, train_sltp
from novosky.models.stages.sltp_rows import SLTP_FEATURES, sltp_rows
from novosky.models.stages.sltp_surface import BRACKET_FEATURES
from novosky.models.stages.voter_stage import VoterModel

Progress = Callable[[str, float], None]
Trainer = Callable[[Config, Prepared, Bundle | None, Progress], Bundle]


def train_signal_stage(config: Config, prepared: Prepared, before: Bundle | None, progress: Progress) -> Bundle:
    """Every bar of train, by its label."""
    labels, train = labels_of(prepared.bars, config), prepared.windows["train"]
    rows = signal_rows(prepared.features, labels, train, config.windows.blocks, config.windows.embargo_bars)
    model = train_signal(
        rows,
        config.stage.signal,
        provenance(config, prepared, None, "signal", prepared.features.names),
        seed=config.seed,
        threads=config.threads,
        device=config.device,
        progress=progress,
    )
    saved = save_signal(model, _folder(config, "signal"))
    _write_pickles(config, "signal", model, saved)
    return Bundle(model, hashes={"signal": saved})


def train_position_stage(config: Config, prepared: Prepared, before: Bundle | None, progress: Progress) -> Bundle:
    """The states inside the trades that out-of-fold signals opened."""
    bundle, edges = _grounded(config, prepared, before, "position")
    entries, bars, own = _entries(config, bundle), label_bars(prepared.bars, config), label_bracket(config)
    embargo_bars = config.windows.embargo_bars
    rows = position_rows(prepared.x, entries, bars, own, config.stage.position, edges, embargo_bars)
    model = train_position(
        rows,
        config.stage.position,
        provenance(config, prepared, bundle, "position", (*prepared.features.names, *POSITION_FEATURES)),
        seed=config.seed,
        threads=config.threads,
        device=config.device,
        progress=progress,
    )
    blocks = forward_blocks(edges, embargo_bars, first_decided_block(model.facts), model)
    gain = exit_gain(blocks, _rule(config), prepared.x, entries, bars, own, config.seed, config.threads)
    model = model.with_skill("never_leave", gain)
    saved = save_position(model, _folder(config, "position"))
    _write_pickles(config, "position", model, saved)
    return _with(bundle, "position", model, saved)


def train_sltp_stage(config: Config, prepared: Prepared, before: Bundle | None, progress: Progress) -> Bundle:
    """Bars with an out-of-fold side, by the bracket that earned most there, the position model's exits in the loop."""
    bundle, edges = _grounded(config, prepared, before, "sltp")
    bars, own, rule = label_bars(prepared.bars, config), label_bracket(config), _rule(config)
    blocks = _blocks(config, bundle, edges)
    asked = sltp_rows(prepared.x, _entries(config, bundle), blocks, rule, bars, own, config.stage.sltp, config.threads)

    def exits(stop_atr: Floats) -> Ints:
        found, _ = forward_exit_bars(
            blocks, rule, prepared.x, asked.entries, stop_atr[:, None].copy(), bars, config.threads
        )
        return np.ascontiguousarray(found[:, 0])

    model = train_sltp(
        asked,
        own,
        bars,
        exits,
        config.stage.sltp,
        provenance(config, prepared, bundle, "sltp", _sltp_inputs(config, prepared)),
        seed=config.seed,
        threads=config.threads,
        progress=progress,
    )
    return _with(bundle, "sltp", model, save_sltp(model, _folder(config, "sltp")))


def _sltp_inputs(config: Config, prepared: Prepared) -> tuple[str, ...]:
    more = BRACKET_FEATURES if config.stage.sltp.target == "expected_r" else ()
    return (*prepared.features.names, *SLTP_FEATURES, *more)


def train_risk_stage(config: Config, prepared: Prepared, before: Bundle | None, progress: Progress) -> Bundle:
    """The trades of the stages before it, out of fold, by how the trades before each went."""
    bundle, edges = _grounded(config, prepared, before, "risk")
    bars, entries = label_bars(prepared.bars, config), _entries(config, bundle)
    blocks = _blocks(config, bundle, edges)
    brackets, seen = own_brackets(entries, label_bracket(config))
    if bundle.sltp is not None:
        brackets, seen = sltp_brackets(entries, bundle.sltp, brackets)
    trades = forward_trades(blocks, _rule(config), prepared.x, entries, brackets, bars)
    rows = risk_rows(trades, entries, seen, blocks, config.stage.risk)
    model = train_risk(
        rows,
        np.ascontiguousarray(trades["r"]),
        config.stage.risk,
        provenance(config, prepared, bundle, "risk", RISK_FEATURES),
        seed=config.seed,
        threads=config.threads,
        progress=progress,
    )
    return _with(bundle, "risk", model, save_risk(model, _folder(config, "risk")))


TRAINERS: dict[str, Trainer] = {
    "signal": train_signal_stage,
    "position": train_position_stage,
    "sltp": train_sltp_stage,
    "risk": train_risk_stage,
}


def _grounded(config: Config, prepared: Prepared, before: Bundle | None, stage: str) -> tuple[Bundle, Ints]:
    """The predecessors, found to be trained on what this stage learns on, and the edges of the forward blocks."""
    if before is None:
        raise NovoskyError(f"{stage} stage: expected the stages before it, found none")
    edges = block_edges(prepared.features.warmup_bars, prepared.windows["train"], config.windows.blocks)
    own = provenance(config, prepared, before, stage, ())
    for facts in before.facts.values():
        check_same_ground(facts, own, edges, config.windows.embargo_bars)
    return before, edges


def _entries(config: Config, bundle: Bundle) -> OutOfFoldEntries:
    return out_of_fold_entries(bundle.signal, config.stage.trades, config.windows.embargo_bars)


def _blocks(config: Config, bundle: Bundle, edges: Ints) -> ForwardBlocks:
    """The forward blocks in which every stage so far decides without having seen them."""
    first = max(first_decided_block(facts) for facts in bundle.facts.values())
    return forward_blocks(edges, config.windows.embargo_bars, first, bundle.position)


def _rule(config: Config) -> ExitRule:
    return exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)


def _folder(config: Config, stage: str) -> Path:
    return Path(config.paths.train) / stage


def _with(bundle: Bundle, stage: str, model: Any, manifest_hash: str) -> Bundle:
    return replace(bundle, **{stage: model}, hashes={**bundle.hashes, stage: manifest_hash})


def _write_pickles(config: Config, stage: str, model: VoterModel, manifest_hash: str) -> None:
    """The developer's pickles beside the stages, where they are asked for; old ones would belong to another model."""
    folder = Path(config.paths.train) / PICKLES / stage
    if not config.train.pickles:
        shutil.rmtree(folder, ignore_errors=True)
        return
    from novosky.models.inspection.pickles import write_pickles

    native = [voter.native for voter in model.voters]
    pairs = zip(native, model.calibrators, strict=True)
    write_pickles(folder, stage, dict(zip(model.names, pairs, strict=True)), manifest_hash)
