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
def _data(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.data import run

    return run(config, run_dir)


def _train(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.train import run

    return run(config, run_dir)


def _backtest(config: Config, run_dir: Path) -> ModeResult:
    if config.windows.kind == "walk_forward":
        return _walk_forward(config, run_dir)
    from novosky.modes.backtest import run

    return run(config, run_dir)


def _walk_forward(config: Config, run_dir: Path) -> ModeResult:
    """The same for both: every fold trains its own set."""
    from novosky.modes.walk_forward import run

    return run(config, run_dir)


def _audit(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.audit import run

    return run(config, run_dir)


def _reproduce(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.reproduce import run

    return run(config, run_dir)


def _compare(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.compare import run

    return run(config, run_dir)


def _sync(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.sync import run

    return run(config, run_dir)


def _analyze(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.analyze import run

    return run(config, run_dir)


def _tune(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.tune import run

    return run(config, run_dir)


def _sweep(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.sweep import run

    return run(config, run_dir)


def _optimize(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.optimize import run

    return run(config, run_dir)


def _promote(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.promote import run

    return run(config, run_dir)


def _pull(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.pull import run

    return run(config, run_dir)


def _revisions(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.revisions import run

    return run(config, run_dir)


def _trade(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.trade import run

    return run(config, run_dir)


def _doctor(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.doctor import run
def _monitor(config: Config, run_dir: Path) -> ModeResult:
    from novosky.modes.monitor import run

    return run(config, run_dir)


MODES: dict[str, Callable[[Config, Path], ModeResult]] = {
    "run": _run,
    "data": _data,
    "train": _train,
    "backtest": _backtest,
    "audit": _audit,
    "reproduce": _reproduce,
    "compare": _compare,
    "sync": _sync,
    "analyze": _analyze,
    "tune": _tune,
    "sweep": _sweep,
    "optimize": _optimize,
    "promote": _promote,
    "pull": _pull,
    "revisions": _revisions,
    "trade": _trade,
    "doctor": _doctor,
    "monitor": _monitor,
}


def _refuse_half_a_commit(config: Config) -> None:
    """The working set and the settings of `experiment=current` belong together; a loop that was killed mends it."""
    if config.mode == "optimize" or not (Path(config.optimize.folder) / "journal.jsonl").exists():
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
