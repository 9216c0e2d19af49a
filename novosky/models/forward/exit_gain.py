"""What leaving early is worth out of fold: R of the label's trades with the position model's exits and without."""

from __future__ import annotations

import numpy as np

from novosky.labels.bracket_grid import bracket_r
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.market.bars import Ints
from novosky.models.classes import Inputs
from novosky.models.decision.exit_rule import ExitRule
from novosky.models.forward.chain import ForwardBlocks, forward_exit_bars
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.gain import Gain, paired_gain


def exit_gain(
    blocks: ForwardBlocks,
    rule: ExitRule,
    x: Inputs,
    entries: OutOfFoldEntries,
    bars: LabelBars,
    bracket: Bracket,
    seed: int,
    threads: int,
) -> Gain | None:
    """Mean R with exits against never leaving, on out-of-fold trades of the blocks that decide; None where none is."""
    first, _ = blocks.span(blocks.first)
    inside = entries.trades & (entries.bar >= first) & (entries.bar + bars.horizon + 1 < blocks.edges[-1])
    if not inside.any():
        return None
    chosen = Entries(entries.bar[inside], entries.side[inside].astype(np.int64))
    n = len(chosen.decision)
    stop, target = np.full(n, bracket.stop_atr), np.full(n, bracket.target_atr)
    exits, _ = forward_exit_bars(blocks, rule, x, chosen, stop[:, None], bars, threads)
    r, _ = bracket_r(chosen, bars, stop, target, exits[:, 0].copy())
    plain, end = bracket_r(chosen, bars, stop, target, np.full(n, len(bars.open), np.int64))
    return paired_gain(r, plain, open_at_once(chosen.decision, end), seed)


def open_at_once(decision: Ints, end: Ints) -> int:
    """Most trades, the own one counted, that are decided while one lasts."""
    after = np.searchsorted(decision, end, side="right")
    return int(np.max(after - np.arange(len(decision))))
