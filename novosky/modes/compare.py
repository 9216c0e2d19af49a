"""`mode=compare`: recorded runs side by side, on the bars that all of them judged."""

from __future__ import annotations

import glob
import time
from collections.abc import Sequence
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
from novosky.modes.compare_loops import run_loops
from novosky.modes.compare_screen import show_comparison
from novosky.modes.outcome import ModeResult
from novosky.optimize.recorded_loops import is_loop

COMPARED = ("run", "backtest")


def found_runs(asked: Sequence[str]) -> list[Path]:
    """What was asked for, in its order and each once; a pattern stands for all that match it, in order of name."""
    found: list[Path] = []
    for one in asked:
        matches = sorted(glob.glob(one)) if glob.has_magic(one) and not Path(one).exists() else [one]
        if not matches:
            raise ConfigError(f"compare.runs: nothing matches {one}; ls shows what is there")
        found += map(Path, matches)
    return list(dict.fromkeys(found))


def run(config: Config, run_dir: Path) -> ModeResult:
    """Nothing is judged again: figures are read from the runs' folders, so that no look is recorded."""
    started = time.time()
    folders = found_runs(config.compare.runs)
    loops = [is_loop(folder) for folder in folders]
    if len(folders) > len(NAMES):
        raise ConfigError(f"compare.runs: expected at most {len(NAMES)} runs, found {len(folders)}")
    if any(loops):
        if not all(loops):
            odd = folders[loops.index(False)]
            raise ConfigError(f"compare.runs: loops are compared with loops, but {odd} is none; leave it away")
        return run_loops(config, folders, run_dir, started)
    if len(folders) < 2:
        raise ConfigError(
            f"compare.runs: expected two folders of recorded runs or more, or a loop, found {len(folders)}; add "
            "compare.runs=[<one>,<other>]"
        )
    runs = [read_judged(name, read_run(folder, COMPARED)) for name, folder in zip(NAMES, folders, strict=False)]
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
