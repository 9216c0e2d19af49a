"""Votes on an open trade: which of EXIT, HOLD and ADD comes out, by hand and uncompiled."""

from __future__ import annotations

import numpy as np
import pytest

from novosky.labels.position_states import ADD, EXIT, HOLD
from novosky.models.decision.exit_rule import ExitRule, position_wish
from support.plain import plain

RULE = ExitRule(
    exit_threshold=0.55,
    exit_min_lead=0.0,
    add_threshold=0.65,
    min_agreement=0.5,
    min_bars_held=1,
    horizon_bars=16,
)
ORIGINAL = RULE._replace(exit_threshold=0.80, exit_min_lead=0.25)


@pytest.mark.parametrize(
    ("voters", "rule", "wish"),
    [
        ([(0.6, 0.1, 0.3)] * 3, RULE, EXIT),
        ([(0.54, 0.1, 0.36)] * 3, RULE, HOLD),  # first with all, but under the threshold
        ([(0.55, 0.1, 0.35)] * 3, RULE, EXIT),  # the threshold is to be reached
        ([(0.9, 0.05, 0.05), (0.9, 0.05, 0.05), (0.1, 0.1, 0.8)], RULE, EXIT),  # two of three, mean 0.63
        ([(1.0, 0.0, 0.0), (0.4, 0.1, 0.5), (0.4, 0.1, 0.5)], RULE, HOLD),  # mean 0.6, but one of three
        ([(0.9, 0.05, 0.05), (0.4, 0.1, 0.5)], RULE, HOLD),  # one of two is not more than half
        ([(0.1, 0.2, 0.7)] * 3, RULE, ADD),
        ([(0.1, 0.3, 0.6)] * 3, RULE, HOLD),
        ([(0.6, 0.1, 0.3)] * 3, ORIGINAL, HOLD),
        ([(0.8, 0.2, 0.0)] * 3, ORIGINAL, EXIT),
        ([(0.6, 0.4, 0.0)] * 3, ORIGINAL._replace(exit_threshold=0.5), HOLD),  # leads HOLD by 0.20
        ([(0.5, 0.0, 0.5)] * 3, RULE._replace(exit_threshold=0.5), HOLD),  # a tie is nobody's first
    ],
)
def test_the_wish_by_hand(voters: list[tuple[float, float, float]], rule: ExitRule, wish: int) -> None:
    table = np.array(voters)
    assert position_wish(table, len(table), rule) == wish
    assert plain(position_wish)(table, len(table), rule) == wish


def test_rows_beyond_the_voters_say_nothing() -> None:
    table = np.array([(0.6, 0.1, 0.3), (0.0, 1.0, 0.0)])
    assert position_wish(table, 1, RULE) == EXIT
