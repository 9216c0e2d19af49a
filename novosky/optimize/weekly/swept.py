"""The sweep of a candidate: settings that need no training, on the window `sweep`, taken only where beyond luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from novosky.backtest.result import judged_block
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.market.bars import utc_text
from novosky.optimize.candidate import Candidate
from novosky.search.setting import value_of, with_setting
from novosky.search.sweep import Sweep, sweep
from novosky.search.sweep_luck import luck_block, picked_sentence
from novosky.search.sweep_space import BOUNDS, LOSS_LIMITS, Dimension, read_space

Progress = Callable[[str, float], None]
SHOWN = 10  # rows of the best that the diary keeps


def sweep_candidate(candidate: Candidate, level: float, progress: Progress) -> dict[str, Any]:
    """Judge the space on the candidate's models, every setting a look; `setting` is what to take, None: as it is.

    The best by score is taken where all that was tried leaves a p against the current setting of `level` at most.
    """
    config, prepared = candidate.config, candidate.prepared
    space = read_space(config)
    found = sweep(config, prepared, candidate.made, space, progress)
    luck, chosen = luck_block(found, config), found.best()
    best, p = found.tried[chosen], luck["against_current"]["spa_p"]
    is_taken = chosen > 0 and (level >= 1.0 or (p is not None and p <= level))
    time_ms, window = prepared.bars.time_ms, found.window
    return {
        "from": utc_text(int(time_ms[window.start])),
        "to": utc_text(int(time_ms[window.stop - 1])),
        "settings": len(found.tried),
        "looks": len(found.tried),
        "level": level,
        "p_against_current": p,
        "p_against_flat": luck["against_flat"]["spa_p"],
        "best": dict(best.setting),
        "best_place": chosen,
        "best_score": best.score,
        "current_score": found.tried[0].score,
        "sentence": picked_sentence(best.judged.figures, config.score.interval, luck, chosen),
        "judged": judged_block(best.judged, best.config),
        "rows": _rows(found, space),
        "setting": dict(best.setting) if is_taken else None,
    }


def swept_words(found: Mapping[str, Any]) -> str:
    """What came of it, in a sentence."""
    start = f"{found['settings']} settings judged on sweep"
    if found["best_place"] == 0:
        return f"{start}: none scored higher than the current one"
    p = found["p_against_current"]
    said = f"{start}: the best {_typed(found['best'])} scored {found['best_score']:.2f}, the current one "
    said += f"{found['current_score']:.2f}; "
    said += "too few days to count all that was tried" if p is None else f"p {p:.3f} with all counted"
    if found["setting"] is not None:
        return f"{said}; taken"
    return f"{said}; p {found['level']:g} was asked for: not taken"


def apply_setting(candidate: Candidate, setting: Mapping[str, Any]) -> str:
    """Give the candidate this setting, inside the profile's limits, and say what changed. Raises ConfigError."""
    before = candidate.config
    config = with_setting(before, setting)
    check_profile(before, config)
    candidate.config = config
    changed = {key: value for key, value in setting.items() if value != value_of(before, key)}
    return _typed(changed) or "nothing differs from the current settings"


def check_profile(before: Config, config: Config) -> None:
    """Refuse what leaves the profile: a value out of its bounds, a loss limit that moved away. Raises ConfigError."""
    profile = config.profile
    for key, bounds in BOUNDS.items():
        value, old = value_of(config, key), value_of(before, key)
        low, high = getattr(profile, bounds)
        if value != old and not low <= value <= high:
            raise ConfigError(f"{key}={value:g}: outside {low:g} .. {high:g} of profile.{bounds}; nothing was applied")
    for key in LOSS_LIMITS:
        value, old = value_of(config, key), value_of(before, key)
        if value > old:
            raise ConfigError(f"{key}={value:g}: beyond the profile's {old:g}; nothing was applied")


def _rows(found: Sweep, space: list[Dimension]) -> list[dict[str, Any]]:
    order = sorted(range(len(found.tried)), key=lambda place: -found.tried[place].score)
    return [
        {
            "place": place,
            "setting": {one.key: value_of(found.tried[place].config, one.key) for one in space},
            "score": found.tried[place].score,
            "trades": found.tried[place].judged.figures.trades,
        }
        for place in dict.fromkeys([*order[:SHOWN], 0])
    ]


def _typed(setting: Mapping[str, Any]) -> str:
    return " ".join(
        f"{key}={value:.6g}" if isinstance(value, float) else f"{key}={value}" for key, value in setting.items()
    )
