"""A recorded run with the tables of what it judged: one window, or the folds of a walk-forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from novosky.backtest.causes import changed_setting
from novosky.backtest.recorded import RecordedRun
from novosky.errors import DataError
from novosky.evaluation.metrics import MS_PER_DAY
from novosky.market.bars import Floats, Ints, utc_text


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A recorded run with its tables; times in UTC epoch milliseconds.

    `trades` are those of trades.csv with `weight`, the risk stage's multiplier over its mean on trades of train (1
    without it); `equity` (n,) is marked to market at the closes of the bars that open at `time_ms` (n,).
    """

    name: str
    run: RecordedRun
    trades: pl.DataFrame
    time_ms: Ints
    equity: Floats


def read_judged(name: str, run: RecordedRun) -> JudgedRun:
    """The run with its tables. Raises DataError where one is missing."""
    for file in ("trades.csv", "equity.csv"):
        if not (run.folder / file).is_file():
            raise DataError(
                f"{run.folder}: {file} is missing; it is written by every run of this version: run it again"
            )
    equity = pl.read_csv(run.folder / "equity.csv", try_parse_dates=True, schema_overrides={"equity": pl.Float64})
    numbers = dict.fromkeys(("r", "risk_multiplier", "net"), pl.Float64)
    trades = pl.read_csv(run.folder / "trades.csv", schema_overrides=numbers, infer_schema_length=None)
    times = ("entry_time", "exit_bar_time")
    trades = trades.with_columns(
        pl.col(column).cast(pl.String).str.to_datetime("%Y-%m-%dT%H:%M:%SZ").dt.epoch("ms") for column in times
    )
    mean = _mean_multipliers(run.result, trades["entry_time"].to_numpy())
    trades = trades.with_columns((pl.col("risk_multiplier") / pl.Series(mean, dtype=pl.Float64)).alias("weight"))
    return JudgedRun(name, run, trades, equity["bar_time"].dt.epoch("ms").to_numpy(), equity["equity"].to_numpy())


def refuse_edited(run: JudgedRun) -> None:
    """Raises DataError where settings or trades in the folder are not those that gave the result."""
    folder, result = run.run.folder, run.run.result
    edited = changed_setting(run.run)
    if edited is not None:
        raise DataError(
            f"{folder}: config.json is not what gave result.json: {edited.where} was {edited.then}, found {edited.now}"
            "; restore it"
        )
    expected = trades_of(result)
    if len(run.trades) != expected:
        raise DataError(f"{folder}: expected {expected} trades in trades.csv, found {len(run.trades)}; restore it")


def trades_of(result: Mapping[str, Any]) -> int:
    """How many trades the run made, of a walk-forward in all folds."""
    folds = _folds(result)
    return sum(fold["trades"] for fold in folds) if folds else int(result["judged"]["trades"])


def figures_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of the run's own bars; of a walk-forward those over all folds that the settings have not seen."""
    if _folds(result):
        return {"reference_score": None, **result["walk_forward"]}
    return {**result["judged"], "reference_score": result["judged"]["reference"]["value"]}


def window_of(run: JudgedRun) -> dict[str, Any]:
    """Name, times and length of what was judged."""
    if not _folds(run.run.result):
        return dict(run.run.result["window"])
    first, last = int(run.time_ms[0]), int(run.time_ms[-1])
    return {
        "name": "walk_forward",
        "bars": len(run.time_ms),
        "from": utc_text(first),
        "to": utc_text(last),
        "days": round((last - first) / MS_PER_DAY, 1),
    }


def models_of(result: Mapping[str, Any]) -> dict[str, str]:
    """Manifest hash of each stage; of a walk-forward the name of each fold's set."""
    folds = _folds(result)
    if folds:
        return {f"fold_{k}": fold["models"] for k, fold in enumerate(folds, 1)}
    return {stage: block["manifest_hash"] for stage, block in result["models"].items()}


def _folds(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(result.get("walk_forward", {}).get("folds", ()))


def _mean_multipliers(result: Mapping[str, Any], entry_ms: Ints) -> Floats:
    """The risk stage's mean multiplier in the set that decided each trade, (n_trades,)."""
    folds = _folds(result)
    if folds:
        starts = [datetime.fromisoformat(fold["from"].replace(" UTC", "+00:00")).timestamp() * 1000 for fold in folds]
        means = np.array([fold["mean_multiplier"] for fold in folds])
        return np.asarray(means[np.searchsorted(starts, entry_ms, side="right") - 1])
    has_sizes = "risk" in result["models"] and result["window"]["name"] != "train_oof"
    return np.full(len(entry_ms), result["models"]["risk"]["mean_multiplier"] if has_sizes else 1.0)
