"""`run.py -m`: jobs of one command, each in a folder of its own, and what they say together."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from novosky.config.schema import Config
from novosky.errors import ConfigError

JOB_FILE, SCREEN = "job.json", "screen.txt"
SWEEP_DIR, LAUNCHER_JOBS = "hydra.sweep.dir", "hydra.launcher.n_jobs"
PLUGINS = {"hydra/sweeper=optuna": "hydra_optuna_sweeper", "hydra/launcher=joblib": "hydra_joblib_launcher"}


@dataclass(frozen=True, slots=True)
class Job:
    """What a job left behind; `overrides` as Hydra gave them to it."""

    folder: Path
    number: int
    overrides: dict[str, str]
    exit_code: int
    objective: float


def is_multirun() -> bool:
    """Inside a job: is it one of several?"""
    return bool(HydraConfig.get().mode == RunMode.MULTIRUN)


def check_multirun(config: Config) -> None:
    """Raises ConfigError for a window that only a single run may look at."""
    if config.window in ("gate", "holdout"):
        raise ConfigError(f"window={config.window}: not judged by a multirun; take window=sweep, or one run without -m")


def sweep_folder(overrides: Sequence[str]) -> Path:
    """Where the jobs go: as typed, else a new folder by time and process. Raises ConfigError where jobs lie already."""
    typed = [override.split("=", 1)[1].strip("'\"") for override in overrides if override.startswith(SWEEP_DIR + "=")]
    folder = Path(typed[-1] if typed else f"outputs/sweeps/{datetime.now():%Y%m%dT%H%M%S_%f}-{os.getpid()}")
    if "${" in str(folder):
        raise ConfigError(
            f"{SWEEP_DIR}={folder}: expected a plain path; jobs in other processes would read it otherwise"
        )
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{SWEEP_DIR}={folder}: expected a new folder, so that jobs of two commands do not mix")
    return folder


def check_plugins(overrides: Sequence[str]) -> None:
    """Raises ConfigError where a plugin is not installed, or where more jobs than cores are asked for."""
    for override, plugin in PLUGINS.items():
        if override in overrides and find_spec(f"hydra_plugins.{plugin}") is None:
            raise ConfigError(f"{override}: not installed; install the extra `sweeper` (uv sync --extra sweeper)")
    for override in overrides:
        name, _, value = override.partition("=")
        if name == LAUNCHER_JOBS and (not value.lstrip("-").isdigit() or int(value) > cores()):
            raise ConfigError(f"{override}: expected a whole number, at most {cores()}, the cores of this machine")


def completed(overrides: Sequence[str], folder: Path) -> list[str]:
    """What is said to Hydra beside the typed overrides: the folder and, for the sweeper, what its own defaults get
    wrong: it would make the score small, stop at one failed job, and draw without a seed."""
    said = {SWEEP_DIR: str(folder)}
    if "hydra/sweeper=optuna" in overrides:
        jobs = side_by_side(_typed(overrides, LAUNCHER_JOBS, "-1")) if "hydra/launcher=joblib" in overrides else 1
        said |= {"direction": "maximize", "max_failure_rate": "1.0", "n_jobs": str(jobs)}
        if "hydra/sweeper/sampler=grid" not in overrides:
            said["sampler.seed"] = "${seed}"
    named = {name if name == SWEEP_DIR else f"hydra.sweeper.{name}": value for name, value in said.items()}
    typed = {override.partition("=")[0] for override in overrides}
    return [f"{name}={value}" for name, value in named.items() if name not in typed]


def side_by_side(asked: int) -> int:
    """Jobs that joblib runs at a time: so many, or, below 0, all cores but -1 - asked."""
    return asked if asked > 0 else max(1, cores() + 1 + asked)


def _typed(overrides: Sequence[str], name: str, default: str) -> int:
    found = [override.partition("=")[2] for override in overrides if override.startswith(name + "=")]
    return int([default, *found][-1])


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_its_share_of_threads(config: Config) -> Config:
    """Jobs side by side share the cores: jobs x threads is at most their number."""
    launcher = HydraConfig.get().launcher
    if "joblib" not in str(launcher.get("_target_", "")):
        return config
    return replace(config, threads=max(1, min(config.threads, cores() // side_by_side(int(launcher.n_jobs)))))


@contextmanager
def own_screen(run_dir: Path) -> Iterator[None]:
    """What the job shows goes to a file in its folder: the screen is for the comparison."""
    with (run_dir / SCREEN).open("w", encoding="utf-8") as file, redirect_stdout(file):
        yield


@contextmanager
def quiet_plugins(overrides: Sequence[str]) -> Iterator[None]:
    """The sweeper speaks to optuna in words of version 2; that is no business of the user's."""
    if "hydra/sweeper=optuna" in overrides:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*(has been|is) deprecated", category=FutureWarning)
        yield


def record_job(run_dir: Path, exit_code: int, objective: float) -> None:
    """Jobs in other processes are known by what they write."""
    hydra = HydraConfig.get()
    said: dict[str, Any] = {
        "number": int(hydra.job.num),
        "overrides": list(hydra.overrides.task),
        "exit_code": exit_code,
        "objective": objective,
    }
    (run_dir / JOB_FILE).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def read_jobs(folder: Path) -> list[Job]:
    """The jobs under the folder, in their order."""
    jobs = []
    for file in folder.rglob(JOB_FILE):
        said = json.loads(file.read_bytes())
        pairs = dict(override.split("=", 1) for override in said["overrides"])
        jobs.append(Job(file.parent, said["number"], pairs, said["exit_code"], said["objective"]))
    return sorted(jobs, key=lambda job: job.number)
