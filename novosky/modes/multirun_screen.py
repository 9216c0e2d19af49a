"""The one comparison at the end of a multirun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape

from novosky.backtest.best_of_many import best_of_many
from novosky.backtest.common_bars import common_bars, daily_r
from novosky.backtest.judged_run import figures_of, read_judged
from novosky.backtest.recorded import read_run
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.errors import UserError
from novosky.modes.multirun import Job
from novosky.modes.screen import near, say, show_columns
from novosky.report.text import number
from novosky.search.sweep_luck import overfitting_sentence

COMPARED = ("run", "backtest")
FILE = "comparison.json"


def show_jobs(folder: Path, jobs: Sequence[Job], sought: bool) -> None:
    """A table of all jobs, the highest score first, and what it is worth to pick the best of so many.

    `sought`: a sweeper proposed jobs by how those before them had scored.
    """
    keys = varied(jobs)
    judged = {job.number: _judged(job) for job in jobs}
    comparison: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "jobs": [
            {
                "number": job.number,
                "folder": str(job.folder),
                "overrides": job.overrides,
                "exit_code": job.exit_code,
                "objective": job.objective,
                "judged": judged[job.number],
            }
            for job in jobs
        ],
        "luck": _luck([job for job in jobs if judged[job.number] is not None]),
    }
    write_json(folder / FILE, comparison)
    letters = {key: chr(ord("a") + place) for place, key in enumerate(keys)}
    for key, letter in letters.items():
        say(f"{letter} = {key}")
    header = ("job", *letters.values(), "trades", "R a trade", "return %", "drawdown %", "score", "exit")
    order = sorted(jobs, key=lambda job: (job.exit_code != 0, -job.objective, job.number))
    show_columns(header, [_row(job, keys, judged[job.number]) for job in order])
    for sentence in _sentences(order, comparison["luck"], sought):
        say(sentence)
    say(f"jobs: {near(folder)}; side by side: run.py mode=compare compare.runs=[{near(folder)}]")


def varied(jobs: Sequence[Job]) -> list[str]:
    """Keys that are not the same in all jobs."""
    keys = dict.fromkeys(key for job in jobs for key in job.overrides)
    return [key for key in keys if len({job.overrides.get(key) for job in jobs}) > 1]


def _judged(job: Job) -> dict[str, Any] | None:
    """The job's figures; None where it judged no window."""
    try:
        run = read_run(job.folder, COMPARED)
    except UserError:
        return None
    figures = figures_of(run.result)
    names = ("trades", "expectancy_r", "return_pct", "max_drawdown_pct", "reference_score")
    return {name: figures.get(name) for name in names}


def _row(job: Job, keys: Sequence[str], judged: dict[str, Any] | None) -> tuple[str, ...]:
    found = judged or {}
    return (
        f"{job.number}",
        *(_short(job.overrides.get(key, "")) for key in keys),
        number(found.get("trades"), 0),
        number(found.get("expectancy_r"), 3, sign=True),
        number(found.get("return_pct"), 2, sign=True),
        number(found.get("max_drawdown_pct")),
        number(job.objective, 3) if job.exit_code == 0 else "failed",
        str(job.exit_code),
    )


def _short(value: str) -> str:
    try:
        return f"{float(value):.6g}"
    except ValueError:
        return escape(value)  # [asian] is no markup


def _luck(jobs: Sequence[Job]) -> dict[str, Any] | None:
    """All jobs against flat on the bars that they judged; None where they cannot be set beside each other."""
    if len(jobs) < 2:
        return None
    try:
        runs = [read_judged(str(job.number), read_run(job.folder, COMPARED)) for job in jobs]
        common = common_bars(runs)
    except UserError:
        return None
    config = runs[0].run.config
    daily = np.stack([daily_r(run, common) for run in runs], axis=1)
    return best_of_many([run.name for run in runs], daily, config.score.bootstrap_samples, config.seed)


def _sentences(order: Sequence[Job], luck: dict[str, Any] | None, sought: bool) -> list[str]:
    if luck is None:
        return []
    said = [f"Job {order[0].number} is the best of {len(order)} on the very bars it is judged on, which flatters it."]
    if luck["spa_p"] is not None:
        shown = "is" if luck["spa_p"] <= 0.05 else "is not shown to be"
        said.append(f"With all {luck['runs']} counted the best {shown} better than flat (p {luck['spa_p']:.3f}).")
    return [" ".join(said), overfitting_sentence(luck, sought)]
