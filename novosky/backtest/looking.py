"""Judging is looking: each evaluation is written to the looks ledger, and so are the stages switched off in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from novosky.backtest.evaluate import Evaluation, evaluate
from novosky.backtest.judge import Judged
from novosky.backtest.prepare import Prepared, underlying
from novosky.backtest.significance import Course, course_of
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.evaluation.bootstrap import bounds_of
from novosky.evaluation.looks import Look, merge_ledgers, record_look
from novosky.evaluation.windows import Window
from novosky.market.finer import finer_hash
from novosky.models.bundle.bundle import Bundle

LATER_STAGES = ("position", "sltp", "risk")


def record(
    config: Config, prepared: Prepared, bundle: Bundle, evaluation: Evaluation, started: float, against: str = ""
) -> Look:
    """Append this look and give it; `started` in seconds of the epoch, `against` what a gate compares it with."""
    judged = evaluation.judged
    course = course_of(judged, prepared.bars.time_ms, evaluation.start_balance, prepared.days_per_year)
    look = look_at(config, prepared, judged.window, bundle.name, judged.reference.value, course)._replace(
        against=against
    )
    return _append(config, look, started)


def record_replay(config: Config, prepared: Prepared, window: Window, bundle: Bundle, started: float) -> Look:
    """Append a look at a window that is about to be traded on paper; it has no score, and counts like any other."""
    return _append(config, look_at(config, prepared, window, bundle.name), started)


def record_folds(
    config: Config, prepared: Prepared, folds: Sequence[Evaluation], models: str, course: Course, started: float
) -> Look:
    """Append one look at all that the folds judged, `course` being their account, and give it."""
    window = Window("walk_forward", folds[0].judged.window.start, folds[-1].judged.window.stop)
    score = min(fold.judged.reference.value for fold in folds)
    return _append(config, look_at(config, prepared, window, models, score, course), started)


def look_at(
    config: Config, prepared: Prepared, window: Window, models: str, score: float = 0.0, course: Course | None = None
) -> Look:
    """What the ledger would say of these settings and models on a window; it counts until the last bar's close.

    Its `name` is known before anything is judged.
    """
    bars, shape = prepared.bars, None if course is None else course.shape()
    return Look(
        underlying=underlying(config),
        window=window.name,
        from_ms=int(bars.time_ms[window.start]),
        to_ms=int(bars.time_ms[window.stop - 1]) + bars.timeframe_ms - 1,
        configuration=_configuration(config, prepared),
        models=models,
        mode=config.mode,
        score=score,
        sharpe=None if shape is None else shape.sharpe,
    )


def _append(config: Config, look: Look, started: float) -> Look:
    """Another checkout's looks first, where one is named."""
    ledger = Path(config.paths.looks)
    if config.paths.other_looks is not None:
        merge_ledgers(ledger, Path(config.paths.other_looks))
    record_look(ledger, look, int(started * 1000))
    return look


def _configuration(config: Config, prepared: Prepared) -> str:
    """What decides the result: the settings, and the content of the finer bars where they are read."""
    inside = finer_hash(prepared.finer)
    return fingerprint(config).whole + ("" if inside is None else f":{inside[:16]}")


def judge_in_turn(
    config: Config, prepared: Prepared, bundle: Bundle, whole: Evaluation, started: float
) -> list[dict[str, Any]]:
    """The window judged with all stages, with each later stage switched off, and by the signal alone.

    Every row but the first, which is `whole`, is a look of its own.
    """
    there = [name for name in LATER_STAGES if getattr(bundle, name) is not None]
    rows = [{"stages": "all stages", **row_of(whole)}]
    cases = [(f"without {name}", [name]) for name in there]
    if len(there) > 1:
        cases.append(("signal alone", there))
    for title, off in cases:
        less = without_stages(config, off)
        smaller = bundle.without(off)
        evaluation = evaluate(less, prepared, smaller)
        record(less, prepared, smaller, evaluation, started)
        rows.append({"stages": title, **row_of(evaluation)})
    return rows


def without_stages(config: Config, off: Sequence[str]) -> Config:
    """The configuration with these stages switched off."""
    stages = {name: replace(getattr(config.stage, name), enabled=False) for name in off}
    return replace(config, stage=replace(config.stage, **stages))


def row_of(evaluation: Evaluation) -> dict[str, Any]:
    """The figures by which rows of a comparison are set beside each other, JSON-ready."""
    return row_of_judged(evaluation.judged, evaluation.start_balance)


def row_of_judged(judged: Judged, start_balance: float) -> dict[str, Any]:
    """The same of a judged window."""
    figures = judged.figures
    return {
        "trades": figures.trades,
        "expectancy_r": figures.expectancy_r,
        "expectancy_r_interval": bounds_of(figures.expectancy_r_interval),
        "return_pct": 100.0 * (float(judged.simulation.equity[-1]) / start_balance - 1.0),
        "max_drawdown_pct": 100.0 * judged.max_drawdown,
        "reference_score": judged.reference.value,
    }
