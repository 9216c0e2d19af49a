"""Recorded runs side by side: content of the comparison's `result.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import isfinite
from typing import Any

import numpy as np
import polars as pl

from novosky.backtest.best_of_many import MIN_DAYS, best_of_many
from novosky.backtest.causes import differing_keys
from novosky.backtest.common_bars import Common, daily_r, trades_inside
from novosky.backtest.judged_run import JudgedRun, figures_of, models_of, window_of
from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.metrics import expectancy_interval
from novosky.evaluation.paired import paired
from novosky.execution.records import Floats
from novosky.market.bars import utc_text

NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FEW = 4  # runs of which every pair has its sentence
CLEAR = 0.95  # probability from which one run is called better, where the test's p is at most the rest
JUDGED = (
    "trades",
    "win_rate",
    "profit_factor",
    "profit_factor_interval",
    "expectancy_r",
    "expectancy_r_interval",
    "sized_expectancy_r",
    "sized_expectancy_r_interval",
    "return_pct",
    "max_drawdown_pct",
    "sharpe_annual",
    "reference_score",
    "interval",
)


def compare_runs(runs: Sequence[JudgedRun], common: Common, scoring: ScoreConfig, seed: int) -> dict[str, Any]:
    """Who they are, what each gave on its own window and on the common bars, pair by pair who is better, and why."""
    daily = {run.name: daily_r(run, common) for run in runs}
    pairs = [_pair(a, b, daily, scoring, seed) for a, b in combinations(daily, 2)]
    best = best_of_many([*daily], np.stack([*daily.values()], axis=1), scoring.bootstrap_samples, seed)
    return {
        "summary": summary(pairs, len(common.days)) if len(runs) <= FEW else summary_of_many(pairs, best),
        "common": {
            "from": utc_text(common.from_ms),
            "to": utc_text(common.to_ms),
            "days": len(common.days),
            "same_window": all(_span(run) == _span(runs[0]) for run in runs),
        },
        "runs": {run.name: _run(run, common) for run in runs},
        "pairs": pairs,
        "best_of_many": best,
        "configuration": {run.name: _differences(runs[0], run) for run in runs[1:]},
        "trades": _trades(runs, common),
    }


def summary(pairs: Sequence[Mapping[str, Any]], days: int) -> str:
    """Is one better? A sentence a pair."""
    return " ".join(_answer(pair, days) for pair in pairs)


def summary_of_many(pairs: Sequence[Mapping[str, Any]], best: Mapping[str, Any]) -> str:
    """Which earned most, against how many of the others that is clear, and whether it is better than nothing."""
    name, days, others = best["best"], best["days"], best["runs"] - 1
    if name is None:
        return f"Which of {best['runs']} runs is best cannot be said on {days} days: at least {MIN_DAYS} are needed."
    same = [pair for pair in pairs if name in (pair["a"], pair["b"]) and pair["equal_days"]]
    beaten = sum(_is_clear(pair, name) for pair in pairs)
    over = f"clearly more than {beaten} of the {others} others" if beaten else "not clearly more than any other"
    twins = f"; {len(same)} earned the same on every day" if same else ""
    flat = "is better than flat" if best["spa_p"] <= 1.0 - CLEAR else "is not shown to be better than flat"
    return (
        f"{name} earned the most of {best['runs']} runs on {days} days, {over}{twins}. With all counted the best "
        f"{flat} (p {best['spa_p']:.3f})."
    )


def _is_clear(pair: Mapping[str, Any], name: str) -> bool:
    """Whether `name` is called better than the other of the pair."""
    if name not in (pair["a"], pair["b"]) or pair["equal_days"]:
        return False
    is_first = name == pair["a"]
    odds = pair["probability_a_better"] if is_first else 1.0 - pair["probability_a_better"]
    p = pair["p_a_better"] if is_first else pair["p_b_better"]
    return bool(odds >= CLEAR and p <= 1.0 - CLEAR)


def _answer(pair: Mapping[str, Any], days: int) -> str:
    a, b, odds = pair["a"], pair["b"], pair["probability_a_better"]
    if pair["equal_days"]:
        return f"{a} and {b} earned the same R on every one of {days} days."
    if days < MIN_DAYS:
        return f"Which of {a} and {b} is better cannot be said on so few days: {days}, at least {MIN_DAYS} are needed."
    better, worse, p = (a, b, pair["p_a_better"]) if odds >= 0.5 else (b, a, pair["p_b_better"])
    odds = max(odds, 1.0 - odds)
    if odds >= CLEAR and p <= 1.0 - CLEAR:
        return f"{better} is better than {worse}: probability {odds:.1%} on the {days} days that both judged."
    return f"No clear difference: {better} is better than {worse} with probability {odds:.1%} on {days} days."


def only_one_took(runs: Sequence[JudgedRun], common: Common) -> dict[str, pl.DataFrame]:
    """Trades on the common bars that no other run opened at the same time on the same side, by run."""
    taken = {run.name: trades_inside(run, common) for run in runs}
    alone = {}
    for run in runs:
        others = pl.concat([taken[other.name].select("entry_time", "side") for other in runs if other is not run])
        alone[run.name] = taken[run.name].join(others, on=["entry_time", "side"], how="anti", maintain_order="left")
    return alone


def _span(run: JudgedRun) -> tuple[int, int]:
    return int(run.time_ms[0]), int(run.time_ms[-1])


def _run(run: JudgedRun, common: Common) -> dict[str, Any]:
    result = run.run.result
    figures, daily = figures_of(result), daily_r(run, common)
    return {
        "folder": str(run.run.folder),
        "mode": result["mode"],
        "window": window_of(run),
        "looks": result["volatile"].get("looks"),
        "warnings": result["warnings"],
        "judged": {name: figures.get(name) for name in JUDGED},
        "on_common": {
            "trades": len(trades_inside(run, common)),
            "total_r": float(daily.sum()),
            "mean_daily_r": float(daily.mean()),
        },
        "models": models_of(result),
    }


def _pair(a: str, b: str, daily: Mapping[str, Floats], scoring: ScoreConfig, seed: int) -> dict[str, Any]:
    """Both directions of the test: a p near 1 says nothing of the other side beyond that."""
    left, right = daily[a], daily[b]
    found, other = paired(left, right, seed), paired(right, left, seed)
    bounds = expectancy_interval(left - right, scoring.bootstrap_samples, scoring.interval, seed)
    return {
        "a": a,
        "b": b,
        "mean_daily_r_difference": found.mean_difference_r,
        "mean_daily_r_difference_interval": None if bounds is None else [x if isfinite(x) else None for x in bounds],
        "interval": scoring.interval,
        "z": found.z,
        "p_a_better": found.p,
        "p_b_better": other.p,
        "probability_a_better": found.probability,
        "equal_days": bool((left == right).all()),
    }


def _differences(first: JudgedRun, other: JudgedRun) -> dict[str, list[dict[str, Any]]]:
    """Part -> keys with the value of the first run and of the other."""
    parts = differing_keys(first.run.config, other.run.config)
    return {
        part: [{"key": key, first.name: then, other.name: now} for key, then, now in keys]
        for part, keys in parts.items()
    }


def _trades(runs: Sequence[JudgedRun], common: Common) -> dict[str, Any]:
    alone = only_one_took(runs, common)
    found = {
        name: {
            "trades": len(frame),
            "total_r": float((frame["r"] * frame["weight"]).sum()),
            "win_rate": _win_rate(frame),
        }
        for name, frame in alone.items()
    }
    keys = [trades_inside(run, common).select("entry_time", "side").unique() for run in runs]
    shared = keys[0]
    for other in keys[1:]:
        shared = shared.join(other, on=["entry_time", "side"], how="semi")
    return {"taken_by_all": len(shared), "only": found}


def _win_rate(frame: pl.DataFrame) -> float | None:
    return float((frame["net"] > 0).mean()) if len(frame) else None  # type: ignore[arg-type]
