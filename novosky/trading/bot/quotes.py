"""The guards of what the terminal shows, asked at a bar's open and while a bar is overdue."""

from __future__ import annotations

from typing import Final

from novosky.trading.bot.broker import Look
from novosky.trading.bot.series import ClosedBar
from novosky.trading.bot.session import Session
from novosky.trading.guards import market

QUOTED_MS: Final = 60_000  # a market whose last tick is older may be closed


def guard_opening(session: Session, closed: ClosedBar, forming_ms: int, look: Look, usual_spread: float) -> None:
    """Whether nobody should open a trade on this bar: late bars, parted clocks, a spread that jumped."""
    board, limits = session.board, session.settings.limits
    now, period_ms = session.now_ms, closed.bars.timeframe_ms
    tick_ms = session.broker.utc_ms(look.tick.time_msc)
    is_fresh = tick_ms >= forming_ms
    last_close = int(closed.bars.time_ms[0]) + period_ms
    usual = max(float(closed.arrays.spread[0]), usual_spread)
    drift = tick_ms - now if is_fresh else 0
    session.guard(
        stale_bars=market.stale_bars(board.stale_bars, last_close, period_ms, is_fresh, now, limits),
        clock_drift=market.clock_drift(board.clock_drift, drift, now, limits),
        spread_spike=market.spread_spike(board.spread_spike, look.tick.ask - look.tick.bid, usual, now, limits),
    )


def guard_overdue(session: Session, due_ms: int) -> None:
    """Bars that stay away while quotes come; `due_ms` is when the next one should have closed."""
    limits, now = session.settings.limits, session.now_ms
    period_ms = session.broker.minutes * 60_000
    if limits.stale_bars <= 0.0 or now - due_ms <= limits.stale_bars * period_ms:
        return
    is_open = session.broker.utc_ms(session.broker.tick().time_msc) > now - QUOTED_MS
    latch = market.stale_bars(session.board.stale_bars, due_ms - period_ms, period_ms, is_open, now, limits)
    session.guard(stale_bars=latch)
