"""Random markets, decisions, contracts and rules: every rule of the core on in some of them, prices on ticks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from novosky.execution import codes
from novosky.execution.records import BarArrays, Contract, FinerBars, Floats, Intents, Rules

TICKS = (0.01, 0.1, 0.25, 1.0, 0.00001)
START_TICKS = 40_000
BARS_PER_DAY = 8
DAYS_PER_WEEK = 3


class Case(NamedTuple):
    """All that a simulation needs."""

    bars: BarArrays
    finer: FinerBars
    intents: Intents
    contract: Contract
    rules: Rules
    balance: float
    start: int
    stop: int


def in_units(counts: Any, unit: float) -> Floats:
    """Counts of a unit as the floats that their decimals are written as."""
    step = Fraction(repr(unit))
    return np.array([float(Fraction(float(count)) * step) for count in np.ravel(counts)])


def in_ticks(count: float, tick: float) -> float:
    return float(in_units(count, tick)[0])


def to_cents(money: float) -> float:
    return round(float(money), 2)


def candles(rng: np.random.Generator, n: int, wild: float, gaps: float, gaps_in_bar: float) -> tuple[Any, Any, Any]:
    """Bars in ticks and the finer bars that they are made of: (open, high, low, close), (open, high, low), first."""
    price, rows, finer, first = START_TICKS, [], [], [0]
    for _ in range(n):
        size = rng.choice([0, 12, 40, 200], p=[0.05, 0.75 - wild, 0.2, wild])
        price += int(rng.normal(0, 80)) if rng.random() < gaps else 0
        inside = []
        for _ in range(rng.integers(1, 7)):
            price += int(rng.normal(0, size)) if rng.random() < gaps_in_bar else 0
            path = price + np.cumsum(np.rint(rng.normal(0, size, 4))).astype(int)
            inside.append((price, max(price, *path), min(price, *path)))
            price = int(path[-1])
        rows.append((inside[0][0], max(c[1] for c in inside), min(c[2] for c in inside), price))
        kept = [c for c in inside if rng.random() < 0.95] if rng.random() < 0.9 else []
        finer += kept
        first.append(first[-1] + len(kept))
    return np.array(rows), np.array(finer).reshape(-1, 3), np.array(first, np.int64)


@st.composite
def markets(draw: Callable[..., Any], tick: float) -> tuple[BarArrays, FinerBars]:
    """30 to 200 bars: calm, wild and flat ones, gaps, costs of several kinds, days, weeks, nights and week's ends."""
    n = draw(st.sampled_from([30, 80, 140, 200]))
    wild, gaps = draw(st.sampled_from([0.0, 0.05, 0.2])), draw(st.sampled_from([0.0, 0.1, 0.5]))
    spread, half_ticks = draw(st.sampled_from([0, 4, 15])), draw(st.sampled_from([False, False, True]))
    slippage = draw(st.sampled_from(["none", "fixed", "by_atr"]))
    has_flat, has_finer = draw(st.booleans()), draw(st.sampled_from([True, True, False]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, finer, first = candles(rng, n, wild, gaps, draw(st.sampled_from([0.0, 0.2])))
    spreads = rng.integers(0, spread + 1, n) + (0.5 * rng.integers(0, 2, n) if half_ticks else 0)
    atr = in_units(rng.integers(40, 160, n) / 2, tick)
    slips = {"none": np.zeros(n), "fixed": in_units(np.full(n, 1.5), tick), "by_atr": np.round(atr * 0.0371, 9)}[slippage]
    in_day, day = np.arange(n) % BARS_PER_DAY, np.arange(n) // BARS_PER_DAY + 100
    week = day // DAYS_PER_WEEK
    last_of_week = (day % DAYS_PER_WEEK == DAYS_PER_WEEK - 1) & (in_day >= BARS_PER_DAY - 2)
    nights = np.where((in_day == 0) & (np.arange(n) > 0), np.where(day % DAYS_PER_WEEK == 1, 3, 1), 0)
    columns = [in_units(rows[:, k], tick) for k in range(4)]
    flat = last_of_week if has_flat else np.zeros(n, np.bool_)
    bars = BarArrays(*columns, in_units(spreads, tick), slips, atr, day, week, nights.astype(np.int8), flat)
    if not has_finer:
        finer, first = finer[:0], np.zeros(n + 1, np.int64)
    return bars, FinerBars(*(in_units(finer[:, k], tick) for k in range(3)), first)


@st.composite
def decisions(draw: Callable[..., Any], n: int) -> Intents:
    """Sides that stay a while, refusals of the chain, brackets and sizes per bar, the position model's wishes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rate, stay = draw(st.sampled_from([0.3, 0.6, 0.95])), draw(st.sampled_from([0.5, 0.9]))
    side = np.where(rng.random(n) < rate, 1, 0)
    for i in range(n):
        side[i] *= rng.choice([-1, 1]) if i == 0 or rng.random() > stay else (side[:i][side[:i] != 0][-1:].sum() or 1)
    refusing = rng.choice([*range(codes.LOW_CONFIDENCE, codes.WEEK_END + 1), codes.SPREAD_LIMIT], n)
    refused = rng.random(n) < draw(often(0.0, 0.3))
    verdict = np.where(side == 0, codes.NO_VOTE, np.where(refused, refusing, codes.OPENED))
    multiplier = rng.choice([0.1, 0.5, 1.0, 1.25], n) if draw(st.booleans()) else np.ones(n)
    wishes = draw(st.sampled_from([(1, 0, 0, 0), (0, 0.1, 0.7, 0.2), (0, 0.02, 0.28, 0.7)]))
    wish = rng.choice([codes.NO_WISH, codes.WISH_EXIT, codes.WISH_HOLD, codes.WISH_ADD], n, p=wishes)
    scale = draw(st.sampled_from([0.5, 1.0, 2.0]))
    return Intents(
        side.astype(np.int8),
        verdict.astype(np.int16),
        np.round(rng.random(n), 3),
        rng.choice([0.5, 1.0, 1.5, 2.0, 3.3], n) * scale,
        rng.choice([0.5, 1.0, 2.0, 3.1], n) * scale,
        multiplier,
        wish.astype(np.int8),
    )


def often(off: Any, *on: Any) -> st.SearchStrategy[Any]:
    """On in half of the draws."""
    return st.sampled_from([off] * len(on) + [*on])


def seldom(off: Any, *on: Any) -> st.SearchStrategy[Any]:
    """On in a fifth of the draws: what stops trading for long would hide the rest."""
    return st.sampled_from([off] * 4 * len(on) + [*on])


@st.composite
def all_rules(draw: Callable[..., Any], tick: float, bold: bool) -> Rules:
    """Every rule, each on with some probability; a bold owner risks so much that the broker steps in."""
    netting = draw(st.sampled_from([False, False, True]))
    return Rules(
        max_hold_bars=draw(st.sampled_from([1, 5, 20, 60, 60])),
        risk_pct=draw(st.sampled_from([30.0, 60.0] if bold else [0.5, 1.0, 2.5, 6.0])),
        reading=draw(st.sampled_from([codes.PESSIMISTIC, codes.OPTIMISTIC, codes.FINER_BARS])),
        netting=netting,
        max_positions=1 if netting else draw(st.sampled_from([1, 2, 4])),
        max_adds=draw(often(0, 1, 2)),
        on_opposite=draw(st.sampled_from([codes.IGNORE, codes.CLOSE, codes.REVERSE])),
        max_risk_per_trade_pct=draw(often(0.0, 0.3, 1.0, 2.0, 12.0)),
        cap_stops=draw(st.booleans()),
        breakeven_r=draw(often(0.0, 0.2, 0.5, 1.0)),
        breakeven_offset=in_ticks(draw(st.sampled_from([0, 2, -3, 1.5])), tick),
        trail_start_r=draw(st.sampled_from([0.0, 0.3, 1.0])),
        trail_atr=draw(often(0.0, 0.25, 0.75, 1.0)),
        partial_r=draw(often(0.0, 0.2, 0.5)),
        partial_fraction=draw(st.sampled_from([0.5, 0.3, 0.75])),
        equity_filter_trades=draw(st.sampled_from([1, 3, 10])),
        equity_filter_drawdown_r=draw(seldom(0.0, 1.0, 2.0, 4.0)),
        max_consecutive_losses=draw(seldom(0, 1, 2, 3)),
        losses_reset_weekly=draw(st.booleans()),
        daily_loss_pct=draw(seldom(100.0, 0.5, 2.0, 10.0)),
        weekly_loss_pct=draw(seldom(100.0, 1.0, 5.0)),
        total_loss_pct=draw(seldom(100.0, 3.0, 20.0)),
        limits_on_balance=draw(st.booleans()),
        limits_of_start=draw(st.booleans()),
    )


@st.composite
def terms(draw: Callable[..., Any], tick: float, rules: Rules, bold: bool) -> tuple[Contract, float]:
    """A contract, and a balance at which the risk buys a fraction of a step or many; margin from none to too much."""
    step, tick_value = draw(st.sampled_from([0.01, 0.1, 1.0])), draw(st.sampled_from([0.01, 1.0, 0.1, 0.0137]))
    lots = step * draw(st.sampled_from([0.7, 4, 30, 100, 1000]))
    balance = max(to_cents(lots * 60 * tick_value * 100 / rules.risk_pct), 1.0)
    bound = balance / lots * draw(st.sampled_from([0.4, 0.6, 0.8, 0.95]) if bold else often(0.0, 0.05, 0.2, 0.6))
    by_price = draw(st.sampled_from([0.0, 0.5, 1.0]))
    swaps = [round(tick_value * draw(st.sampled_from([-9.0, -2.5, 0.0, 4.0])), 4) for _ in range(2)]
    per_price = [round(tick_value * draw(often(0.0, -3.0, 2.0)) / (START_TICKS * tick), 9) for _ in range(2)]
    contract = Contract(
        tick_size=tick,
        tick_value=tick_value,
        volume_min=step * draw(st.sampled_from([1, 1, 2])),
        volume_max=step * draw(st.sampled_from([10_000, 10_000, 7])),
        volume_step=step,
        commission_per_lot=round(tick_value * draw(often(0.0, 3.0, 7.3)), 4),
        commission_pct=draw(often(0.0, 0.005, 0.013)),
        stops_distance=in_ticks(draw(seldom(0, 10, 25)), tick),
        freeze_distance=in_ticks(draw(seldom(0, 8, 20)), tick),
        margin_fixed=to_cents(bound * (1 - by_price)),
        margin_per_price=round(bound * by_price / (START_TICKS * tick), 6),
        margin_hedged_rate=draw(st.sampled_from([0.0, 0.5, 1.0])),
        stop_out_pct=draw(st.sampled_from([60.0, 100.0, 100.0]) if bold else often(0.0, 20.0, 50.0, 100.0)),
        swap_long_fixed=swaps[0],
        swap_long_per_price=per_price[0],
        swap_short_fixed=swaps[1],
        swap_short_per_price=per_price[1],
        swap_on_entry_price=draw(st.booleans()),
    )
    return contract, balance


@st.composite
def cases(draw: Callable[..., Any]) -> Case:
    tick = draw(st.sampled_from(TICKS))
    bars, finer = draw(markets(tick))
    bold = draw(st.sampled_from([False, False, True]))
    rules = draw(all_rules(tick, bold))
    contract, balance = draw(terms(tick, rules, bold))
    n = len(bars.open)
    start, stop = draw(st.sampled_from([(0, n), (0, n), (5, n - 3)]))
    return Case(bars, finer, draw(decisions(n)), contract, rules, balance, start, stop)
