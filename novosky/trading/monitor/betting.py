"""Is the mean lower than it should be? Evidence that may be looked at after every trade, for ever.

Capital of a bettor who stakes on "the mean is below m": prod(1 + stake * (m - x)) over bounded x, averaged over a grid
of stakes (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024). Where
the mean is m or more it exceeds 1 / alpha at any time with a chance of at most alpha (Ville's inequality).

A promise is no known m but a sample. Then a second bettor plays on it that its mean is above m. Where the live mean is
not below the promised one, both play for nothing at the promised mean, and so does the product of their capitals: the
evidence is its least over all m. What a small sample does not know is paid for, as in a test of two samples.

A fall may come late: the capital is divided over games that start every `START_EVERY` values, the k-th with the share
6 / (pi^2 k^2).

It assumes that the mean to expect, given all that was before, is never below m. Where good and bad times follow each
other that fails for a while; so every bet's logarithm is divided by `inflation`, the long-run variance over the
variance: the same correction that a standard error gets, exact in the limit of small stakes.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from novosky.evaluation.long_run import standard_error
from novosky.execution.records import Floats

MEANS: Final = 601  # grid of m; near the least the error is of second order
STAKES: Final = 0.9 * 2.0 ** -np.arange(5.0)  # shares of the largest stake that cannot lose everything
START_EVERY: Final = 25
LEAST_SPAN: Final = 1 / 6  # of the range: what m's distance to the bound counts at least, so that stakes stay finite


def inflation_of(values: Floats) -> float:
    """Long-run variance over variance of `values` (n,) in their order, at least 1; 1 where that cannot be told."""
    n = len(values)
    if n < 8 or np.ptp(values) == 0.0:
        return 1.0
    return max(1.0, n * standard_error(values) ** 2 / float(values.var()))


class Evidence:
    """That live values have a lower mean than `reference`: values (n,), or a mean that is known.

    Values are clipped to `low` .. `high`, live ones and the reference's.
    """

    def __init__(self, reference: Floats | float, low: float, high: float, inflation: float = 1.0) -> None:
        span = high - low
        self._low, self._high, self._shrink = low, high, 1.0 / inflation
        if isinstance(reference, float):
            self._means, self._reference = np.array([reference]), np.zeros(1)
        else:
            self._means = np.linspace(low, high, MEANS)
            self._reference = self._bet_on(np.clip(reference, low, high), span)
        self._stakes = STAKES[:, None] / np.maximum(high - self._means, span * LEAST_SPAN)
        self._capital = np.full(self._stakes.shape, -np.inf)  # log, of all games that have started
        self._resting = 1.0  # share of those that have not
        self.seen = 0
        self.log_now = self.log_most = 0.0

    def _bet_on(self, reference: Floats, span: float) -> Floats:
        """log of the first bettor's capital for each m, (MEANS,); he keeps a share out of the game."""
        stakes = np.concatenate((STAKES, [0.0]))[:, None] / np.maximum(self._means - self._low, span * LEAST_SPAN)
        logs = np.zeros(stakes.shape)
        for value in reference:
            logs += np.log(1.0 + stakes * (value - self._means))
        return _log_sum(self._shrink * logs) - math.log(len(stakes))

    def see(self, value: float) -> float:
        """Take the next live value in; log of the evidence so far."""
        if self.seen % START_EVERY == 0:
            share = 6.0 / (math.pi * (self.seen // START_EVERY + 1)) ** 2
            self._resting = max(self._resting - share, 0.0)
            self._capital = np.logaddexp(self._capital, math.log(share / len(STAKES)))
        clipped = min(max(value, self._low), self._high)
        self._capital += self._shrink * np.log(1.0 + self._stakes * (self._means - clipped))
        self.seen += 1
        live = np.logaddexp(_log_sum(self._capital), math.log(self._resting))
        self.log_now = float((self._reference + live).min())
        self.log_most = max(self.log_most, self.log_now)
        return self.log_now


def _log_sum(logs: Floats) -> Floats:
    """log of the sum of exp over the first axis."""
    most = logs.max(axis=0)
    return np.asarray(most + np.log(np.exp(logs - most).sum(axis=0)))
