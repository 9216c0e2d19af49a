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
from hydra.types import RunMode
from omegaconf import DictConfig

from novosky.config.arguments import Arguments, read_arguments
from novosky.config.checks.runs import check_typed
from novosky.config.compose import VERSION_BASE, compose_config
from novosky.config.edge import typed
from novosky.config.overrides import jobs_to_try
from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.schema import Config
from novosky.config.store import register
from novosky.errors import ConfigError, NovoskyError, UserError
from novosky.modes.dispatch import dispatch
from novosky.modes.outcome import FAILED_OBJECTIVE, FAULT, INTERRUPTED, ModeResult


def enter(conf: Path, arguments: Sequence[str]) -> int:
    """Run what `arguments` ask for with the tree at `conf`; return the exit code of the worst job."""
    codes: list[int] = []
    _announce_on_stderr()
    try:
        asked = read_arguments(conf, arguments)
        if asked.runs:
            _refuse_early(conf, asked)
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


def _refuse_early(conf: Path, asked: Arguments) -> None:
    """Compose before Hydra does: refused input leaves no folder behind, and no sweep stops half-way."""
    for overrides in jobs_to_try(asked.overrides):
        config = compose_config(conf, overrides)
        check_typed(config, overrides)
        if asked.multirun:
            _check_multirun(config)


def _start_hydra(conf: Path, asked: Arguments, codes: list[int]) -> None:
    register()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises its refusals instead of printing them and leaving
    sys.argv[1:] = asked.for_hydra

    def job(composed: DictConfig) -> float:
        run_dir = Path(HydraConfig.get().runtime.output_dir)
        try:
            result = _do(composed, run_dir)
        except Exception as error:
            codes.append(_report(error, run_dir))
            return FAILED_OBJECTIVE
        codes.append(result.exit_code)
        return finite_objective(result.objective)

    hydra.main(version_base=VERSION_BASE, config_path=str(conf), config_name="config")(job)()


def _do(composed: DictConfig, run_dir: Path) -> ModeResult:
    try:
        config = typed(composed)
    except REFUSALS as error:
        raise as_config_error(error) from None
    if HydraConfig.get().mode == RunMode.MULTIRUN:
        _check_multirun(config)
    return dispatch(config, run_dir)


def _check_multirun(config: Config) -> None:
    if config.window in ("gate", "holdout"):
        raise ConfigError(f"window={config.window}: not judged by a multirun; take window=sweep, or one run without -m")


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
    _say(f"fault: {type(error).__name__}: {error}; {_keep_traceback(error, folder)}")
    return error.exit_code if isinstance(error, NovoskyError) else FAULT


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
