"""Rules between features, labels, windows and the model stages."""

from __future__ import annotations

import math

from novosky.config.checks.market import iso_date
from novosky.config.schema import Config
from novosky.errors import ConfigError

CUTS = ("sweep_start", "gate_start", "holdout_start")


def _check_feature_list(config: Config) -> None:
    names = config.features.names
    if not names:
        raise ConfigError("features.names=[]: expected at least one feature; choose features=core59")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"features.names: each feature once, but found twice: {', '.join(twice)}")


def _check_fractions(config: Config) -> None:
    windows = config.windows
    if windows.kind != "fractions":
        return
    total = math.fsum((windows.train, windows.sweep, windows.gate, windows.holdout))
    if not math.isclose(total, 1.0, abs_tol=1e-9):
        raise ConfigError(f"windows: train + sweep + gate + holdout must be 1, found {total:.6g}")
    for name in CUTS:
        if getattr(windows, name) is not None:
            raise ConfigError(
                f"windows.{name}={getattr(windows, name)}: dates cut time only with windows=dates; add it"
            )


def _check_dates(config: Config) -> None:
    windows = config.windows
    if windows.kind != "dates":
        return
    for name in CUTS:
        if getattr(windows, name) is None:
            raise ConfigError(
                f"windows.{name}: required with windows=dates, but not given; add windows.{name}=YYYY-MM-DD"
            )
    days = [iso_date(f"windows.{name}", getattr(windows, name)) for name in CUTS]
    if not days[0] < days[1] < days[2]:
        found = ", ".join(f"{name}={day}" for name, day in zip(CUTS, days, strict=True))
        raise ConfigError(f"windows: the cuts must follow each other in time, found {found}")


def _check_purge(config: Config) -> None:
    purge = config.windows.purge_bars
    lives = {
        "labels.horizon_bars": config.labels.horizon_bars,
        "execution.max_hold_bars": config.execution.max_hold_bars,
    }
    for name, life in lives.items():
        if life > purge:
            raise ConfigError(
                f"{name}={life}: may not outlive windows.purge_bars={purge}, else it would reach over a cut; "
                f"set windows.purge_bars={life}"
            )


def _check_voters(config: Config) -> None:
    signal = config.stage.signal
    if not (signal.forest.enabled or signal.xgboost.enabled or signal.lightgbm.enabled):
        raise ConfigError("stage.signal: at least one voter must be enabled; set stage.signal.lightgbm.enabled=true")


LEARNING_CHECKS = (_check_feature_list, _check_fractions, _check_dates, _check_purge, _check_voters)
