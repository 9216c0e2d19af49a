"""`windows=walk_forward` with `mode=backtest` or `mode=run`: trained for every fold, judged on the bars that follow."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from novosky.backtest.costs_block import broker_block
from novosky.backtest.evidence import write_fold_evidence
from novosky.backtest.knowledge import voter_block
from novosky.backtest.looking import record_folds
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result import figures_block, skill_sentence
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.backtest.significance import significance_block
from novosky.backtest.standing import standing_block
from novosky.backtest.trades_file import equity_frame, trades_frame, write_rows
from novosky.backtest.training import OpenProgress
from novosky.backtest.walk_forward import Fold, WalkForward, walk_forward
from novosky.config.schema import Config
from novosky.evaluation.bootstrap import bounds_of
from novosky.market.bars import utc_text
from novosky.modes.blocks import data_block, fingerprints_block, settings_block, warnings_of
from novosky.modes.model_blocks import models_block
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import Report, progress
from novosky.modes.tracked import track_backtest
from novosky.modes.volatile import volatile_block
from novosky.modes.walk_forward_screen import show_walk_forward


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    prepared = prepare(config)
    done = walk_forward(config, prepared, run_dir / "models", _progress_of(config.windows.folds))
    names = "".join(fold.bundle.name for fold in done.folds)
    models = hashlib.sha256(names.encode()).hexdigest()
    look = record_folds(config, prepared, [fold.evaluation for fold in done.folds], models, done.course, started)
    result = _result(config, prepared, done)
    result["volatile"] = volatile_block(started, **standing_block(config, look, done.unseen))
    bars = prepared.bars
    course, digits = done.course, config.broker.digits
    write_rows(run_dir / "trades.csv", trades_frame(course.trades, bars.time_ms, bars.timeframe_ms, digits))
    write_rows(run_dir / "equity.csv", equity_frame(course.equity, course.time_ms))
    write_fold_evidence(run_dir, bars, [fold.bundle for fold in done.folds])
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.walk_forward_page import write_walk_forward

        write_walk_forward(run_dir / "report.html", result, done, bars)
    track_backtest(config, result, run_dir, None)
    show_walk_forward(result, run_dir)
    return ModeResult(objective=done.figures.expectancy_r)


def _progress_of(folds: int) -> Any:
    def of_fold(k: int) -> OpenProgress:
        @contextmanager
        def of_stage(stage: str) -> Iterator[Report]:
            with progress(f"fold {k} of {folds}: {stage}") as report:
                yield report

        return of_stage

    return of_fold


def _result(config: Config, prepared: Prepared, done: WalkForward) -> dict[str, Any]:
    unseen = done.unseen
    warnings = warnings_of(config, prepared, None)
    seen = [str(k) for k, fold in enumerate(done.folds, start=1) if fold.seen_by_settings]
    if seen:
        warnings.append(
            f"fold {', '.join(seen)}: settings have seen these bars (windows.chosen_until="
            f"{config.windows.chosen_until}); they are left out of the first sentence and of the figures over all folds"
        )
    warnings += _without_skill(done)
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": config.mode,
        "summary": skill_sentence(done.figures, config.score.interval, done.vote),
        "data": data_block(config, prepared),
        "walk_forward": {
            "interval": config.score.interval,
            **figures_block(done.figures),
            "vote": None if done.vote is None else voter_block(done.vote),
            "return_pct": 100.0 * (float(unseen.equity[-1]) / unseen.start_balance - 1.0)
            if len(unseen.equity)
            else None,
            "max_drawdown_pct": 100.0 * done.max_drawdown,
            "sharpe_annual": done.sharpe,
            "buy_and_hold": None
            if done.buy_and_hold is None
            else {
                "return_pct": 100.0 * done.buy_and_hold.return_fraction,
                "max_drawdown_pct": 100.0 * done.buy_and_hold.max_drawdown,
            },
            "sides": {"BUY": int((unseen.trades["side"] > 0).sum()), "SELL": int((unseen.trades["side"] < 0).sum())},
            "folds": [_fold_row(prepared, fold) for fold in done.folds],
        },
        "significance": significance_block(unseen, config),
        "broker": broker_block(config),
        "settings": settings_block(config),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings,
    }


def _without_skill(done: WalkForward) -> list[str]:
    """Each stage, with the folds in which it did not beat its naive baseline out of fold."""
    blocks = [models_block(fold.bundle) for fold in done.folds]
    found = []
    for stage in blocks[0]:
        folds = [str(k) for k, block in enumerate(blocks, start=1) if block[stage]["no_skill_found"]]
        if folds:
            found.append(f"{stage} stage, no skill found in fold {', '.join(folds)}: it decides there all the same")
    return found


def _fold_row(prepared: Prepared, fold: Fold) -> dict[str, Any]:
    judged, stages = fold.evaluation.judged, models_block(fold.bundle)
    time_ms, window = prepared.bars.time_ms, judged.window
    return {
        "trained_until": utc_text(max(fold.bundle.train_ends_ms.values())),
        "from": utc_text(int(time_ms[window.start])),
        "to": utc_text(int(time_ms[window.stop - 1])),
        "models": fold.bundle.name,
        "manifests": {stage: block["manifest_hash"] for stage, block in stages.items()},
        "mean_multiplier": stages.get("risk", {}).get("mean_multiplier", 1.0),
        "no_skill_found": [stage for stage, block in stages.items() if block["no_skill_found"]],
        "settings_have_seen": fold.seen_by_settings,
        "trades": judged.figures.trades,
        "expectancy_r": judged.figures.expectancy_r,
        "expectancy_r_interval": bounds_of(judged.figures.expectancy_r_interval),
        "return_pct": 100.0 * (float(judged.simulation.equity[-1]) / fold.evaluation.start_balance - 1.0),
        "max_drawdown_pct": 100.0 * judged.max_drawdown,
        "reference_score": judged.reference.value,
        "buy_and_hold_pct": 100.0 * judged.buy_and_hold.return_fraction,
    }
