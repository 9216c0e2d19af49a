"""Guards of what the terminal shows: bars that stay away, clocks that part, spreads that jump, a person's file."""

from __future__ import annotations

from dataclasses import dataclass

from novosky.trading.guards.latch import NO_OPENING, STOP, Latch


@dataclass(frozen=True)
class MarketLimits:
    """0 switches a limit off."""

    stale_bars: float = 2.0  # periods that the last closed bar may be late
    clock_drift_ms: int = 5_000  # between this machine and the server, its offset known
    spread_factor: float = 5.0  # of the usual spread
    calm_share: float = 0.5  # of a limit below which a clock or a spread that tripped is free again


def kill_switch(latch: Latch, is_there: bool, time_ms: int) -> Latch:
    """While the file is there, the bot stops; taking it away is a person's leave to go on."""
    if is_there:
        return latch.trip(STOP, time_ms, "the kill switch file is there")
    return latch.free(time_ms)


def calendar(latch: Latch, unknown: str, time_ms: int) -> Latch:
    """`unknown`: why nobody knows of this week's events, empty where they are known."""
    return latch.trip(NO_OPENING, time_ms, unknown) if unknown else latch.free(time_ms)


def stale_bars(
    latch: Latch, last_close_ms: int, period_ms: int, is_open: bool, time_ms: int, limits: MarketLimits
) -> Latch:
    """Late by the server's clock while the market is open; a closed market owes no bar."""
    late = (time_ms - last_close_ms) / period_ms - 1.0
    if limits.stale_bars > 0.0 and is_open and late > limits.stale_bars:
        return latch.trip(NO_OPENING, time_ms, f"the last bar is {late:.1f} periods late, not {limits.stale_bars:g}")
    return latch.free(time_ms)


def clock_drift(latch: Latch, drift_ms: int, time_ms: int, limits: MarketLimits) -> Latch:
    """Free again only well below the limit, so that a clock at its edge does not flicker."""
    size, limit = abs(drift_ms), limits.clock_drift_ms
    if limit > 0 and size > limit:
        return latch.trip(NO_OPENING, time_ms, f"the clocks are {drift_ms} ms apart, {limit} are let")
    return latch if latch.holds and size > limit * limits.calm_share and limit > 0 else latch.free(time_ms)


def spread_spike(latch: Latch, spread: float, usual: float, time_ms: int, limits: MarketLimits) -> Latch:
    """Against the usual spread (the median of the window's bars, say), both in price units; unknown (0) is let pass."""
    limit = limits.spread_factor * usual
    if limit > 0.0 and not spread <= limit:
        return latch.trip(NO_OPENING, time_ms, f"the spread is {spread:g}, {limit:g} is let")
    return latch if latch.holds and spread > limit * limits.calm_share and limit > 0.0 else latch.free(time_ms)
