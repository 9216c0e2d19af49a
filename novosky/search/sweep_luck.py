"""What picking the best of a sweep's settings is worth, all of them counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from novosky.backtest.best_of_many import MIN_DAYS, best_of_many
from novosky.backtest.result import skill_sentence
from novosky.config.schema import Config
from novosky.evaluation.metrics import TradeFigures
from novosky.evaluation.reality_check import reality_check
from novosky.search.sweep import Sweep

SIGNIFICANT = 0.05


def luck_block(sweep: Sweep, config: Config) -> dict[str, Any]:
    """Reality check of all settings' daily R against flat and against the current setting, and the probability of
    backtest overfitting; settings are named by their place. JSON-ready; None of what cannot be said."""
    daily, samples, seed = sweep.daily(), config.score.bootstrap_samples, config.seed
    flat = best_of_many([str(i) for i in range(len(sweep.tried))], daily, samples, seed)
    overfitting = flat.pop("overfitting")
    days, tried = daily.shape
    against_current: dict[str, Any] = {"best": None, "best_mean_daily_r": None, "spa_p": None, "white_p": None}
    if days >= MIN_DAYS and tried > 1:
        gains = daily[:, 1:] - daily[:, :1]
        check = reality_check(gains, samples, seed)
        against_current = {
            "best": str(1 + check.best),
            "best_mean_daily_r": float(gains[:, check.best].mean()),
            "spa_p": check.spa_p,
            "white_p": check.white_p,
        }
    return {
        "days": days,
        "settings": tried,
        "different_results": len(np.unique(daily, axis=1).T),
        "against_flat": {name: flat.get(name) for name in against_current},
        "against_current": against_current,
        "overfitting": overfitting,
    }


def picked_sentence(figures: TradeFigures, coverage: float, luck: dict[str, Any], chosen: int) -> str:
    """Is there any skill? The figures of the picked setting are those of the best of many, and are said to be."""
    n = luck["settings"]
    if chosen == 0:
        start = f"None of {n} settings beat the current one on this window."
    else:
        start = f"Setting {chosen} was picked as the best of {n} on the very bars it is judged on, which flatters it."
    flat, current = luck["against_flat"]["spa_p"], luck["against_current"]["spa_p"]
    if flat is None:
        return f"{start} {skill_sentence(figures, coverage)} Too few days or settings to say what the choice is worth."
    said = [f"With all {n} counted the best is{_not(flat)} better than flat (p {flat:.3f})"]
    if current is not None:
        said.append(f"and is{_not(current)} better than the current setting (p {current:.3f})")
    return f"{start} {skill_sentence(figures, coverage)} {' '.join(said)}."


def _not(p: float) -> str:
    return "" if p <= SIGNIFICANT else " not shown to be"


def overfitting_sentence(luck: dict[str, Any], sought: bool) -> str:
    """Would the choice have held on other days? `sought`: settings were proposed by what had scored on these days."""
    found = luck["overfitting"]
    if found is None:
        return "Whether such a choice holds on other days cannot be said of so few days or settings."
    return (
        f"Probability of overfitting {found['probability']:.0%}: in so many of {found['cuts']:,} cuts of the days what "
        f"was best on one half was at or below the median on the other (a choice among equals gives about "
        f"{found['among_equals']:.0%}); it lost there in {found['loss_probability']:.0%}."
        + (" The settings were proposed by what had scored on all of these days: the truth is worse." if sought else "")
    )
