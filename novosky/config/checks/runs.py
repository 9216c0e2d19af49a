"""What single modes ask of the configuration: which recorded runs, which window."""

from __future__ import annotations

import re
from collections.abc import Sequence

from novosky.config.schema import Config
from novosky.errors import ConfigError


def _check_reproduce(config: Config) -> None:
    if config.mode == "reproduce" and not config.reproduce.run:
        raise ConfigError("reproduce.run: required with mode=reproduce; add reproduce.run=<folder of a recorded run>")


def _check_compare(config: Config) -> None:
    runs = config.compare.runs
    if config.mode == "compare" and not runs:
        raise ConfigError(
            "compare.runs: expected two folders of recorded runs or more, or a loop, found none; add "
            "compare.runs=[<one>,<other>]"
        )
    if len(set(runs)) != len(runs):
        raise ConfigError("compare.runs: each run once, but one is named twice")


def _check_sweep(config: Config) -> None:
    if config.mode != "sweep":
        return
    if config.window != "sweep":
        raise ConfigError(f"window={config.window}: a sweep chooses on window=sweep alone; leave it away")
    if config.windows.kind == "walk_forward":
        raise ConfigError("windows=walk_forward: a sweep judges one window; choose windows=fractions or windows=dates")
    if config.load_order != "compiled":
        raise ConfigError(f"load_order={config.load_order}: a sweep is decided by the compiled trees; leave it away")


def _check_optimize(config: Config) -> None:
    if config.mode not in ("optimize", "weekly"):
        return
    if config.windows.kind == "walk_forward":
        raise ConfigError("windows=walk_forward: a loop decides on `gate`; choose windows=fractions or windows=dates")
    for name, only in (("window", "sweep"), ("models", "working"), ("load_order", "compiled")):
        if (found := getattr(config, name)) != only:
            raise ConfigError(f"{name}={found}: a loop improves paths.train and decides on `gate` alone; leave it away")


def _check_weekly(config: Config) -> None:
    if config.mode != "weekly":
        return
    if config.optimize.analyze_only:
        raise ConfigError("optimize.analyze_only=true: a week decides; use mode=optimize to look only")
    if config.weekly.push and not config.weekly.commit:
        raise ConfigError("weekly.push=true: there is nothing to push without weekly.commit=true")
    if not config.weekly.retrain and "sweep" in config.weekly.skip:
        raise ConfigError("weekly.retrain=false with weekly.skip=[sweep]: nothing is left to try; take one back")


def _check_promote(config: Config) -> None:
    if config.mode != "promote":
        return
    if config.windows.kind == "walk_forward":
        raise ConfigError("windows=walk_forward: a set is judged on `gate`; choose windows=fractions or windows=dates")
    for name, only in (("window", "sweep"), ("models", "working"), ("load_order", "compiled")):
        if (found := getattr(config, name)) != only:
            raise ConfigError(f"{name}={found}: paths.train is promoted, as judged on `gate`; leave it away")


def _check_pull(config: Config) -> None:
    if config.mode == "pull" and not config.revision:
        raise ConfigError("revision: required with mode=pull; add revision=TAG (run.py mode=revisions lists them)")
    if config.mode != "pull" and config.revision:
        raise ConfigError(f"revision={config.revision}: fetched by mode=pull alone; leave it away")


def _check_remote(config: Config) -> None:
    for name in ("access_key_env", "secret_key_env"):
        value = getattr(config.remote, name)
        if value is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
            raise ConfigError(
                f"remote.{name}: expected the NAME of an environment variable, found something else (not shown: it may "
                "be the secret itself)"
            )
    if (config.remote.access_key_env is None) != (config.remote.secret_key_env is None):
        raise ConfigError("remote.access_key_env and secret_key_env: name both, or neither (a public bucket)")


def check_typed(config: Config, overrides: Sequence[str]) -> None:
    """A run is rebuilt as it was: other settings would be passed over in silence. Raises ConfigError."""
    for override in overrides if config.mode == "reproduce" else ():
        if override.split("=")[0].split(".")[0] not in ("mode", "reproduce", "hydra"):
            raise ConfigError(f"{override}: mode=reproduce takes its settings from the run's folder; leave it away")


RUNS_CHECKS = (
    _check_reproduce,
    _check_compare,
    _check_sweep,
    _check_optimize,
    _check_weekly,
    _check_promote,
    _check_pull,
    _check_remote,
)
