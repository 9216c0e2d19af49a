"""Which module does which mode. Each is imported when it is called, so that no mode pays for another's libraries."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from novosky.config.fingerprint import config_json
from novosky.config.schema import Config
from novosky.errors import UserError
from novosky.modes.outcome import ModeResult
from novosky.tracking.port import check_installed

WALK_FORWARD = ("run", "backtest")  # where every fold trains its own set, both do the same


def _function_of(config: Config) -> Callable[[Config, Path], ModeResult]:
    """`run` of novosky/modes/<mode>.py."""
    is_walk_forward = config.windows.kind == "walk_forward" and config.mode in WALK_FORWARD
    module = import_module(f"novosky.modes.{'walk_forward' if is_walk_forward else config.mode}")
    function: Callable[[Config, Path], ModeResult] = module.run
    return function


def _refuse_half_a_commit(config: Config) -> None:
    """The working set and the settings of `experiment=current` belong together; a loop that was killed mends it."""
    if config.mode in ("optimize", "weekly") or not (Path(config.optimize.folder) / "journal.jsonl").exists():
        return
    from novosky.optimize.places import Places
    from novosky.optimize.recovery import unfinished

    if words := unfinished(Places.of(config)):
        raise UserError(words)


def dispatch(config: Config, run_dir: Path) -> ModeResult:
    """Do `config.mode`; everything that it writes for this run goes under `run_dir`, the configuration first."""
    check_installed(config.tracker)
    (run_dir / "config.json").write_text(config_json(config), encoding="utf-8")
    _refuse_half_a_commit(config)
    return _function_of(config)(config, run_dir)
