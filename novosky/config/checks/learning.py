"""Rules between features, labels, windows and the model stages."""

from __future__ import annotations

import itertools
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
    if windows.kind == "dates":
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


def _check_chosen_until(config: Config) -> None:
    if config.windows.chosen_until is not None:
        iso_date("windows.chosen_until", config.windows.chosen_until)


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
                f"set it lower, or set windows.purge_bars={life} and train again"
            )


def _check_voters(config: Config) -> None:
    for name, stage in (("signal", config.stage.signal), ("position", config.stage.position)):
        if not (stage.forest.enabled or stage.xgboost.enabled or stage.lightgbm.enabled):
            raise ConfigError(
                f"stage.{name}: at least one voter must be enabled; set stage.{name}.lightgbm.enabled=true"
            )


def _check_bracket_grid(config: Config) -> None:
    own = {"stops_atr": config.labels.sl_atr, "targets_atr": config.labels.tp_atr}
    for name, level in own.items():
        levels: list[float] = getattr(config.stage.sltp, name)
        if len(levels) < 2 or levels[0] <= 0 or any(b <= a for a, b in itertools.pairwise(levels)):
            raise ConfigError(f"stage.sltp.{name}={levels}: expected at least two levels above 0, rising")
        if not levels[0] <= level <= levels[-1]:
            raise ConfigError(
                f"stage.sltp.{name}={levels}: expected a grid around the label's own {level:g} "
                f"(labels.{'sl' if name == 'stops_atr' else 'tp'}_atr), so that not changing it is a choice"
            )


def _check_blocks(config: Config) -> None:
    """Each stage learns from blocks that the stages before it judged, and shows its skill on two more at least."""
    first, needed = 3, 4  # signal judges from its fourth block on
    if config.stage.position.enabled:
        first, needed = first + 3, first + 4
    for stage in (config.stage.sltp, config.stage.risk):
        if stage.enabled:
            first, needed = first + 1, first + 3
    if config.windows.blocks < needed:
        raise ConfigError(
            f"windows.blocks={config.windows.blocks}: the enabled stages need {needed} forward blocks, since signal "
            "and position lose 3 each, sltp and risk 1 each; set windows.blocks higher, or switch a stage off"
        )


LEARNING_CHECKS = (
    _check_feature_list,
    _check_fractions,
    _check_dates,
    _check_chosen_until,
    _check_purge,
    _check_voters,
    _check_bracket_grid,
    _check_blocks,
)
