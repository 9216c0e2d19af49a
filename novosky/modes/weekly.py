"""`mode=weekly`: the whole week by itself, from preflight to notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.modes.blocks import data_block, fingerprints_block, warnings_of, windows_block
from novosky.modes.data import asker
from novosky.modes.optimize_tracked import track_iteration
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import progress, say
from novosky.modes.tracked import tracker_of
from novosky.modes.volatile import volatile_block
from novosky.modes.weekly_ports import look_at_terminal, smoke, tell
from novosky.modes.weekly_screen import show_week
from novosky.optimize.loop import Iteration
from novosky.optimize.places import Places
from novosky.optimize.weekly.ports import Ports
from novosky.optimize.weekly.run import run_week
from novosky.optimize.weekly.summary import exit_code, summary
from novosky.optimize.weekly.week import Week

Observe = Callable[[str, str], None]


def run(config: Config, run_dir: Path, observe: Observe = lambda moment, phase: None) -> ModeResult:
    """Exit code 1 where the answer is no (not ready, budget spent, kept but not promotable), 3 where a phase failed."""
    started = time.time()
    with Lock(Places.of(config).lock) as lock:
        if lock.told:
            say(f"! {lock.told}")
        ports = Ports(
            say, progress, asker, look_at_terminal, smoke, partial(_report, started), partial(tell, config), observe
        )
        week = run_week(config, lock, ports, run_dir)
        result = _result(week, started)
        write_json(run_dir / "result.json", result)
    show_week(result, run_dir)
    return ModeResult(exit_code(week))


def _report(started: float, week: Week) -> str:
    """The result as it is by now, and its page."""
    result = _result(week, started)
    write_json(week.run_dir / "result.json", result)
    week.said += _track(week, result["iterations"][0])
    if not week.typed.report.html:
        return "result.json; report.html=false"
    if find_spec("plotly") is None:
        return "result.json; no page without the extra `report`"
    from novosky.report.weekly_page import write_week

    write_week(week.run_dir / "report.html", result)
    return "result.json, report.html"


def _track(week: Week, block: dict[str, Any]) -> list[str]:
    """The week's iteration for the tracker, once it is decided; failures in words."""
    if week.entry is None or week.facts.get("tracked"):
        return []
    week.facts["tracked"] = True
    one = Iteration(week.number, week.entry, None, week.judged, None, tuple(week.said), {}, dict(week.candidate.tuned))
    return track_iteration(tracker_of(week.typed, week.run_dir), week.loop, one, block)


def _result(week: Week, started: float) -> dict[str, Any]:
    diary, facts, entry = week.diary, week.facts, week.entry
    rows = [{name: row[name] for name in ("name", "state", "said")} for row in diary.phases]
    seconds = {row["name"]: row["seconds"] for row in diary.phases if row["seconds"]}
    shown = None if entry is None else {name: value for name, value in entry.items() if name != "times"}
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "weekly",
        "week": diary.week,
        "summary": summary(week),
        "exit_code": exit_code(week),
        "failed_phase": week.failed or None,
        "stopped_at": diary.content["stop"],
        "answer": week.answer or None,
        "phases": rows,
        "checks": facts.get("checks", []),
        "iterations": [{"number": facts.get("number"), "entry": shown, "features": facts.get("features")}],
        "share": facts.get("share"),
        "sweep": facts.get("sweep"),
        "promotion": facts.get("promotion"),
        "commit": facts.get("commit"),
        "fingerprints": fingerprints_block(week.typed),
        "warnings": list(week.said),
    }
    if week.has_market:
        found["data"] = data_block(week.config, week.prepared)
        found["windows"] = windows_block(week.prepared)
        found["warnings"] = list(dict.fromkeys([*warnings_of(week.config, week.prepared, None), *week.said]))
    found["volatile"] = volatile_block(started, phases=seconds, starts=diary.content["starts"])
    return found
