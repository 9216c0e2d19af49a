"""Loops side by side: what each iteration tried, what it gave, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from novosky.backtest.comparison import NAMES
from novosky.backtest.prepare import underlying
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.evaluation.looks import count_looks
from novosky.modes.figure_text import or_none
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import near, say, show_columns
from novosky.modes.volatile import volatile_block
from novosky.optimize.recorded_loops import RecordedLoop, compare_loops, read_loop
from novosky.report.loops_page import labelled
from novosky.report.text import interval


def run_loops(
    config: Config, sources: Sequence[Path], left_out: Sequence[str], run_dir: Path, started: float
) -> ModeResult:
    """Nothing is judged again; the ledger is only read. left_out: folders of a pattern, each with the reason."""
    loops = [read_loop(name, source) for name, source in zip(NAMES, sources, strict=False)]
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "compare",
        **compare_loops(loops, {loop.name: _looks(config, loop) for loop in loops}),
        "left_out": list(left_out),
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    if config.report.html:
        from novosky.report.loops_page import write_loops

        write_loops(run_dir / "report.html", result)
    _show(result, run_dir)
    return ModeResult()


def _looks(config: Config, loop: RecordedLoop) -> int | None:
    """Configurations that the ledger here holds on the loop's `gate`; a log alone does not say where that lay."""
    if loop.config is None or loop.gate is None:
        return None
    first, last = (_ms(when) for when in loop.gate)
    return count_looks(Path(config.paths.looks), underlying(loop.config), first, last).distinct


def _ms(when: str) -> int:
    return int(datetime.strptime(when, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC).timestamp() * 1000)


def _show(result: dict[str, Any], run_dir: Path) -> None:
    for name, one in result["loops"].items():
        say(f"{name}: {one['source']}, looks at its gate: {or_none(one['looks'], 'd')}")
    rows = [_row(entry) for entry in labelled(result)]
    show_columns(("iteration", "decision", "score", "was", "R a trade", "interval", "trades", "try"), rows)
    for entry in labelled(result):
        changed = " ".join(f"{name}={value}" for name, value in entry["params"].items())
        if changed:
            say(f"{entry['iteration']} tried {changed}")
    for line in result["left_out"]:
        say(f"left out {line}")
    say(result["summary"])
    say(f"result: {near(run_dir)}")


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    judged, share = entry["candidate"], entry["share"]
    return (
        entry["iteration"],
        entry["decision"],
        or_none(entry["final_score"], ".2f"),
        or_none(entry["baseline_score"], ".2f"),
        "none" if judged is None else or_none(judged["expectancy_r"], "+.3f"),
        "none" if judged is None else interval(judged["expectancy_r_interval"], 3, sign=True),
        "none" if judged is None else str(judged["trades"]),
        "none" if share is None else str(share["number"]),
    )
