"""What a sweep may vary, and which settings it proposes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from novosky.config.compose import compose_config
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.search.proposals import grid, proposals
from novosky.search.setting import with_setting
from novosky.search.sweep_space import Dimension, read_space

Compose = Callable[..., Config]
CONF = Path(__file__).resolve().parents[2] / "conf"


def space_of(compose: Compose, *entries: str, more: tuple[str, ...] = ()) -> list[Dimension]:
    typed = ",".join(f'"{entry}"' for entry in entries)
    return read_space(compose("mode=sweep", f"sweep.space=[{typed}]", *more))


REFUSED = {
    "prediction.confidenc_quantile=0.8,0.9": "unknown key; did you mean prediction.confidence_quantile?",
    "prediction.confidence_quantile=0.8,0.96": "0.96: outside 0.7 .. 0.95 of profile.confidence_quantile_bounds",
    "prediction.confidence_quantile=interval(0.6,0.9)": "0.6: outside 0.7 .. 0.95",
    "prediction.confidence_quantile=interval(0.9,0.8)": "expected a key of numbers, low < high",
    "prediction.confidence_quantile=0.8": "expected several values or an interval",
    "prediction.confidence_quantile=high,low": "expected float, found str",
    "prediction.confidence_quantile": "expected key=value,value or key=interval",
    "prediction.vote=direction,shout": "prediction.vote=shout: expected one of direction, majority",
    "prediction.vote=interval(1,2)": "expected a key of numbers",
    "profile.risk_pct=1.5,3": "3: outside 1 .. 2.5 of profile.risk_pct_bounds",
    "profile.daily_loss_pct=4,6": "6: outside 0 .. 5 of profile balanced, whose limit a sweep may draw nearer only",
    "profile.min_balance=1,2": "not a sweep's to choose",
    "labels.horizon_bars=8,16": "What needs other models is searched by mode=tune",
    "execution.swap=true,false": "assumed, not chosen",
    "execution.intrabar=pessimistic,optimistic": "assumed, not chosen",
    "execution.spread_factor=0.5,1": "assumed, not chosen",
    "execution.sl_atr=1,2": "never read while the sltp stage decides; add stage.sltp.enabled=false",
    "execution=default,other": "not a key of its own",
}


@pytest.mark.parametrize("entry", REFUSED)
def test_what_a_sweep_may_not_vary_is_refused(compose: Compose, entry: str) -> None:
    with pytest.raises(ConfigError) as refused:
        space_of(compose, entry)
    assert str(refused.value).startswith("sweep.space: ") or "expected one of" in str(refused.value)
    assert REFUSED[entry] in str(refused.value)


def test_an_empty_space_and_a_key_named_twice(compose: Compose) -> None:
    with pytest.raises(ConfigError, match="empty, so that there is nothing to try"):
        read_space(compose("mode=sweep", "sweep.space=[]"))
    with pytest.raises(ConfigError, match=r"prediction.vote is there 2 times"):
        space_of(compose, "prediction.vote=direction,majority", "prediction.vote=majority,direction")


def test_bounds_that_exclude_the_current_setting(compose: Compose) -> None:
    with pytest.raises(ConfigError, match=r"confidence_quantile=0.5, the current setting, is outside 0.7 .. 0.95"):
        space_of(compose, "prediction.confidence_quantile=0.7,0.9", more=("prediction.confidence_quantile=0.5",))


@pytest.mark.parametrize("profile", [1, 2, 3, 4, 5])
def test_the_space_that_is_there_fits_every_profile(compose: Compose, profile: int) -> None:
    more = ("prediction.confidence_quantile=0.85", "account.balance=10000")
    config = compose("mode=sweep", f"profile={profile}", *more)
    settings = grid(read_space(config), config.sweep)
    low, high = config.profile.confidence_quantile_bounds
    quantiles = sorted({setting["prediction.confidence_quantile"] for setting in settings})
    assert (len(settings), quantiles[0], quantiles[-1]) == (50, low, high)


@pytest.mark.parametrize("window", ["gate", "holdout", "train_oof", "train"])
def test_a_sweep_chooses_on_sweep_alone(compose: Compose, window: str) -> None:
    with pytest.raises(ConfigError, match=f"window={window}: a sweep chooses on window=sweep alone"):
        compose("mode=sweep", f"window={window}")


def test_a_setting_is_what_typing_it_composes() -> None:
    typed = [
        "prediction.confidence_quantile=0.9",
        "execution.sessions=[london,new_york]",
        "execution.max_consecutive_losses=3",
    ]
    setting: dict[str, Any] = {
        "prediction.confidence_quantile": 0.9,
        "execution.sessions": ["london", "new_york"],
        "execution.max_consecutive_losses": 3,
    }
    base = compose_config(CONF, ["mode=sweep"])
    composed = compose_config(CONF, ["mode=sweep", *typed])
    assert with_setting(base, setting) == composed
    assert fingerprint(composed) == fingerprint(compose_config(CONF, ["mode=backtest", *typed]))
    with pytest.raises(ConfigError, match=r"breakeven_offset=1.0: never read"):
        with_setting(base, {"execution.breakeven_offset": 1.0})


def proposed(compose: Compose, *overrides: str, score: Callable[[Any], float | None] | None = None) -> list[Any]:
    config = compose("mode=sweep", *overrides)
    asked: list[Any] = []

    def judge(setting: Any) -> float | None:
        asked.append(dict(setting))
        return 0.0 if score is None else score(setting)

    count = sum(1 for _ in proposals(read_space(config), config.sweep, config.seed, judge))
    assert count == len(asked)
    return asked


MIXED = (
    'sweep.space=["prediction.confidence_quantile=interval(0.7,0.9)","execution.max_consecutive_losses=interval(1,6)",'
    '"execution.sessions=[],[asian]","prediction.exit_threshold=tag(log,interval(0.1,0.9))"]'
)


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_drawn_settings_are_in_the_space_and_repeat(compose: Compose, method: str) -> None:
    overrides = (MIXED, f"sweep.method={method}", "sweep.trials=30")
    settings = proposed(compose, *overrides)
    assert settings == proposed(compose, *overrides)
    assert settings != proposed(compose, *overrides, "seed=8")
    assert len(settings) == 30
    for setting in settings:
        assert 0.7 <= setting["prediction.confidence_quantile"] <= 0.9
        assert setting["execution.max_consecutive_losses"] in range(1, 7)
        assert setting["execution.sessions"] in ([], ["asian"])
        assert 0.1 <= setting["prediction.exit_threshold"] <= 0.9
    assert len({setting["prediction.confidence_quantile"] for setting in settings}) > 20


def test_tpe_goes_where_the_score_is_and_passes_over_what_is_forbidden(compose: Compose) -> None:
    def score(setting: Any) -> float | None:
        far = abs(setting["prediction.confidence_quantile"] - 0.75)
        return None if setting["execution.sessions"] else -far

    def distance(method: str) -> float:
        settings = proposed(compose, MIXED, f"sweep.method={method}", "sweep.trials=60", score=score)
        return float(np.median([abs(one["prediction.confidence_quantile"] - 0.75) for one in settings[30:]]))

    assert distance("tpe") < 0.75 * distance("random")


def test_a_grid_beyond_the_trials_is_refused_with_its_sizes(compose: Compose) -> None:
    config = compose("mode=sweep", "sweep.trials=20")
    with pytest.raises(ConfigError, match=r"a grid of 50 settings \(5 prediction.confidence_quantile x 5 exec"):
        grid(read_space(config), config.sweep)


def test_a_grid_holds_the_ends_and_whole_numbers(compose: Compose) -> None:
    config = compose("mode=sweep", MIXED, "sweep.trials=1000", "sweep.grid_points=3")
    settings = grid(read_space(config), config.sweep)
    assert sorted({one["execution.max_consecutive_losses"] for one in settings}) == [1, 4, 6]
    assert sorted({one["prediction.confidence_quantile"] for one in settings}) == [0.7, 0.8, 0.9]
    assert sorted({one["prediction.exit_threshold"] for one in settings}) == [0.1, 0.3, 0.9]
