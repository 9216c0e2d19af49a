"""Does the signal stage find an edge that is there, and none where there is none?

Each market is trained and judged as a user would: features, labels, voters, threshold from train, trades on `sweep`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from novosky.backtest.evaluate import Evaluation, evaluate
from novosky.backtest.prepare import prepare
from novosky.backtest.stage_training import train_signal_stage
from novosky.config.compose import compose_config
from novosky.config.schema import Config

CONF = Path(__file__).resolve().parents[1] / "conf"

# Small voters and a long window, so that every market trades at least 200 times in bounded time. The profile's limits
# are off: a halted account would stop judging the decisions. Costs are the market's own spread, 0.02 % of the price.
SETTINGS = (
    "mode=backtest",
    "news=none",
    "windows.train=0.5",
    "windows.sweep=0.4",
    "windows.gate=0.05",
    "windows.holdout=0.05",
    "windows.blocks=8",
    "stage.position.enabled=false",
    "stage.sltp.enabled=false",
    "stage.risk.enabled=false",
    "stage.signal.forest.trees=40",
    "stage.signal.xgboost.rounds=60",
    "stage.signal.lightgbm.rounds=60",
    "profile.daily_loss_pct=100",
    "profile.weekly_loss_pct=100",
    "profile.total_loss_pct=100",
    "profile.risk_pct=0.75",
    "profile.risk_pct_bounds=[0.5,1.0]",
    "account.balance=1000000",
    "broker.spread=0",
)


@dataclass(frozen=True)
class Row:
    """One market at zero cost and with the broker's costs."""

    seed: int
    free: Evaluation
    paid: Evaluation
    no_skill: bool
    seconds: float


def random_walks(seeds: int | None) -> str:
    """20 driftless markets: at zero cost the mean must be about 0, or something leaks."""
    rows = [
        judge_market(("data=random_walk", f"data.seed={seed}", "data.bars=50000"))
        for seed in range(1, (seeds or 20) + 1)
    ]
    lines = market_table("random walks", rows)
    for name, choose in (("zero cost", lambda row: row.free), ("with costs", lambda row: row.paid)):
        means = [choose(row).judged.figures.expectancy_r or 0.0 for row in rows]
        above = sum(_low(choose(row)) > 0 for row in rows)
        error = np.std(means, ddof=1) / np.sqrt(len(means)) if len(means) > 1 else float("nan")
        lines.append(
            f"- {name}: mean expectancy {np.mean(means):+.4f} R (standard error {error:.4f}), "
            f"{above} of {len(rows)} intervals above 0"
        )
    return _show(lines)


def planted(sharpe: int, seeds: int | None) -> str:
    """10 markets with an edge whose cost-free oracle has an annual Sharpe ratio of `sharpe`."""
    rows = [
        judge_market(("data=planted", f"data.oracle_sharpe={sharpe}", f"data.seed={seed}", "data.bars=300000"))
        for seed in range(1, (seeds or 10) + 1)
    ]
    lines = market_table(f"planted edge, oracle Sharpe {sharpe}", rows)
    for name, choose in (("zero cost", lambda row: row.free), ("with costs", lambda row: row.paid)):
        above = sum(_low(choose(row)) > 0 for row in rows)
        mean = np.mean([choose(row).judged.figures.expectancy_r or 0.0 for row in rows])
        lines.append(f"- {name}: {above} of {len(rows)} expectancy intervals above 0, mean expectancy {mean:+.4f} R")
    return _show(lines)


def judge_market(overrides: Sequence[str]) -> Row:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        paths = (f"paths.data={scratch}/data", f"paths.train={scratch}/train", f"paths.looks={scratch}/looks.jsonl")
        config = compose_config(CONF, [*SETTINGS, *overrides, *paths])
        prepared = prepare(config)
        bundle = train_signal_stage(config, prepared, None, lambda _text, _share: None)
        free = evaluate(without_costs(config), prepared, bundle)
        paid = evaluate(config, prepared, bundle)
    seed = config.data.seed
    assert seed is not None
    row = Row(seed, free, paid, bundle.signal.no_skill_found, time.monotonic() - started)
    print(f"seed {seed}: {_line(row)}", flush=True)
    return row


def without_costs(config: Config) -> Config:
    """The same at no spread and no commission."""
    execution = replace(config.execution, spread_factor=0.0)
    return replace(config, broker=replace(config.broker, commission_per_lot=0.0), execution=execution)


def _low(evaluation: Evaluation) -> float:
    interval = evaluation.judged.figures.expectancy_r_interval
    return interval.low if interval is not None else float("-inf")


def _line(row: Row) -> str:
    cells = []
    for evaluation in (row.free, row.paid):
        figures = evaluation.judged.figures
        low, high = figures.expectancy_r_interval or (float("nan"), float("nan"))
        cells += [str(figures.trades), f"{figures.expectancy_r or 0.0:+.4f}", f"{low:+.4f} .. {high:+.4f}"]
    return " | ".join([*cells, "none" if row.no_skill else "found", f"{row.seconds:.0f}"])


def market_table(title: str, rows: Sequence[Row]) -> list[str]:
    judged = ("trades", "expectancy R", "95 % interval")
    columns = ["seed", *(f"{name}, free" for name in judged), *(f"{name}, costs" for name in judged), "skill", "s"]
    return [
        f"## {title}",
        "",
        "| " + " | ".join(columns) + " |",
        "|" + "---|" * len(columns),
        *(f"| {row.seed} | {_line(row)} |" for row in rows),
        "",
    ]


def _show(lines: Sequence[str]) -> str:
    text = "\n".join([*lines, "", "Settings: `" + " ".join(SETTINGS) + "`", ""])
    print(text)
    return text
