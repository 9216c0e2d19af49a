"""Figures as the screen writes them."""

from __future__ import annotations

from collections.abc import Sequence


def with_interval(value: float | None, interval: list[float | None] | None, form: str, unit: str = "") -> str:
    """`+0.021 R   (-0.120 .. +0.160)`; a side without a bound is said to have none."""
    if value is None:
        return "none"
    shown = format(value, form) + unit
    if interval is None:
        return shown
    low, high = ("no bound" if bound is None else format(bound, form) for bound in interval)
    return f"{shown}   ({low} .. {high})"


def bounds_text(interval: Sequence[float | None] | None, form: str) -> str:
    """`low .. high`."""
    return "none" if interval is None else " .. ".join(or_none(bound, form) for bound in interval)


def or_none(value: float | None, form: str) -> str:
    """A figure that may not exist."""
    return "none" if value is None else format(value, form)
