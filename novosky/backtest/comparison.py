"""Recorded runs side by side: content of the comparison's `result.json`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import polars as pl

from novosky.backtest.causes import differing_keys
from novosky.backtest.common_bars import Common, JudgedRun, daily_r, trades_inside
from novosky.evaluation.better import probability_better
from novosky.market.bars import utc_text

NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLEAR = 0.95  # probability from which one run is called better
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
    "interval",
)


def compare_runs(runs: Sequence[JudgedRun], common: Common, seed: int) -> dict[str, Any]:
    """Who they are, what each gave on its own window and on the common bars, pair by pair who is better, and why."""
    pairs = [_pair(a, b, common, seed) for a, b in combinations(runs, 2)]
    return {
        "summary": summary(pairs, len(common.days)),
        "common": {
            "from": utc_text(common.from_ms),
            "to": utc_text(common.to_ms),
            "days": len(common.days),
            "same_window": all(_span(run) == _span(runs[0]) for run in runs),
        },
        "runs": {run.name: _run(run, common) for run in runs},
        "pairs": pairs,
        "configuration": {run.name: _differences(runs[0], run) for run in runs[1:]},
        "trades": _trades(runs, common),
    }


def summary(pairs: Sequence[dict[str, Any]], days: int) -> str:
    """Is one better? A sentence a pair."""
    said = []
    for pair in pairs:
        a, b, p = pair["a"], pair["b"], pair["probability_a_better"]
        better, worse, odds = (a, b, p) if p >= 0.5 else (b, a, 1.0 - p)
        if pair["equal_days"]:
            said.append(f"{a} and {b} earned the same R on every one of {days} days.")
        elif odds >= CLEAR:
            said.append(f"{better} is better than {worse}: probability {odds:.1%} on the {days} days that both judged.")
        else:
            said.append(
                f"No clear difference: {better} is better than {worse} with probability {odds:.1%} on {days} days."
            )
    return " ".join(said)


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
    judged, daily = result["judged"], daily_r(run, common)
    return {
        "folder": str(run.run.folder),
        "mode": result["mode"],
        "window": result["window"],
        "looks": result["volatile"].get("looks"),
        "warnings": result["warnings"],
        "judged": {name: judged[name] for name in JUDGED} | {"reference_score": judged["reference"]["value"]},
        "on_common": {
            "trades": len(trades_inside(run, common)),
            "total_r": float(daily.sum()),
            "mean_daily_r": float(daily.mean()),
        },
        "models": {stage: block["manifest_hash"] for stage, block in result["models"].items()},
    }


def _pair(a: JudgedRun, b: JudgedRun, common: Common, seed: int) -> dict[str, Any]:
    left, right = daily_r(a, common), daily_r(b, common)
    return {
        "a": a.name,
        "b": b.name,
        "mean_daily_r_difference": float((left - right).mean()),
        "probability_a_better": probability_better(left, right, seed),
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
