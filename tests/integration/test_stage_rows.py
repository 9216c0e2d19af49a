"""The later stages learn from what the earlier ones said out of fold, all of it and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from novosky.backtest.ground import label_bars, label_bracket
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.stage_training import TRAINERS
from novosky.config.schema import Config
from novosky.errors import NovoskyError, UntrainableError
from novosky.labels.bracket_grid import bracket_r
from novosky.labels.paths import Entries
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.forward.chain import forward_blocks, forward_trades, own_brackets
from novosky.models.forward.entries import OutOfFoldEntries, out_of_fold_entries, vote_settings
from novosky.models.forward.training_rows import UNSEEN, TrainingRows
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.position import position_rows
from novosky.models.stages.risk_rows import risk_rows
from novosky.models.stages.signal import SignalModel
from novosky.models.stages.sltp import sltp_brackets
from novosky.models.stages.sltp_rows import sltp_rows
from support.small_job import SMALL


class Rows(NamedTuple):
    """What each child would learn from."""

    position: TrainingRows
    sltp: RegressionRows
    risk: RegressionRows


class Trained(NamedTuple):
    config: Config
    prepared: Prepared
    bundle: Bundle
    edges: np.ndarray


@pytest.fixture(scope="module")
def trained(compose: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("stages")
    config = compose("mode=train", *SMALL, f"paths.data={folder}/data", f"paths.train={folder}/train")
    prepared = prepare(config)
    bundle = None
    for stage in ("signal", "position", "sltp"):
        bundle = TRAINERS[stage](config, prepared, bundle, lambda text, share: None)
    return Trained(config, prepared, bundle, np.array(bundle.signal.facts["blocks"]["edges"]))


def entries_of(trained: Trained, signal: SignalModel) -> OutOfFoldEntries:
    return out_of_fold_entries(signal, trained.config.stage.trades, trained.config.windows.embargo_bars)


def rows_of(trained: Trained, signal: SignalModel) -> Rows:
    """The rows of every child when `signal` speaks before it and the other models stay as they are."""
    config, prepared, bundle, edges = trained
    bars, own, x, embargo = label_bars(prepared.bars, config), label_bracket(config), prepared.x, 24
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    entries = entries_of(trained, signal)
    position = position_rows(x, entries, bars, own, config.stage.position, edges, embargo)
    after_position = forward_blocks(edges, embargo, 6, bundle.position)
    sltp = sltp_rows(x, entries, after_position, rule, bars, own, config.stage.sltp, 1).rows
    after_sltp = forward_blocks(edges, embargo, 7, bundle.position)
    brackets, seen = sltp_brackets(entries, bundle.sltp, own_brackets(entries, own)[0])
    trades = forward_trades(after_sltp, rule, x, entries, brackets, bars)
    risk = risk_rows(trades, entries, seen, after_sltp, config.stage.risk)
    return Rows(position, sltp, risk)


def shuffled(signal: SignalModel, seed: int = 1) -> SignalModel:
    """The same predictions on other bars of their block."""
    oof, random = signal.out_of_fold, np.random.Generator(np.random.PCG64(seed))
    place = np.arange(len(oof.bar))
    for k in np.unique(oof.block[oof.block != UNSEEN]):
        place[oof.block == k] = random.permutation(np.flatnonzero(oof.block == k))
    other = replace(oof, raw=oof.raw[:, place].copy(), calibrated=oof.calibrated[:, place].copy())
    return replace(signal, out_of_fold=other)


def test_another_signal_gives_every_child_other_rows(trained: Trained) -> None:
    ours, theirs = rows_of(trained, trained.bundle.signal), rows_of(trained, shuffled(trained.bundle.signal))
    for name in Rows._fields:
        a, b = getattr(ours, name), getattr(theirs, name)
        assert len(a.bar) > 50
        assert not np.array_equal(a.bar, b.bar) or not np.array_equal(a.x, b.x), name
    again = rows_of(trained, trained.bundle.signal)
    for name in Rows._fields:
        assert np.array_equal(getattr(ours, name).x, getattr(again, name).x), name


def test_no_row_comes_from_a_parent_that_saw_it(trained: Trained) -> None:
    """By the parents' own blocks: a row of block k comes from models that learned before block k alone."""
    edges = trained.edges
    rows = rows_of(trained, trained.bundle.signal)
    for name, table in rows._asdict().items():
        block = np.searchsorted(edges, table.bar, side="right") - 1
        assert np.all(table.parent_seen < table.bar - 24), name
        own = table.bar >= edges[block] + 24 + 16  # before that, the trade may have been opened in the block before
        assert np.all(table.parent_seen[own] < edges[block][own]), name
        assert own.sum() > 50, name
        assert table.parent_seen.min() >= 0, name
        assert table.bar.min() >= edges[table.first_block]
    assert (rows.position.first_block, rows.sltp.first_block, rows.risk.first_block) == (3, 6, 7)


def test_the_last_bar_seen_is_that_of_all_behind_the_row(trained: Trained) -> None:
    """Position rows name the signal; sltp rows the position model of the block too, which saw more."""
    signal, position = trained.bundle.signal.out_of_fold, trained.bundle.position.out_of_fold
    rows = rows_of(trained, trained.bundle.signal)
    for k in range(7, 12):
        inside = (rows.sltp.bar >= trained.edges[k] + 24) & (rows.sltp.bar < trained.edges[k + 1])
        signal_saw, position_saw = (int(oof.seen_to[oof.block == k].max()) for oof in (signal, position))
        assert rows.sltp.parent_seen[inside].max() == max(signal_saw, position_saw)


@pytest.mark.parametrize("late", [0, 24])
def test_a_planted_look_ahead_is_caught(trained: Trained, late: int) -> None:
    """One signal that saw the embargo before its own bar: no child takes it."""
    oof = trained.bundle.signal.out_of_fold
    row = int(np.flatnonzero((oof.block == 8) & (oof.bar % 3 == 0))[0])
    seen_to = oof.seen_to.copy()
    seen_to[row] = oof.bar[row] - 24 + late
    cheating = replace(trained.bundle.signal, out_of_fold=replace(oof, seen_to=seen_to))
    with pytest.raises(NovoskyError, match=f"at bar {oof.bar[row]}, has seen bar {seen_to[row]}"):
        entries_of(trained, cheating)


def test_a_planted_look_ahead_of_the_position_model_is_caught(trained: Trained) -> None:
    config, prepared, bundle, edges = trained
    oof = bundle.position.out_of_fold
    seen_to = np.where(oof.block == 8, edges[8] + 30, oof.seen_to)
    cheating = replace(bundle.position, out_of_fold=replace(oof, seen_to=seen_to))
    bars, own = label_bars(prepared.bars, config), label_bracket(config)
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    blocks = forward_blocks(edges, 24, 6, cheating)
    with pytest.raises(NovoskyError, match=f"has seen bar {edges[8] + 30}"):
        sltp_rows(prepared.x, entries_of(trained, bundle.signal), blocks, rule, bars, own, config.stage.sltp, 1)


def test_no_trades_to_learn_from_is_said(trained: Trained) -> None:
    config, prepared, bundle, edges = trained
    bars, own = label_bars(prepared.bars, config), label_bracket(config)
    entries = entries_of(trained, bundle.signal)
    none = replace(entries, trades=np.zeros_like(entries.trades))
    with pytest.raises(NovoskyError, match=r"stage\.position: no trades to learn from"):
        position_rows(prepared.x, none, bars, own, config.stage.position, edges, 24)
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    blocks = forward_blocks(edges, 24, 7, bundle.position)
    trades = forward_trades(blocks, rule, prepared.x, none, own_brackets(none, own)[0], bars)
    with pytest.raises(NovoskyError, match=r"stage\.risk: no trades to learn from"):
        risk_rows(trades, none, own_brackets(none, own)[1], blocks, config.stage.risk)


def test_the_position_stage_begins_where_its_states_hold_every_class(trained: Trained) -> None:
    """Blocks in which no signal passed the quantile, or only a few, teach nothing; all later ones move along."""
    config, prepared, bundle, edges = trained
    bars, own = label_bars(prepared.bars, config), label_bracket(config)
    entries = entries_of(trained, bundle.signal)
    few = np.flatnonzero(entries.trades & (entries.bar < edges[4]))[:1]
    quiet = entries.trades & (entries.bar >= edges[5])
    quiet[few] = True
    rows = position_rows(
        prepared.x, replace(entries, trades=quiet), bars, own, config.stage.position, edges, embargo_bars=24
    )
    assert rows.first_block == 5
    assert rows.bar[0] >= edges[5]
    late = replace(entries, trades=entries.trades & (entries.bar >= edges[9]))
    with pytest.raises(UntrainableError, match=r"more than 12 forward blocks for this stage, found 12"):
        position_rows(prepared.x, late, bars, own, config.stage.position, edges, 24)


def test_the_account_trades_the_label_itself_where_nothing_else_decides(trained: Trained) -> None:
    """Without position and sltp a core trade of the risk stage is the label's event: the same R, the same exit bar."""
    config, prepared, bundle, edges = trained
    bars, own = label_bars(prepared.bars, config), label_bracket(config)
    entries = entries_of(trained, bundle.signal)
    blocks = forward_blocks(edges, 24, 3, None)
    rule = exit_rule(vote_settings(config.stage.trades), config.labels.horizon_bars)
    trades = forward_trades(blocks, rule, prepared.x, entries, own_brackets(entries, own)[0], bars)
    asked = Entries(np.ascontiguousarray(trades["decision_bar"]), np.ascontiguousarray(trades["side"]))
    n = len(trades)
    never = np.full(n, len(bars.open), np.int64)
    r, end = bracket_r(asked, bars, np.full(n, own.stop_atr), np.full(n, own.target_atr), never)
    inside = end < edges[-1]
    assert inside.sum() > 100
    assert np.array_equal(end[inside], trades["exit_bar"][inside])
    np.testing.assert_allclose(trades["r"][inside], r[inside], atol=1e-4)
