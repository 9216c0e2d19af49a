"""Walk-forward folds: where they lie, and that no bar is judged by what has seen it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.schema.learning import WindowsConfig
from novosky.errors import ConfigError, WindowError
from novosky.evaluation.folds import walk_forward_folds
from novosky.evaluation.windows import MIN_BARS, cut_windows


def settings(**more: object) -> WindowsConfig:
    return WindowsConfig(kind="walk_forward", purge_bars=16, embargo_bars=96, folds=4, first_train=0.5, **more)


def test_folds_by_hand() -> None:
    # 20,000 bars: holdout takes the last 10 % and its embargo; gate ends at 18,000 - 16. Four parts of the second half.
    time_ms = np.arange(20_000, dtype=np.int64) * 900_000
    folds = walk_forward_folds(cut_windows(time_ms, settings()), settings())
    spans = [(fold["train"].stop, fold["sweep"].start, fold["sweep"].stop) for fold in folds]
    assert spans == [
        (8_976, 9_088, 11_224),
        (11_224, 11_336, 13_472),
        (13_472, 13_584, 15_720),
        (15_720, 15_832, 17_984),
    ]
    assert [fold["sweep"].name for fold in folds] == ["fold_1", "fold_2", "fold_3", "fold_4"]


@given(n=st.integers(8_000, 80_000), folds=st.integers(2, 12), purge=st.integers(0, 200), embargo=st.integers(0, 200))
def test_no_bar_is_trained_on_and_judged_and_none_lies_in_holdout(n: int, folds: int, purge: int, embargo: int) -> None:
    own = WindowsConfig(kind="walk_forward", purge_bars=purge, embargo_bars=embargo, folds=folds)
    windows = cut_windows(np.arange(n, dtype=np.int64) * 900_000, own)
    try:
        made = walk_forward_folds(windows, own)
    except WindowError:
        return
    assert len(made) == folds
    for fold in made:
        assert fold["train"].start == 0
        assert fold["train"].stop + purge + embargo <= fold["sweep"].start
        assert fold["sweep"].stop - fold["sweep"].start >= MIN_BARS
    for before, after in itertools.pairwise(made):
        assert before["sweep"].stop <= after["train"].stop + purge
        assert before["sweep"].stop + purge <= after["sweep"].start
    assert made[-1]["sweep"].stop <= windows["holdout"].start


def test_too_many_folds_are_refused_with_the_mend() -> None:
    time_ms = np.arange(20_000, dtype=np.int64) * 900_000
    own = WindowsConfig(kind="walk_forward", purge_bars=16, embargo_bars=96, folds=50)
    windows = cut_windows(time_ms, own)
    with pytest.raises(WindowError, match=r"fold 1 of 50: expected at least 200 bars, found \d+ .*windows.folds lower"):
        walk_forward_folds(windows, own)


def test_the_last_day_that_chose_the_settings_is_a_day(compose: Callable[..., Config]) -> None:
    assert compose("mode=backtest", "windows.chosen_until=2024-01-01").windows.chosen_until == "2024-01-01"
    with pytest.raises(ConfigError, match="ISO date"):
        compose("mode=backtest", "windows=walk_forward", "windows.chosen_until=soon")


def test_the_last_day_changes_a_walk_forward_alone(compose: Callable[..., Config]) -> None:
    for windows, same in (("fractions", True), ("walk_forward", False)):
        typed = ("mode=backtest", f"windows={windows}")
        own = fingerprint(compose(*typed, "windows.chosen_until=2024-01-01"))
        assert (own == fingerprint(compose(*typed))) is same
