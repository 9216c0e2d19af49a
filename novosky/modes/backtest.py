"""`mode=backtest`: the working set, or another, on one window."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from novosky.backtest.evaluate import Evaluation, evaluate, refuse_closed
from novosky.backtest.prepare import Prepared, prepare, underlying
from novosky.backtest.result import SCHEMA_VERSION, judged_block, skill_sentence, write_json
from novosky.backtest.trades_file import trades_frame, write_trades
from novosky.backtest.training import meaning
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.evaluation.looks import Look, Looks, count_looks, record_look
from novosky.evaluation.metrics import MS_PER_DAY
from novosky.execution.codes import TOTAL_HALT
from novosky.features.build import feature_hash
from novosky.market.bars import utc_text
from novosky.models.manifest import check_settings, manifest_hash
from novosky.models.signal import SignalModel
from novosky.models.signal_folder import STAGE, load_signal
from novosky.modes.blocks import (
    data_block,
    fingerprints_block,
    settings_block,
    signal_block,
    volatile_block,
    warnings_of,
    windows_block,
)
from novosky.modes.outcome import ModeResult
from novosky.modes.result_table import show_result


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    refuse_closed(config.window)
    prepared = prepare(config)
    folder = Path(config.paths.train if config.models == "working" else config.models) / STAGE
    names = prepared.features.names
    model = load_signal(folder, names, feature_hash(names), config.threads)
    check_settings(model.facts, meaning(config))
    return backtest(config, prepared, model, manifest_hash(folder), run_dir, started)


def backtest(
    config: Config, prepared: Prepared, model: SignalModel, models_hash: str, run_dir: Path, started: float
) -> ModeResult:
    """Judge the window, record the look, write and show the result."""
    evaluation = evaluate(config, prepared, model)
    looks = _record(config, prepared, evaluation, models_hash, started)
    result = _result(config, prepared, model, models_hash, evaluation, started, looks)
    window, bars = evaluation.judged.window, prepared.bars
    trades = evaluation.judged.simulation.trades
    write_trades(run_dir / "trades.csv", trades_frame(trades, bars.time_ms, bars.timeframe_ms, config.broker.digits))
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.page import ReportData, write_report

        write_report(
            run_dir / "report.html",
            ReportData(
                result=result,
                bars=bars,
                window=window,
                trades=trades,
                equity=evaluation.judged.simulation.equity,
                start_balance=config.account.balance,
                reliability={name: voter.curves for name, voter in evaluation.voters.items()},
                price_bars=config.report.price_bars,
                digits=config.broker.digits,
            ),
        )
    show_result(result, run_dir)
    return ModeResult(objective=evaluation.judged.reference.value)


def _record(config: Config, prepared: Prepared, evaluation: Evaluation, models_hash: str, started: float) -> Looks:
    """Append this look; how many distinct configurations have now been judged on these bars."""
    window = evaluation.judged.window
    first, last = (int(prepared.bars.time_ms[i]) for i in (window.start, window.stop - 1))
    look = Look(
        underlying=underlying(config),
        window=window.name,
        from_ms=first,
        to_ms=last,
        configuration=fingerprint(config).whole,
        models=models_hash,
        mode=config.mode,
        score=evaluation.judged.reference.value,
    )
    ledger = Path(config.paths.looks)
    record_look(ledger, look, int(started * 1000))
    return count_looks(ledger, look.underlying, first, last)


def _result(
    config: Config,
    prepared: Prepared,
    model: SignalModel,
    models_hash: str,
    evaluation: Evaluation,
    started: float,
    looks: Looks,
) -> dict[str, Any]:
    judged, time_ms = evaluation.judged, prepared.bars.time_ms
    window = judged.window
    warnings = warnings_of(config, prepared, model)
    if window.name == "train_oof":
        warnings.append("out-of-fold predictions inside train: settings chosen by looking here have seen these bars")
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
        "summary": skill_sentence(judged, config.score.interval),
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
        "confidence_threshold": evaluation.threshold,
        "models": {"signal": signal_block(model, models_hash)},
        "voters_on_window": {
            name: {key: value for key, value in asdict(voter).items() if key != "curves"}
            for name, voter in evaluation.voters.items()
        },
        "settings": settings_block(config),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings,
        "volatile": volatile_block(started, looks=looks.distinct, looks_unreadable=looks.unreadable),
    }
