"""From the command line to an exit code: everything that can go wrong ends here, in one line on the screen."""

from __future__ import annotations

import logging
import math
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from novosky.config.arguments import Arguments, read_arguments
from novosky.config.checks.runs import check_typed
from novosky.config.compose import VERSION_BASE, compose_config
from novosky.config.edge import typed
from novosky.config.local import NOT_READ, without_local
from novosky.config.overrides import jobs_to_try
from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.store import register
from novosky.errors import NovoskyError, UserError
from novosky.modes.dispatch import dispatch
from novosky.modes.multirun import (
    check_multirun,
    check_plugins,
    completed,
    is_multirun,
    own_screen,
    quiet_plugins,
    read_jobs,
    record_job,
    sweep_folder,
    with_its_share_of_threads,
)
from novosky.modes.outcome import FAILED_OBJECTIVE, FAULT, INTERRUPTED, ModeResult


def enter(conf: Path, arguments: Sequence[str]) -> int:
    """Run what `arguments` ask for with the tree at `conf`; return the exit code of the worst job."""
    codes: list[int] = []
    _announce_on_stderr()
    try:
        asked = read_arguments(conf, arguments)
        if asked.runs:
            asked = without_local(conf, asked)
            if asked.local_ignored:
                _say(NOT_READ)
            refuse_early(conf, asked)
        _start_hydra(conf, asked, codes)
    except KeyboardInterrupt:
        _say("stopped by Ctrl-C; finished snapshots and models stay, nothing half-written does: type the command again")
        return INTERRUPTED
    except Exception as error:
        codes.append(_report(error, Path("outputs")))
    return max(codes, default=0)


def _announce_on_stderr() -> None:
    """What the program found and mended by itself (an interrupted write, a fallback), one plain line each."""
    announcements = logging.getLogger("novosky")
    if not announcements.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("! %(message)s"))
        announcements.addHandler(handler)


def refuse_early(conf: Path, asked: Arguments) -> None:
    """Compose before Hydra does: refused input leaves no folder behind, and no sweep stops half-way."""
    if asked.multirun:
        check_plugins(asked.overrides)
    for overrides in jobs_to_try(asked.overrides):
        config = compose_config(conf, overrides)
        check_typed(config, overrides)
        if asked.multirun:
            check_multirun(config)


def _start_hydra(conf: Path, asked: Arguments, codes: list[int]) -> None:
    register()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises its refusals instead of printing them and leaving
    sys.argv[1:] = asked.for_hydra
    start = hydra.main(version_base=VERSION_BASE, config_path=str(conf), config_name="config")

    def alone(composed: DictConfig) -> float:
        code, objective = _job(composed)
        codes.append(code)
        return objective

    if not (asked.multirun and asked.runs):
        start(alone)()
        return
    folder = sweep_folder(asked.overrides)
    sys.argv.extend(completed(asked.overrides, folder))
    with quiet_plugins(asked.overrides):
        start(_one_of_many)()
    jobs = read_jobs(folder)
    codes.extend(job.exit_code for job in jobs)
    from novosky.modes.multirun_screen import show_jobs

    show_jobs(folder, jobs, sought="hydra/sweeper=optuna" in asked.overrides)


def _one_of_many(composed: DictConfig) -> float:
    """A job of a multirun, maybe in a process of its own: all that it knows is written into its folder."""
    _announce_on_stderr()
    run_dir = Path(HydraConfig.get().runtime.output_dir)
    with own_screen(run_dir):
        code, objective = _job(composed)
    record_job(run_dir, code, objective)
    return objective


def _job(composed: DictConfig) -> tuple[int, float]:
    """Exit code and objective; what went wrong is said."""
    run_dir = Path(HydraConfig.get().runtime.output_dir)
    try:
        result = _do(composed, run_dir)
    except Exception as error:
        return _report(error, run_dir), FAILED_OBJECTIVE
    return result.exit_code, finite_objective(result.objective)


def _do(composed: DictConfig, run_dir: Path) -> ModeResult:
    try:
        config = typed(composed)
    except REFUSALS as error:
        raise as_config_error(error) from None
    if is_multirun():
        check_multirun(config)
        config = with_its_share_of_threads(config)
    return dispatch(config, run_dir)


def finite_objective(objective: float | None) -> float:
    """A sweeper cannot bear a NaN: a job without a number counts 0, one with a broken number counts as failed."""
    if objective is None:
        return 0.0
    return objective if math.isfinite(objective) else FAILED_OBJECTIVE


def _report(error: Exception, folder: Path) -> int:
    """Say what went wrong; a fault's traceback goes to a file in `folder`. Returns the exit code."""
    if isinstance(error, REFUSALS):
        error = as_config_error(error)
    if isinstance(error, UserError):
        _say(str(error))
        return error.exit_code
    words, code = f"{type(error).__name__}: {error}", FAULT
    if isinstance(error, NovoskyError):
        words, code = str(error), error.exit_code  # its message stands alone
    _say(f"fault: {words}; {_keep_traceback(error, folder)}")
    return code


def _keep_traceback(error: Exception, folder: Path) -> str:
    file = folder / "traceback.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError as unwritable:
        return f"the traceback could not be kept: {unwritable}"
    return f"traceback in {file}"


def _say(text: str) -> None:
    sys.stderr.write(" ".join(text.split()) + "\n")
