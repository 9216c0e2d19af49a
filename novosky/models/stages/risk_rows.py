"""Which trades the risk stage learns from: one account's, by the three stages before it, out of fold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.learning import RiskStageConfig
from novosky.errors import UntrainableError
from novosky.labels.kelly import risk_targets
from novosky.market.bars import Ints
from novosky.models.forward.chain import ForwardBlocks
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.values import RegressionRows


def risk_rows(
    trades: NDArray[Any], entries: OutOfFoldEntries, bracket_seen: Ints, blocks: ForwardBlocks, stage: RiskStageConfig
) -> RegressionRows:
    """Equity states before each trade (TRADE_DTYPE, in order) and what the next trades earned.

    `bracket_seen` (n,) is the last bar that anything behind each entry's bracket saw. Raises `UntrainableError` when
    there is no trade.
    """
    if len(trades) == 0:
        raise UntrainableError(
            f"stage.risk: no trades to learn from: none of the out-of-fold signals from block {blocks.first + 1} on "
            "opened one; lower stage.trades.confidence_quantile, give more bars, or set stage.risk.enabled=false"
        )
    decision = np.ascontiguousarray(trades["decision_bar"])
    targets = risk_targets(
        decision, np.ascontiguousarray(trades["exit_bar"]), np.ascontiguousarray(trades["r"]), stage.next_trades
    )
    place = np.searchsorted(entries.bar, decision)
    seen = np.maximum(entries.seen_to[place], bracket_seen[place])
    position = np.searchsorted(blocks.edges + blocks.embargo_bars, decision, side="right") - 1
    return RegressionRows(
        x=targets.state.astype(np.float32),
        target=targets.target,
        bar=decision,
        label_end=targets.end,
        parent_seen=np.maximum(seen, blocks.position_seen[position]),
        edges=blocks.edges,
        embargo_bars=blocks.embargo_bars,
        first_block=blocks.first,
    )
