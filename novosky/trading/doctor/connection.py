"""Does the terminal answer, how fast, and by which clock?"""

from __future__ import annotations

import statistics
import time

import numpy as np

from novosky.config.schema.market import CLOCKS
from novosky.market.trading_days import wall_ms
from novosky.trading.doctor.finding import Finding, judged
from novosky.trading.doctor.look import Seen, unanswered
from novosky.trading.doctor.terms import Terms
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.server_clock import TOLERATED_MS

FARTHEST_S = 14 * 3600  # between two clocks of the world, about: a tick that is farther behind is old


def connection(terms: Terms, seen: Seen) -> Finding:
    """The terminal, and from there the trade server."""
    told, account = seen.terminal, seen.account
    if told is None:
        return unanswered("connection", "terminal_info", seen)
    server = f"{account.server}, account {account.login}" if account is not None else "no account"
    found = f"{told.name or 'terminal'} build {told.build}, {server}" if told.connected else "no trade server"
    fail = "" if told.connected else "log in to the account in the terminal; see its journal and the network"
    return judged("connection", found, "connected", fail=fail)


def latency(terms: Terms, terminal: Terminal) -> Finding:
    """Median of some calls that cross to the terminal and back."""
    limits, took = terms.limits, []
    for _ in range(limits.pings):
        began = time.perf_counter()
        if terminal.account_info() is None:
            code, words = terminal.last_error()
            mend = "the connection comes and goes: see the network and the terminal's journal"
            return judged("latency", f"no answer: {words} ({code})", "an answer to each call", fail=mend)
        took.append((time.perf_counter() - began) * 1000.0)
    median = statistics.median(took)
    warn = "run the bot nearer to the terminal; orders at a bar's open will be late" * (median > limits.latency_warn_ms)
    found = f"{median:.1f} ms median of {limits.pings} calls, {max(took):.1f} ms at most"
    return judged("latency", found, f"up to {limits.latency_warn_ms:g} ms", warn=warn)


def clock(terms: Terms, seen: Seen) -> Finding:
    """The server's clock beside UTC: its offset must be that of broker.clock, the rest is drift."""
    server, name = seen.clock, terms.broker.clock
    if server is None:
        return unanswered("clock", "server_time", seen)
    due, limit = offset_s(name, seen.utc_ms), terms.clock_drift_ms or TOLERATED_MS
    expected = f"UTC{due / 3600:+g} h ({name}), within {limit / 1000:g} s"
    ahead_s = server.server_epoch - server.utc_epoch
    behind_s = due - ahead_s
    found = f"the last tick is {ahead_s:+.1f} s beyond UTC"
    if behind_s > terms.limits.tick_age_s and (is_closed(seen) or behind_s > FARTHEST_S):
        mend = "the market is closed, an old tick tells no clock: ask when it opens"
        return judged("clock", found, expected, warn=mend)
    offset = server.utc_offset_seconds
    if offset is None:
        mend = "no fresh tick: ask when the market is open, and see this machine's clock (NTP)"
        return judged("clock", found, expected, fail=mend * (-behind_s * 1000.0 > limit), warn=mend)
    if offset != due:
        fitting = [one for one in CLOCKS if offset_s(one, seen.utc_ms) == offset]
        which = f"set broker.clock={fitting[0]}" if fitting else "no clock that is known here fits: another server"
        return judged("clock", found, expected, fail=f"{which}, if this machine's clock and time zone are right (NTP)")
    found, mend = f"UTC{offset / 3600:+g} h, {0.0 - behind_s:+.1f} s", "set this machine's clock (NTP)"
    # A tick from the future convicts this machine's clock; one from the past may only be old.
    late = behind_s * 1000.0
    return judged("clock", found, expected, fail=mend * (-late > limit), warn=mend * (late > limit))


def quotes(terms: Terms, seen: Seen) -> Finding:
    """A price, and a recent one."""
    tick = seen.tick
    if tick is None:
        return unanswered("quotes", "symbol_info_tick", seen)
    age_s = (seen.utc_ms - tick.time_msc) / 1000.0 + offset_s(terms.broker.clock, seen.utc_ms)
    bid, ask = (f"{price:.{terms.broker.digits}f}" for price in (tick.bid, tick.ask))
    found, expected = f"bid {bid}, ask {ask}, {age_s:.0f} s old", f"both, up to {terms.limits.tick_age_s} s old"
    if not 0.0 < tick.bid <= tick.ask:
        return judged(
            "quotes", found, expected, fail="no price to trade at: see the symbol in the terminal's Market Watch"
        )
    closed = "the market is closed, or the feed stands: the bot waits for the next bar"
    return judged("quotes", found, expected, warn=closed * (age_s > terms.limits.tick_age_s or is_closed(seen)))


def offset_s(clock_name: str, utc_ms: int) -> int:
    """How far a clock is from UTC at that time, seconds."""
    return (int(wall_ms(np.array([utc_ms], np.int64), clock_name)[0]) - utc_ms) // 1000


def is_closed(seen: Seen) -> bool:
    """Whether the server says that the market is closed."""
    return seen.trial is not None and seen.trial.retcode == retcodes.MARKET_CLOSED
