"""`mode=sweep`: settings that need no training, judged on the window `sweep`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from novosky.backtest.ground import meaning
from novosky.backtest.looking import row_of_judged
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result import judged_block
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.backtest.significance import course_of
from novosky.backtest.standing import standing_block
from novosky.config.schema import Config
from novosky.features.build import feature_hash
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings
from novosky.models.revision.promoted import models_root
from novosky.modes.blocks import data_block, fingerprints_block, settings_block, warnings_of, windows_block
from novosky.modes.model_blocks import models_block
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import progress
from novosky.modes.sweep_screen import show_sweep
from novosky.modes.volatile import volatile_block
from novosky.search.chosen import FILE, chosen_text, write_chosen
from novosky.search.setting import value_of
from novosky.search.sweep import Sweep, sweep
from novosky.search.sweep_luck import luck_block, overfitting_sentence, picked_sentence
from novosky.search.sweep_space import Dimension, read_space


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    space = read_space(config)
    prepared = prepare(config)
    names = prepared.features.names
    root = models_root(config)
    bundle = load_bundle(root, enabled_stages(config.stage), names, feature_hash(names))
    for facts in bundle.facts.values():
        check_settings(facts, meaning(config))
    with progress("sweep") as report:
        found = sweep(config, prepared, bundle, space, report)
    result = _result(config, prepared, bundle, found, space)
    best = found.tried[found.best()]
    course = course_of(best.judged, prepared.bars.time_ms, config.account.balance, prepared.days_per_year)
    result["volatile"] = volatile_block(started, **standing_block(best.config, best.look, course))
    write_chosen(run_dir, chosen_text(found, best, [dimension.key for dimension in space], prepared))
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.sweep_page import write_sweep

        write_sweep(run_dir / "report.html", result)
    show_sweep(result, config.sweep.show, run_dir)
    return ModeResult(objective=best.score)


def _result(config: Config, prepared: Prepared, bundle: Bundle, found: Sweep, space: list[Dimension]) -> dict[str, Any]:
    chosen, window, time_ms = found.best(), found.window, prepared.bars.time_ms
    best, luck = found.tried[chosen], luck_block(found, config)
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": config.mode,
        "summary": picked_sentence(best.judged.figures, config.score.interval, luck, chosen),
        "overfitting_summary": overfitting_sentence(luck, sought=config.sweep.method == "tpe"),
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "window": {
            "name": window.name,
            "bars": window.stop - window.start,
            "from": utc_text(int(time_ms[window.start])),
            "to": utc_text(int(time_ms[window.stop - 1])),
        },
        "method": config.sweep.method,
        "space": config.sweep.space,
        "proposed": found.proposed,
        "settings_tried": _rows(found, [dimension.key for dimension in space]),
        "forbidden": [{"setting": dict(setting), "why": why} for setting, why in found.forbidden],
        "chosen": {
            "place": chosen,
            "file": FILE,
            "setting": {dimension.key: value_of(best.config, dimension.key) for dimension in space},
            "judged": judged_block(best.judged, best.config),
        },
        "luck": luck,
        "models": models_block(bundle),
        "settings": settings_block(config),
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, bundle),
    }


def _rows(found: Sweep, keys: list[str]) -> list[dict[str, Any]]:
    """A row a setting, in the order of trying; the first is the current one."""
    return [
        {
            "place": place,
            "setting": {key: value_of(one.config, key) for key in keys},
            "configuration": one.look.configuration,
            **row_of_judged(one.judged, one.config.account.balance),
            "sharpe_annual": one.judged.sharpe,
            "score_note": one.judged.reference.note,
            "mean_daily_r": float(one.daily.mean()),
        }
        for place, one in enumerate(found.tried)
    ]
