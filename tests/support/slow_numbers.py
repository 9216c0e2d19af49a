"""Exact numbers for the slow broker: what a float was written as, as a fraction, so that a tie is a tie."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple, TypeVar, get_type_hints

from novosky.execution.series import BarArrays, FinerBars

HALF = Fraction(1, 2)
Terms = TypeVar("Terms", bound=NamedTuple)


def exact(number: float) -> Fraction:
    """The shortest decimal that a float stands for: 0.1 is one tenth."""
    return Fraction(repr(float(number)))


def exact_terms(terms: Terms) -> Terms:
    """A contract or rules with every float in it exact."""
    kinds = get_type_hints(type(terms))
    return terms._replace(**{name: exact(getattr(terms, name)) for name in kinds if kinds[name] is float})


def cents(money: Fraction) -> Fraction:
    """Money to the cent, halves away from zero."""
    whole = floor(abs(money) * 100 + HALF)
    return Fraction(whole if money >= 0 else -whole, 100)


def nearest(number: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of `unit`, halves up."""
    return floor(number / unit + HALF) * unit


def below(number: Fraction, unit: Fraction) -> Fraction:
    return floor(number / unit) * unit


def above(number: Fraction, unit: Fraction) -> Fraction:
    return ceil(number / unit) * unit


@dataclasses.dataclass(frozen=True)
class Candle:
    """A finer bar, bid."""

    open: Fraction
    high: Fraction
    low: Fraction


@dataclasses.dataclass(frozen=True)
class SlowBar:
    """One bar, bid, with the finer bars inside."""

    number: int
    open: Fraction
    high: Fraction
    low: Fraction
    close: Fraction
    spread: Fraction
    slippage: Fraction
    atr: Fraction
    day: int
    week: int
    nights: int
    flat: bool
    finer: tuple[Candle, ...]

    def opening(self, side: int, bid: Fraction) -> Fraction:
        """The quote that a position of this side opens at: ask for a BUY."""
        return bid + self.spread if side > 0 else bid

    def closing(self, side: int, bid: Fraction) -> Fraction:
        """The quote that a position of this side closes at: bid for a BUY."""
        return bid if side > 0 else bid + self.spread


def slow_bar(bars: BarArrays, finer: FinerBars, i: int) -> SlowBar:
    inside = range(finer.first[i], finer.first[i + 1])
    return SlowBar(
        i,
        *(exact(column[i]) for column in bars[:7]),
        int(bars.day[i]),
        int(bars.week[i]),
        int(bars.nights[i]),
        bool(bars.flat[i]),
        tuple(Candle(exact(finer.open[j]), exact(finer.high[j]), exact(finer.low[j])) for j in inside),
    )
