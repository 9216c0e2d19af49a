"""`mode=compare`: recorded runs side by side, on the bars that all of them judged."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Sequence
from pathlib import Path

from novosky.backtest.common_bars import common_bars
from novosky.backtest.comparison import NAMES, compare_runs
from novosky.backtest.judged_run import read_judged, refuse_edited
from novosky.backtest.prepare import underlying
from novosky.backtest.recorded import read_run
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.errors import ConfigError, DataError
from novosky.evaluation.looks import count_looks
from novosky.modes.compare_loops import run_loops
from novosky.modes.compare_screen import show_comparison
from novosky.modes.outcome import ModeResult
from novosky.modes.volatile import volatile_block
from novosky.optimize.recorded_loops import is_loop, read_loop

COMPARED = ("run", "backtest")


def found_runs(asked: Sequence[str]) -> tuple[list[Path], list[str]]:
    """What was asked for, in its order and each once, and the folders that were left out, each with the reason.

    A pattern stands for all folders that match it, in order of name and number; of a multirun's folder its jobs are
    meant. Of those, one that failed, is not over or, a loop, tried nothing is left out; one that is named itself is for
    its reader to refuse.
    """
    found: list[Path] = []
    left_out: list[str] = []
    for one in asked:
        path = Path(one)
        is_many = (path / "multirun.yaml").is_file()
        pattern = f"{glob.escape(one)}/*" if is_many else one
        if not is_many and (path.exists() or not glob.has_magic(one)):
            found.append(path)
            continue
        matches = sorted((Path(match) for match in glob.glob(pattern) if Path(match).is_dir()), key=_natural)
        reasons = {folder: _why_not(folder) for folder in matches}
        left_out += [f"{folder}: {reason}" for folder, reason in reasons.items() if reason]
        if all(reasons.values()):
            what = "matches" if not matches else "that can be compared matches"
            raise ConfigError(f"compare.runs: nothing {what} {one}; ls shows what is there")
        found += [folder for folder, reason in reasons.items() if not reason]
    return list(dict.fromkeys(found)), list(dict.fromkeys(left_out))


def _why_not(folder: Path) -> str:
    """Why a folder that a pattern matches cannot be compared; empty where it can."""
    if not is_loop(folder):
        return "" if (folder / "result.json").is_file() else "no result, it failed or is not over"
    try:
        read_loop(folder.name, folder)
    except DataError as error:
        return str(error).removeprefix(f"{folder}: ")
    return ""


def _natural(path: Path) -> list[tuple[int, str]]:
    """Job 2 before job 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", str(path))]


def run(config: Config, run_dir: Path) -> ModeResult:
    """Nothing is judged again: figures are read from the runs' folders, so that no look is recorded."""
    started = time.time()
    folders, left_out = found_runs(config.compare.runs)
    loops = [is_loop(folder) for folder in folders]
    if len(folders) > len(NAMES):
        raise ConfigError(f"compare.runs: expected at most {len(NAMES)} runs, found {len(folders)}")
    if any(loops):
        if not all(loops):
            odd = folders[loops.index(False)]
            raise ConfigError(f"compare.runs: loops are compared with loops, but {odd} is none; leave it away")
        return run_loops(config, folders, left_out, run_dir, started)
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
        "left_out": left_out,
        "volatile": volatile_block(started, looks=looks.distinct, looks_unreadable=looks.unreadable),
    }
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.compare_page import write_comparison

        write_comparison(run_dir / "report.html", result, runs, common)
    show_comparison(result, run_dir)
    return ModeResult()
