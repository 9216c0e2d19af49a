"""The spread that each bar pays: what its data says, or what a model of it says; never a later bar's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.execution.records import Floats


@compiled
def effective_spread(spread_points: Floats, point: float, floor: float, factor: float) -> Floats:
    """Spread paid at each bar, price units, shape (n_bars,).

    A MetaTrader bar holds its *minimum* spread, so a bar pays the largest of its own, the one before it and the
    broker's usual spread (`floor`), times `factor`; never a later bar's. A spread of 0 in the data means unknown.
    """
    paid = np.empty(len(spread_points))
    before = 0.0
    for i in range(len(spread_points)):
        own = spread_points[i] * point
        paid[i] = max(own, before, floor) * factor
        before = own
    return paid


@compiled
def modelled_spread(
    sessions: NDArray[np.bool_], session_factors: Floats, agitation: Floats, power: float, spread: float
) -> Floats:
    """Spread by session and volatility, price units, shape (n_bars,).

    `spread` in price units x the largest factor of the sessions open, or the last factor where none is, x
    `agitation` ** `power`, where calm counts as 1. sessions (n_bars, k): which are open at the bar's open;
    session_factors (k + 1,); agitation (n_bars,): volatility as a multiple of its usual one, NaN where unknown.
    """
    paid = np.empty(len(agitation))
    none_open = session_factors[-1]
    for i in range(len(agitation)):
        factor = -1.0
        for k in range(sessions.shape[1]):
            if sessions[i, k]:
                factor = max(factor, session_factors[k])
        widened = agitation[i] ** power if agitation[i] > 1.0 else 1.0
        paid[i] = spread * (none_open if factor < 0.0 else factor) * widened
    return paid
