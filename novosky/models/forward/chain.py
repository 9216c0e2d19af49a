"""The chain on train itself: every bar decided by models that have not seen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.execution.codes import NO_VOTE, OPENED
from novosky.execution.series import plain_bars, plain_intents
from novosky.execution.terms import Contract, Rules
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.market.bars import Floats, Ints
from novosky.models.bundle.manifest import Manifest
from novosky.models.classes import Inputs
from novosky.models.decision.exit_rule import ExitRule
from novosky.models.decision.kelly_size import full_size
from novosky.models.decision.loop import Deciders
from novosky.models.decision.trade import Segment, trade_chain
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.exit_paths import exit_bars
from novosky.models.forward.training_rows import UNSEEN
from novosky.models.stages.position import PositionModel
from novosky.models.trees.ensemble import Ensemble, no_ensemble

BALANCE = 1e9  # so large that cents and volume steps leave R as it is


@dataclass(frozen=True, slots=True)
class ForwardBlocks:
    """Which bars each forward block's models serve: from its embargo to the next block's.

    `edges` (blocks + 1,), `first` the first block that decides; `position` each block's voters, none where the stage
    is off; `position_seen` (blocks,) the last bar that anything behind them saw.
    """

    edges: Ints
    embargo_bars: int
    first: int
    position: dict[int, Ensemble]
    position_seen: Ints

    def span(self, k: int) -> tuple[int, int]:
        """Bars of block k, `start <= i < stop`."""
        last = k == len(self.edges) - 2
        return int(self.edges[k]) + self.embargo_bars, int(self.edges[k + 1]) + (0 if last else self.embargo_bars)

    def __iter__(self) -> Any:
        return iter(range(self.first, len(self.edges) - 1))


def forward_blocks(edges: Ints, embargo_bars: int, first: int, position: PositionModel | None) -> ForwardBlocks:
    """The blocks from `first` on with the position model's own voters of each."""
    seen = np.full(len(edges) - 1, UNSEEN, np.int64)
    if position is None:
        return ForwardBlocks(edges, embargo_bars, first, {}, seen)
    for k in position.blocks:
        seen[k] = int(position.out_of_fold.seen_to[position.out_of_fold.block == k].max(initial=UNSEEN))
    return ForwardBlocks(edges, embargo_bars, first, position.blocks, seen)


def forward_exit_bars(
    blocks: ForwardBlocks, rule: ExitRule, x: Inputs, entries: Entries, stop_atr: Floats, bars: LabelBars, threads: int
) -> tuple[Ints, Ints]:
    """`exit_bars` of entries (n,) with stops (n, stops), each by the voters of its block; and what those have seen."""
    found = np.full(stop_atr.shape, len(bars.open), np.int64)
    seen = np.full(len(stop_atr), UNSEEN, np.int64)
    for k in blocks:
        start, stop = blocks.span(k)
        inside = np.flatnonzero((entries.decision >= start) & (entries.decision < stop))
        if len(inside) and k in blocks.position:
            chosen = Entries(entries.decision[inside], entries.side[inside])
            found[inside] = exit_bars(blocks.position[k], rule, x, chosen, stop_atr[inside], bars, threads)
            seen[inside] = blocks.position_seen[k]
    return found, seen


def forward_trades(
    blocks: ForwardBlocks,
    rule: ExitRule,
    x: Inputs,
    entries: OutOfFoldEntries,
    brackets: Floats,
    bars: LabelBars,
) -> NDArray[Any]:
    """Trades (TRADE_DTYPE) of one account over all blocks, at the reference cost, free of limits.

    `brackets` (n, 2) stop and target in ATR of each entry. Entries before the first block, or that do not pass the
    quantile, open nothing.
    """
    n = len(bars.open)
    side, confidence = np.zeros(n, np.int8), np.zeros(n)
    verdict = np.full(n, NO_VOTE, np.int16)
    intents = plain_intents(side, verdict, confidence, 1.0, 1.0)
    trades = entries.trades
    at = entries.bar[trades]
    side[at], verdict[at], confidence[at] = entries.side[trades], OPENED, entries.probability[trades]
    intents.sl_atr[at], intents.tp_atr[at] = brackets[trades].T
    day = np.zeros(n, np.int64)
    arrays = plain_bars(bars.open, bars.high, bars.low, bars.close, bars.spread, bars.atr, day, day)
    contract = Contract(bars.tick_size, bars.tick_size, volume_min=1e-9, volume_max=1e12, volume_step=1e-9)
    rules = Rules(max_hold_bars=bars.horizon, risk_pct=0.01)
    nobody = no_ensemble()
    segments = [Segment(*blocks.span(k), Deciders(blocks.position.get(k, nobody), rule, full_size())) for k in blocks]
    done, _ = trade_chain(arrays, intents, x, segments, contract, rules, BALANCE)
    return done.trades


def own_brackets(entries: OutOfFoldEntries, bracket: Bracket) -> tuple[Floats, Ints]:
    """The label's bracket for each entry, (n, 2), and the last bar that anything behind it saw, (n,): none."""
    n = len(entries.bar)
    return np.tile([bracket.stop_atr, bracket.target_atr], (n, 1)), np.full(n, UNSEEN, np.int64)


def first_decided_block(facts: Manifest) -> int:
    """The first forward block in which a stage has decided without having seen it; risk decides no trade."""
    return int(facts["train"]["first_forward_block"])
