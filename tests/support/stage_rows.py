"""Small rows for the sltp and risk stages, with structure to find or none, and settings that train in a second."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema.learning import RegressorConfig, RiskStageConfig, SltpStageConfig
from novosky.execution.records import TRADE_DTYPE
from novosky.labels.paths import Bracket, Entries, LabelBars
from novosky.models.bundle.provenance import Provenance
from novosky.models.classes import Inputs
from novosky.models.decision.exit_rule import ExitRule
from novosky.models.forward.chain import ForwardBlocks
from novosky.models.forward.entries import OutOfFoldEntries
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.risk_rows import risk_rows
from novosky.models.stages.sltp_rows import SltpRows, sltp_rows

OWN = Bracket(1.0, 1.0)
RULE = ExitRule(0.55, 0.0, 0.65, 0.5, 1, 8)
NAMES = ("feature_0", "feature_1")
STEP = 10  # bars from one trade to the next
BLOCKS, EMBARGO, FIRST_BLOCK = 8, 9, 2


def regressor(**changes: Any) -> RegressorConfig:
    settings = {"rounds": 30, "learning_rate": 0.2, "leaves": 4, "min_leaf_rows": 20, "subsample": 0.8}
    return RegressorConfig(**{**settings, "colsample": 1.0, "l2": 1.0, **changes})


def sltp_stage(**changes: Any) -> SltpStageConfig:
    settings = {"stops_atr": [0.5, 1.0, 2.0], "targets_atr": [0.5, 1.0, 2.0, 4.0], "max_rows": 5000}
    return SltpStageConfig(lightgbm=regressor(), **{**settings, **changes})


def risk_stage(**changes: Any) -> RiskStageConfig:
    settings = {"lightgbm": regressor(learning_rate=0.1), "next_trades": 5, "full_size_kelly": 0.2}
    return RiskStageConfig(**{**settings, **changes})


class SltpMarket(NamedTuple):
    x: Inputs
    entries: OutOfFoldEntries
    blocks: ForwardBlocks
    bars: LabelBars

    def rows(self, stage: SltpStageConfig | None = None) -> SltpRows:
        return sltp_rows(self.x, self.entries, self.blocks, RULE, self.bars, OWN, stage or sltp_stage(), 1)


def forward_blocks(n_bars: int) -> ForwardBlocks:
    """Eight blocks from bar 100 on, the later stages from the third; nobody leaves early."""
    edges = np.linspace(100, n_bars - 100, BLOCKS + 1).astype(np.int64)
    return ForwardBlocks(edges, EMBARGO, FIRST_BLOCK, {}, np.full(BLOCKS, -1, np.int64))


def sltp_market(n: int = 1200, planted: bool = True, seed: int = 0) -> SltpMarket:
    """A BUY or SELL every ten bars. Planted: where feature 0 is positive the price runs on for 4 ATR, else it turns
    back after one."""
    random = np.random.Generator(np.random.PCG64(seed))
    n_bars = STEP * n + 200
    bar = 100 + STEP * np.arange(n)
    side = random.choice(np.array([-1, 1], np.int8), n)
    x = random.normal(size=(n_bars, len(NAMES))).astype(np.float32)
    drift = np.zeros(n_bars)
    if planted:
        runs, turns = np.full(STEP - 2, 6.0), np.array([8.0, 8.0, *[-8.0] * (STEP - 4)])
        for t, way in zip(bar, side, strict=True):
            drift[t + 1 : t + STEP - 1] += way * (runs if x[t, 0] > 0 else turns)
    steps = random.normal(0, (3.0 if planted else 5.0) / np.sqrt(20), (n_bars, 20)) + drift[:, None] / 20
    path = np.round(10_000 + np.cumsum(steps).reshape(n_bars, 20), 2)  # a fair walk inside the bars too
    close = path[:, -1].copy()
    open_ = np.concatenate([[10_000.0], close[:-1]])
    high, low = np.maximum(path.max(axis=1), open_), np.minimum(path.min(axis=1), open_)
    bars = LabelBars(open_, high, low, close, np.full(n_bars, 0.5), np.full(n_bars, 10.0), STEP - 2, 0.01)
    blocks = forward_blocks(n_bars)
    kept = (bar >= blocks.span(FIRST_BLOCK)[0]) & (bar < blocks.edges[-1])
    probability = random.uniform(0.4, 0.7, n)
    entries = OutOfFoldEntries(bar, side, probability, _seen_to(bar, blocks), np.ones(n, dtype=np.bool_))
    return SltpMarket(x, entries.some(kept), blocks, bars)


def no_exits(n_bars: int) -> Any:
    """A position model that never leaves."""
    return lambda stop_atr: np.full(len(stop_atr), n_bars, np.int64)


def risk_trades(n: int = 1500, streaks: bool = True, seed: int = 0) -> NDArray[Any]:
    """Trades (TRADE_DTYPE) of 1 R won or lost; with `streaks` good and bad times of 60 trades each, else a fair coin
    with a small edge."""
    random = np.random.Generator(np.random.PCG64(seed))
    good = (np.arange(n) // 60) % 2 == 0
    odds = np.where(good, 0.8, 0.35) if streaks else np.full(n, 0.55)
    trades = np.zeros(n, TRADE_DTYPE)
    trades["r"] = np.where(random.random(n) < odds, 1.0, -1.0)
    trades["decision_bar"] = 100 + STEP * np.arange(n)
    trades["exit_bar"] = trades["decision_bar"] + random.integers(1, STEP, n)
    return trades


def rows_of_trades(trades: NDArray[Any], stage: RiskStageConfig | None = None) -> tuple[RegressionRows, NDArray[Any]]:
    """The risk stage's rows, and the trades that they are: those of the blocks that decide."""
    blocks = forward_blocks(STEP * len(trades) + 200)
    bar = np.ascontiguousarray(trades["decision_bar"])
    kept = (bar >= blocks.span(FIRST_BLOCK)[0]) & (trades["exit_bar"] < blocks.edges[-1])
    n = len(trades)
    entries = OutOfFoldEntries(bar, np.ones(n, np.int8), np.full(n, 0.5), _seen_to(bar, blocks), np.ones(n, np.bool_))
    unseen = np.full(n, -1, np.int64)
    return risk_rows(trades[kept], entries, unseen, blocks, stage or risk_stage()), trades[kept]


def provenance(edges: NDArray[Any], inputs: tuple[str, ...]) -> Provenance:
    return Provenance(
        feature_names=NAMES,
        feature_hash="f" * 64,
        label_fingerprint="l" * 64,
        settings={"labels.horizon_bars": STEP - 2},
        config_fingerprints={},
        snapshot_hash="d" * 64,
        calendar_hash=None,
        bar_time_ms=1_700_000_000_000 + 900_000 * np.arange(int(edges[-1]) + 100),
        predecessors={"signal": "a" * 64, "position": "b" * 64},
        inputs=inputs,
    )


def as_entries(entries: OutOfFoldEntries) -> Entries:
    return Entries(entries.bar, entries.side.astype(np.int64))


def _seen_to(bar: NDArray[Any], blocks: ForwardBlocks) -> NDArray[Any]:
    """As of a signal whose block's models saw all up to its edge; rows in the embargo belong to the block before."""
    block = np.searchsorted(blocks.edges + blocks.embargo_bars, bar, side="right") - 1
    return np.where(block < 0, -1, blocks.edges[np.maximum(block, 0)] - 1)
