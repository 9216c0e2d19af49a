"""`windows=walk_forward` with `mode=backtest` or `mode=run`: trained for every fold, judged on the bars that follow."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from novosky.backtest.costs_block import broker_block
from novosky.backtest.looking import record_folds
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result import SCHEMA_VERSION, skill_sentence, write_json
from novosky.backtest.trades_file import UTC_MS, trades_frame, write_rows
from novosky.backtest.training import OpenProgress
from novosky.backtest.walk_forward import Fold, WalkForward, walk_forward
from novosky.config.schema import Config
from novosky.market.bars import utc_text
from novosky.modes.blocks import data_block, fingerprints_block, settings_block, volatile_block, warnings_of
from novosky.modes.model_blocks import models_block
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import Report, near, progress, say, show_columns, show_table


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    prepared = prepare(config)
    done = walk_forward(config, prepared, run_dir / "models", _progress_of(config.windows.folds))
    names = "".join(fold.bundle.name for fold in done.folds)
    models = hashlib.sha256(names.encode()).hexdigest()
    looks = record_folds(config, prepared, [fold.evaluation for fold in done.folds], models, started)
    result = _result(config, prepared, done)
    result["volatile"] = volatile_block(started, looks=looks.distinct, looks_unreadable=looks.unreadable)
    bars = prepared.bars
    write_rows(run_dir / "trades.csv", trades_frame(done.trades, bars.time_ms, bars.timeframe_ms, config.broker.digits))
    write_rows(run_dir / "equity.csv", _equity_frame(done))
    write_json(run_dir / "result.json", result)
    _show(result, run_dir)
    return ModeResult(objective=done.figures.expectancy_r)


def _progress_of(folds: int) -> Any:
    def of_fold(k: int) -> OpenProgress:
        @contextmanager
        def of_stage(stage: str) -> Iterator[Report]:
            with progress(f"fold {k} of {folds}: {stage}") as report:
                yield report

        return of_stage

    return of_fold


def _equity_frame(done: WalkForward) -> pl.DataFrame:
    frame = pl.DataFrame({"bar_time": done.time_ms, "equity": done.equity})
    return frame.with_columns(pl.col("bar_time").cast(UTC_MS), pl.col("equity").round(2))


def _result(config: Config, prepared: Prepared, done: WalkForward) -> dict[str, Any]:
    figures, balance = done.figures._asdict(), config.account.balance
    for name in ("profit_factor_interval", "expectancy_r_interval"):
        figures[name] = None if figures[name] is None else list(figures[name])
    warnings = warnings_of(config, prepared, None)
    seen = [str(k) for k, fold in enumerate(done.folds, start=1) if fold.seen_by_settings]
    if seen:
        warnings.append(
            f"fold {', '.join(seen)}: settings have seen these bars (windows.chosen_until="
            f"{config.windows.chosen_until}); they are left out of the first sentence and of the figures over all folds"
        )
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": config.mode,
        "summary": skill_sentence(done.figures, config.score.interval),
        "data": data_block(config, prepared),
        "walk_forward": {
            "interval": config.score.interval,
            **figures,
            "return_pct": 100.0 * (float(done.equity[-1]) / balance - 1.0),
            "max_drawdown_pct": 100.0 * done.max_drawdown,
            "sharpe_annual": done.sharpe,
            "folds": [_fold_row(prepared, fold) for fold in done.folds],
        },
        "broker": broker_block(config),
        "settings": settings_block(config),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings,
    }


def _fold_row(prepared: Prepared, fold: Fold) -> dict[str, Any]:
    judged, stages = fold.evaluation.judged, models_block(fold.bundle)
    time_ms, window = prepared.bars.time_ms, judged.window
    interval = judged.figures.expectancy_r_interval
    return {
        "from": utc_text(int(time_ms[window.start])),
        "to": utc_text(int(time_ms[window.stop - 1])),
        "models": fold.bundle.name,
        "no_skill_found": [stage for stage, block in stages.items() if block["no_skill_found"]],
        "settings_have_seen": fold.seen_by_settings,
        "trades": judged.figures.trades,
        "expectancy_r": judged.figures.expectancy_r,
        "expectancy_r_interval": None if interval is None else list(interval),
        "return_pct": 100.0 * (float(judged.simulation.equity[-1]) / fold.evaluation.start_balance - 1.0),
        "max_drawdown_pct": 100.0 * judged.max_drawdown,
        "reference_score": judged.reference.value,
        "buy_and_hold_pct": 100.0 * judged.buy_and_hold.return_fraction,
    }


def _show(result: dict[str, Any], run_dir: Path) -> None:
    whole, looks = result["walk_forward"], result["volatile"]["looks"]
    low, high = whole["expectancy_r_interval"] or (float("nan"), float("nan"))
    earned = (
        "none"
        if whole["expectancy_r"] is None
        else f"{whole['expectancy_r']:+.3f} R a trade ({low:+.3f} .. {high:+.3f})"
    )
    say(result["summary"])
    show_table(
        f"{result['data']['symbol']} {result['data']['timeframe']}, {result['settings']['broker']}, walk-forward",
        [
            ("folds", f"{len(whole['folds'])}, {whole['folds'][0]['from']} .. {whole['folds'][-1]['to']}"),
            ("looks", f"{looks} configuration{'s' if looks != 1 else ''} judged on these bars here, this one included"),
            ("trades", str(whole["trades"])),
            ("expectancy", earned),
            ("return", f"{whole['return_pct']:+.2f} %"),
            ("max drawdown", f"{whole['max_drawdown_pct']:.2f} %"),
            ("Sharpe", "none" if whole["sharpe_annual"] is None else f"{whole['sharpe_annual']:.2f} a year, daily"),
        ],
    )
    show_columns(
        ("fold", "from", "to", "trades", "R a trade", "bounds", "return %", "score", "hold %"),
        [_screen_row(k, row) for k, row in enumerate(whole["folds"], start=1)],
    )
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"result: {near(run_dir)}")


def _screen_row(k: int, row: dict[str, Any]) -> tuple[str, ...]:
    interval = row["expectancy_r_interval"]
    return (
        f"{k}*" if row["settings_have_seen"] else str(k),
        row["from"][:10],
        row["to"][:10],
        str(row["trades"]),
        "none" if row["expectancy_r"] is None else f"{row['expectancy_r']:+.3f}",
        "none" if interval is None else f"{interval[0]:+.2f} .. {interval[1]:+.2f}",
        f"{row['return_pct']:+.1f}",
        f"{row['reference_score']:.2f}",
        f"{row['buy_and_hold_pct']:+.1f}",
    )
