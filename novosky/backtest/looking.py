"""Judging is looking: each evaluation is written to the looks ledger, and so are the stages switched off in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from novosky.backtest.evaluate import Evaluation, evaluate
from novosky.backtest.prepare import Prepared, underlying
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.evaluation.looks import Look, Looks, count_looks, record_look
from novosky.market.finer import finer_hash
from novosky.models.bundle.bundle import Bundle

LATER_STAGES = ("position", "sltp", "risk")


def record(config: Config, prepared: Prepared, bundle: Bundle, evaluation: Evaluation, started: float) -> None:
    """Append this look; `started` in seconds of the epoch."""
    first, last = _span_ms(prepared, evaluation)
    look = Look(
        underlying=underlying(config),
        window=evaluation.judged.window.name,
        from_ms=first,
        to_ms=last,
        configuration=_configuration(config, prepared),
        models=bundle.name,
        mode=config.mode,
        score=evaluation.judged.reference.value,
    )
    record_look(Path(config.paths.looks), look, int(started * 1000))


def record_folds(config: Config, prepared: Prepared, folds: Sequence[Evaluation], models: str, started: float) -> Looks:
    """Append one look at all that the folds judged; how many configurations have been judged there."""
    first, last = folds[0].judged.window.start, folds[-1].judged.window.stop - 1
    from_ms, to_ms = int(prepared.bars.time_ms[first]), int(prepared.bars.time_ms[last])
    look = Look(
        underlying=underlying(config),
        window="walk_forward",
        from_ms=from_ms,
        to_ms=to_ms,
        configuration=_configuration(config, prepared),
        models=models,
        mode=config.mode,
        score=min(fold.judged.reference.value for fold in folds),
    )
    record_look(Path(config.paths.looks), look, int(started * 1000))
    return count_looks(Path(config.paths.looks), underlying(config), from_ms, to_ms)


def _configuration(config: Config, prepared: Prepared) -> str:
    """What decides the result: the settings, and the content of the finer bars where they are read."""
    inside = finer_hash(prepared.finer)
    return fingerprint(config).whole + ("" if inside is None else f":{inside[:16]}")


def looks_so_far(config: Config, prepared: Prepared, evaluation: Evaluation) -> Looks:
    """How many distinct configurations have been judged on the bars of this evaluation."""
    return count_looks(Path(config.paths.looks), underlying(config), *_span_ms(prepared, evaluation))


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
    judged = evaluation.judged
    figures = judged.figures
    return {
        "trades": figures.trades,
        "expectancy_r": figures.expectancy_r,
        "expectancy_r_interval": None if figures.expectancy_r_interval is None else list(figures.expectancy_r_interval),
        "return_pct": 100.0 * (float(judged.simulation.equity[-1]) / evaluation.start_balance - 1.0),
        "max_drawdown_pct": 100.0 * judged.max_drawdown,
        "reference_score": judged.reference.value,
    }


def _span_ms(prepared: Prepared, evaluation: Evaluation) -> tuple[int, int]:
    window = evaluation.judged.window
    return int(prepared.bars.time_ms[window.start]), int(prepared.bars.time_ms[window.stop - 1])
