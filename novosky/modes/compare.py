"""`mode=compare`: recorded runs side by side, on the bars that all of them judged."""

from __future__ import annotations

import time
from pathlib import Path

from novosky.backtest.common_bars import common_bars
from novosky.backtest.comparison import NAMES, compare_runs
from novosky.backtest.judged_run import read_judged, refuse_edited
from novosky.backtest.prepare import underlying
from novosky.backtest.recorded import read_run
from novosky.backtest.result import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.evaluation.looks import count_looks
from novosky.modes.blocks import volatile_block
from novosky.modes.compare_screen import show_comparison
from novosky.modes.outcome import ModeResult

COMPARED = ("run", "backtest")


def run(config: Config, run_dir: Path) -> ModeResult:
    """Nothing is judged again: figures are read from the runs' folders, so that no look is recorded."""
    started = time.time()
    folders = config.compare.runs
    if len(folders) > len(NAMES):
        raise ConfigError(f"compare.runs: expected at most {len(NAMES)} runs, found {len(folders)}")
    runs = [read_judged(name, read_run(Path(folder), COMPARED)) for name, folder in zip(NAMES, folders, strict=False)]
    common = common_bars(runs)
    for one in runs:
        refuse_edited(one)
    looks = count_looks(Path(config.paths.looks), underlying(runs[0].run.config), common.from_ms, common.to_ms)
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "compare",
        **compare_runs(runs, common, config.score, config.seed),
        "volatile": volatile_block(started, looks=looks.distinct, looks_unreadable=looks.unreadable),
    }
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.compare_page import write_comparison

        write_comparison(run_dir / "report.html", result, runs, common)
    show_comparison(result, run_dir)
    return ModeResult()
