"""Four bytes a bar find the bar in which two readings of a market part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novosky.market.bar_digests import bar_digests, first_differing_bar
from novosky.market.bars import Bars
from support.report_sample import random_bars

BARS = random_bars(200)
COLUMNS = ("time_ms", "open", "high", "low", "close", "tick_volume", "spread_points", "real_volume")


def with_changed(bars: Bars, column: str, place: int) -> Bars:
    """The bars with one value one step higher."""
    values = getattr(bars, column).copy()
    values[place] += bars.point if column in ("open", "high", "low", "close") else 1
    return replace(bars, **{column: values})


@given(column=st.sampled_from(COLUMNS), place=st.integers(0, len(BARS) - 1))
def test_any_changed_value_of_any_bar_is_found(column: str, place: int) -> None:
    changed = with_changed(BARS, column, place)
    found = first_differing_bar(bar_digests(BARS), changed)
    assert found is not None
    assert found[0].startswith(f"bar {place + 1} (")
    assert "1 of 200 bars differ" in found[2]
    assert np.flatnonzero(bar_digests(BARS) != bar_digests(changed)).tolist() == [place]


def test_the_same_bars_do_not_differ() -> None:
    assert first_differing_bar(bar_digests(BARS), BARS) is None


def test_values_that_change_places_differ() -> None:
    assert first_differing_bar(bar_digests(BARS), replace(BARS, high=BARS.low, low=BARS.high)) is not None


def test_a_missing_bar_is_found_where_it_is_missing() -> None:
    names = COLUMNS
    without = replace(BARS, **{name: np.delete(getattr(BARS, name), 57) for name in names})
    found = first_differing_bar(bar_digests(BARS), without)
    assert found is not None
    assert found[0].startswith("bar 58 (")
    assert found[2].endswith("; 200 bars then, 199 now)")


@pytest.mark.parametrize(("then", "now"), [(200, 150), (150, 200)])
def test_bars_that_end_early_or_go_on_are_found_at_the_end(then: int, now: int) -> None:
    found = first_differing_bar(bar_digests(BARS.slice(0, then)), BARS.slice(0, now))
    assert found is not None
    assert found[0].startswith("bar 151")
    assert "no such bar" in (found[1] if now > then else found[2])


def test_digests_are_the_same_on_every_machine() -> None:
    digests = bar_digests(BARS)
    assert digests.dtype == np.dtype("<u4")
    assert len(np.unique(digests)) == 200


def test_a_bar_is_shown_with_all_its_digits() -> None:
    close = BARS.close.copy()
    close[3] = 116655.16
    found = first_differing_bar(bar_digests(BARS), replace(BARS, close=close))
    assert found is not None
    assert "close 116655.16, volume" in found[2]
