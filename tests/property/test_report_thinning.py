"""A thinned curve keeps what the eye would see."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from novosky.report.thinning import drawn_points


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(1, 40))
def test_ends_and_extremes_stay_and_order_holds(values, buckets):
    curve = np.array(values)
    kept = drawn_points(curve, buckets)
    assert (np.diff(kept) > 0).all()
    assert kept[0] == 0
    assert kept[-1] == len(curve) - 1
    assert curve[kept].min() == curve.min()
    assert curve[kept].max() == curve.max()
    assert len(kept) <= max(4 * buckets, 1)


def test_a_short_curve_stays_whole():
    assert drawn_points(np.zeros(400), 100).tolist() == list(range(400))
