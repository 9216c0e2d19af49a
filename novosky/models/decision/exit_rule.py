"""What the position voters' probabilities mean for an open trade: EXIT, HOLD or ADD."""

from __future__ import annotations

from typing import NamedTuple

from novosky.config.schema.learning import PredictionConfig
from novosky.execution.compiled import compiled
from novosky.labels.position_states import ADD, EXIT, HOLD
from novosky.market.bars import Floats


class ExitRule(NamedTuple):
    """When a vote becomes a wish; `horizon_bars` is the life by which a trade's age is measured."""

    exit_threshold: float
    exit_min_lead: float
    add_threshold: float
    min_agreement: float
    min_bars_held: int
    horizon_bars: int


def exit_rule(settings: PredictionConfig, horizon_bars: int) -> ExitRule:
    return ExitRule(
        settings.exit_threshold,
        settings.exit_min_probability_diff,
        settings.add_threshold,
        settings.min_agreement,
        settings.min_bars_held,
        horizon_bars,
    )


@compiled
def position_wish(probabilities: Floats, n_voters: int, rule: ExitRule) -> int:
    """The wish of `n_voters` voters with calibrated `probabilities` (>= n_voters, 3), columns EXIT, HOLD, ADD.

    EXIT needs more than `min_agreement` of the voters to put it first, a mean probability of `exit_threshold`, and
    the lead over HOLD; ADD likewise its own threshold.
    """
    exits = adds = 0
    p_exit = p_hold = p_add = 0.0
    for v in range(n_voters):
        leave, hold, add = probabilities[v, EXIT], probabilities[v, HOLD], probabilities[v, ADD]
        if leave > hold and leave > add:
            exits += 1
        elif add > hold and add > leave:
            adds += 1
        p_exit += leave / n_voters
        p_hold += hold / n_voters
        p_add += add / n_voters
    agreed = rule.min_agreement * n_voters
    if exits > agreed and p_exit >= rule.exit_threshold and p_exit - p_hold >= rule.exit_min_lead:
        return EXIT
    if adds > agreed and p_add >= rule.add_threshold:
        return ADD
    return HOLD
