"""`mode=backtest`: the working set, or another, on one window."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from novosky.backtest.chosen_until import seen_warnings
from novosky.backtest.cost_cases import CostCases, cost_cases
from novosky.backtest.cost_table import judge_costs_in_turn
from novosky.backtest.costs_block import broker_block
from novosky.backtest.evaluate import Evaluation, evaluate, refuse_closed
from novosky.backtest.evidence import write_evidence
from novosky.backtest.figures_folder import write_figures
from novosky.backtest.ground import meaning
from novosky.backtest.knowledge import VOTE, voter_block
from novosky.backtest.looking import judge_in_turn, record
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result import judged_block, skill_sentence, wishes_block
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.backtest.significance import Course, course_of, reference_interval, significance_block
from novosky.backtest.standing import standing_block
from novosky.backtest.trades_file import deals_frame, equity_frame, trades_frame, write_rows
from novosky.config.registry import load_brokers
from novosky.config.schema import Config
from novosky.evaluation.metrics import MS_PER_DAY
from novosky.execution.codes import TOTAL_HALT
from novosky.features.build import feature_hash
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings
from novosky.models.revision.places import revision_places
from novosky.models.revision.promoted import PROMOTED, check_settings_promoted, models_root, promoted
from novosky.modes.blocks import data_block, fingerprints_block, settings_block, warnings_of, windows_block
from novosky.modes.model_blocks import models_block
from novosky.modes.outcome import ModeResult
from novosky.modes.result_table import show_result
from novosky.modes.tracked import track_backtest
from novosky.modes.volatile import volatile_block

if TYPE_CHECKING:
    from novosky.backtest.original_order import OriginalOrder


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    refuse_closed(config)
    root, revision = judged_set(config)
    prepared = prepare(config)
    names = prepared.features.names
    bundle = load_bundle(root, enabled_stages(config.stage), names, feature_hash(names))
    for facts in bundle.facts.values():
        check_settings(facts, meaning(config))
    return backtest(config, prepared, bundle, run_dir, started, root, revision)


def backtest(
    config: Config,
    prepared: Prepared,
    bundle: Bundle,
    run_dir: Path,
    started: float,
    root: Path,
    revision: str | None = None,
) -> ModeResult:
    """Judge the window, record the look, write and show the result."""
    asked = cost_cases(config, load_brokers()) if config.compare_costs else None
    original = _original_order(config, bundle, root)
    bundle = bundle if original is None else original.bundle
    evaluation = evaluate(config, prepared, bundle)
    look = record(config, prepared, bundle, evaluation, started)
    course = course_of(evaluation.judged, prepared.bars.time_ms, config.account.balance, prepared.days_per_year)
    result = _result(config, prepared, bundle, evaluation, course)
    if original is not None:
        result["load_order"] = original.block(config, prepared, evaluation.judged.window)
        result["warnings"] += original.warnings(result["load_order"])
    if config.compare_stages:
        result["stages_in_turn"] = judge_in_turn(config, prepared, bundle, evaluation, started)
    if asked is not None:
        result["costs_in_turn"] = judge_costs_in_turn(config, prepared, bundle, evaluation, asked, started)
        result["warnings"] += _left_out(asked)
    result["volatile"] = volatile_block(started, revision=revision, **standing_block(config, look, course))
    window, bars, simulation = evaluation.judged.window, prepared.bars, evaluation.judged.simulation
    digits = config.broker.digits
    write_rows(run_dir / "trades.csv", trades_frame(simulation.trades, bars.time_ms, bars.timeframe_ms, digits))
    write_rows(run_dir / "deals.csv", deals_frame(simulation.deals, bars.time_ms, digits))
    write_rows(run_dir / "equity.csv", equity_frame(simulation.equity, bars.time_ms[window.start : window.stop]))
    write_evidence(run_dir, bars, root, bundle)
    write_json(run_dir / "result.json", result)
    if config.paths.evaluate is not None:
        write_figures(Path(config.paths.evaluate), result, evaluation, bars)
    if config.report.html:
        from novosky.report.page import ReportData, write_report

        write_report(
            run_dir / "report.html",
            ReportData(
                result=result,
                bars=bars,
                window=window,
                trades=simulation.trades,
                equity=simulation.equity,
                start_balance=config.account.balance,
                reliability={name: voter.curves for name, voter in evaluation.voters.items()},
                price_bars=config.report.price_bars,
                digits=digits,
            ),
        )
    track_backtest(config, result, run_dir, bundle)
    show_result(result, run_dir)
    return ModeResult(objective=evaluation.judged.reference.value)


def judged_set(config: Config) -> tuple[Path, str | None]:
    """The folder of the set, verified where it is the promoted one, and then the tag of its revision.

    `holdout` is opened only with the settings that were promoted: raises WindowError for others.
    """
    if config.models != PROMOTED:
        return models_root(config), None
    places = revision_places(config)
    record = promoted(places)
    if config.window == "holdout":
        check_settings_promoted(config, record)
    return places.folder(record.tag), record.tag


def _left_out(asked: CostCases) -> list[str]:
    return [f"compare_costs: broker {name} is left out: {reason}" for name, reason in asked.left_out.items()]


def _original_order(config: Config, bundle: Bundle, root: Path) -> OriginalOrder | None:
    """Imported when asked for alone: it can unpickle, and what trades never does."""
    if config.load_order == "compiled":
        return None
    from novosky.backtest.original_order import original_order

    return original_order(bundle, root, config.threads)


def _result(
    config: Config, prepared: Prepared, bundle: Bundle, evaluation: Evaluation, course: Course
) -> dict[str, Any]:
    judged, time_ms = evaluation.judged, prepared.bars.time_ms
    window = judged.window
    warnings = warnings_of(config, prepared, bundle)
    if window.name == "train_oof":
        warnings.append("out-of-fold predictions inside train: settings chosen by looking here have seen these bars")
    warnings += seen_warnings(config, prepared, window)
    halted = np.flatnonzero(judged.simulation.verdicts == TOTAL_HALT)
    if len(halted):
        when = utc_text(int(time_ms[window.start + halted[0]]))
        warnings.append(
            f"the total loss limit of {config.profile.total_loss_pct:g} % stopped trading for good at {when}: the rest "
            "of the window was not traded"
        )
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": config.mode,
        "summary": skill_sentence(judged.figures, config.score.interval, evaluation.voters.get(VOTE)),
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "window": {
            "name": window.name,
            "bars": window.stop - window.start,
            "from": utc_text(int(time_ms[window.start])),
            "to": utc_text(int(time_ms[window.stop - 1])),
            "days": round((int(time_ms[window.stop - 1]) - int(time_ms[window.start])) / MS_PER_DAY, 1),
        },
        "judged": judged_block(judged, config),
        "significance": {
            **significance_block(course, config),
            "reference_score_interval": reference_interval(course, judged, config),
        },
        "broker": broker_block(config),
        "position_wishes": wishes_block(evaluation.wishes),
        "confidence_threshold": evaluation.threshold,
        "models": models_block(bundle),
        "voters_on_window": {name: voter_block(voter) for name, voter in evaluation.voters.items()},
        "confidence_buckets": evaluation.confidence,
        "settings": settings_block(config),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings,
    }
