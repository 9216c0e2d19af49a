"""Random markets, decisions, contracts and rules: every rule of the core on in some of them, prices on ticks."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from novosky.execution import codes
from novosky.execution.records import Floats
from novosky.execution.series import BarArrays, FinerBars, Intents
from novosky.execution.terms import Contract, Rules

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


class Dice(Random):
    """Random choices, all from one seed."""

    def often(self, off: Any, *on: Any) -> Any:
        """On in half of the cases."""
        return self.choice(on) if self.random() < 0.5 else off

    def seldom(self, off: Any, *on: Any) -> Any:
        """On in a fifth of the cases: what stops trading for long would hide the rest."""
        return self.choice(on) if self.random() < 0.2 else off

    def arrays(self) -> np.random.Generator:
        return np.random.default_rng(self.getrandbits(32))


def cases() -> st.SearchStrategy[Case]:
    """One seed decides all but the length: cases that share a part would be fewer than they look."""
    return st.builds(random_case, st.integers(0, 2**32 - 1), st.sampled_from([30, 60, 100, 150, 200]))


def random_case(seed: int, n_bars: int) -> Case:
    """A market of so many bars and an account on it."""
    dice = Dice(seed)
    tick, bold = dice.choice(TICKS), dice.random() < 1 / 3
    bars, finer = market(dice, tick, n_bars)
    rules = all_rules(dice, tick, bold)
    contract, balance = terms(dice, tick, rules, bold)
    start, stop = dice.choice([(0, n_bars), (0, n_bars), (5, n_bars - 3)])
    case = Case(bars, finer, decisions(dice, n_bars), contract, rules, balance, start, stop)
    return crowded(dice, case) if dice.random() < 1 / 4 else case


def crowded(dice: Dice, case: Case) -> Case:
    """Many positions on both sides, so close to the margin that the broker closes some and leaves some."""
    rules = case.rules._replace(
        risk_pct=dice.choice([8.0, 15.0]),
        netting=False,
        max_positions=4,
        on_opposite=codes.IGNORE,
        max_hold_bars=60,
        max_risk_per_trade_pct=0.0,
        daily_loss_pct=100.0,
        weekly_loss_pct=100.0,
        total_loss_pct=100.0,
    )
    contract = case.contract._replace(
        margin_fixed=0.0,
        margin_per_price=float(f"{dice.choice([50.0, 100.0, 200.0]) * value_of(case.contract) / START_TICKS:.4g}"),
        stop_out_pct=dice.choice([60.0, 100.0, 100.0]),
    )
    intents = case.intents._replace(sl_atr=case.intents.sl_atr * 2, tp_atr=case.intents.tp_atr * 2)
    return case._replace(rules=rules, contract=contract, intents=intents)


def in_units(counts: Any, unit: float) -> Floats:
    """Counts of a unit as the floats that their decimals are written as."""
    step = Fraction(repr(unit))
    return np.array([float(Fraction(float(count)) * step) for count in np.ravel(counts)])


def in_ticks(count: float, tick: float) -> float:
    return float(in_units(count, tick)[0])


def value_of(contract: Contract) -> float:
    """Money of one lot when the price moves by 1."""
    return contract.tick_value / contract.tick_size


def to_cents(money: float) -> float:
    return round(float(money), 2)


def candles(rng: np.random.Generator, n: int, wild: float, gaps: float, finer_gaps: float) -> tuple[Any, Any, Any]:
    """Bars in ticks and the finer bars that they are made of: (open, high, low, close), (open, high, low), first."""
    price, rows, finer, first = START_TICKS, [], [], [0]
    for _ in range(n):
        size = rng.choice([0, 12, 40, 200], p=[0.05, 0.75 - wild, 0.2, wild])
        price += int(rng.normal(0, 80)) if rng.random() < gaps else 0
        inside = []
        for _ in range(rng.integers(1, 7)):
            price += int(rng.normal(0, size)) if rng.random() < finer_gaps else 0
            path = price + np.cumsum(np.rint(rng.normal(0, size, 4))).astype(int)
            inside.append((price, max(price, *path), min(price, *path)))
            price = int(path[-1])
        rows.append((inside[0][0], max(c[1] for c in inside), min(c[2] for c in inside), price))
        kept = [c for c in inside if rng.random() < 0.95] if rng.random() < 0.9 else []
        finer += kept
        first.append(first[-1] + len(kept))
    return np.array(rows), np.array(finer).reshape(-1, 3), np.array(first, np.int64)


def market(dice: Dice, tick: float, n: int) -> tuple[BarArrays, FinerBars]:
    """Calm, wild and flat bars, gaps, costs of several kinds, days, weeks, nights and week's ends."""
    rng, i = dice.arrays(), np.arange(n)
    wild, gaps, finer_gaps = dice.choice([0.0, 0.05, 0.2]), dice.choice([0.0, 0.1, 0.5]), dice.choice([0.0, 0.2])
    rows, finer, first = candles(rng, n, wild, gaps, finer_gaps)
    half_ticks = dice.seldom(0.0, 0.5) * rng.integers(0, 2, n)
    spreads = rng.integers(0, dice.choice([0, 4, 15]) + 1, n) + half_ticks
    atr = in_units(rng.integers(40, 160, n) / 2, tick)
    slippage = dice.choice([np.zeros(n), in_units(np.full(n, 1.5), tick), np.round(atr * 0.0371, 9)])
    day, in_day = i // BARS_PER_DAY + 100, i % BARS_PER_DAY
    nights = np.where((in_day == 0) & (i > 0), np.where(day % DAYS_PER_WEEK == 1, 3, 1), 0)
    late = (day % DAYS_PER_WEEK == DAYS_PER_WEEK - 1) & (in_day >= BARS_PER_DAY - 2)
    columns = [in_units(rows[:, k], tick) for k in range(4)]
    flat = dice.often(np.zeros(n, np.bool_), late)
    bars = BarArrays(
        *columns, in_units(spreads, tick), slippage, atr, day, day // DAYS_PER_WEEK, nights.astype(np.int8), flat
    )
    if dice.seldom(False, True):
        finer, first = finer[:0], np.zeros(n + 1, np.int64)
    return bars, FinerBars(*(in_units(finer[:, k], tick) for k in range(3)), first)


def decisions(dice: Dice, n: int) -> Intents:
    """Sides that stay a while, refusals of the chain, brackets and sizes per bar, the position model's wishes."""
    rng = dice.arrays()
    turns = rng.random(n) > dice.choice([0.5, 0.9])
    leaning = rng.choice([-1, 1], n)[np.maximum.accumulate(np.where(turns, np.arange(n), 0))]
    side = np.where(rng.random(n) < dice.choice([0.3, 0.6, 0.95]), leaning, 0)
    refusing = rng.choice([*range(codes.LOW_CONFIDENCE, codes.WEEK_END + 1), codes.SPREAD_LIMIT], n)
    refused = rng.random(n) < dice.often(0.0, 0.3)
    wishes = dice.choice([(1, 0, 0, 0), (0, 0.1, 0.7, 0.2), (0, 0.02, 0.28, 0.7)])
    scale = dice.choice([0.5, 1.0, 2.0])
    return Intents(
        side=side.astype(np.int8),
        verdict=np.where(side == 0, codes.NO_VOTE, np.where(refused, refusing, codes.OPENED)).astype(np.int16),
        confidence=np.round(rng.random(n), 3),
        sl_atr=rng.choice([0.5, 1.0, 1.5, 2.0, 3.3], n) * scale,
        tp_atr=rng.choice([0.5, 1.0, 2.0, 3.1], n) * scale,
        risk_multiplier=dice.often(np.ones(n), rng.choice([0.1, 0.5, 1.0, 1.25], n)),
        wish=rng.choice([codes.NO_WISH, codes.WISH_EXIT, codes.WISH_HOLD, codes.WISH_ADD], n, p=wishes).astype(np.int8),
    )


def all_rules(dice: Dice, tick: float, bold: bool) -> Rules:
    """Every rule, each on with some probability; a bold owner risks so much that the broker steps in."""
    netting = dice.random() < 1 / 3
    risk_pct = dice.choice([8.0, 15.0, 30.0, 60.0] if bold else [0.5, 1.0, 2.5, 6.0])
    return Rules(
        max_hold_bars=dice.choice([1, 5, 20, 60, 60]),
        risk_pct=risk_pct,
        reading=dice.choice([codes.PESSIMISTIC, codes.OPTIMISTIC, codes.FINER_BARS]),
        netting=netting,
        max_positions=1 if netting else dice.choice([2, 4] if bold else [1, 2, 4]),
        max_adds=dice.often(0, 1, 2),
        on_opposite=dice.often(codes.IGNORE, codes.CLOSE, codes.REVERSE),
        max_risk_per_trade_pct=dice.often(0.0, *(round(risk_pct * share, 3) for share in (0.02, 0.4, 0.9, 1.05, 1.3))),
        cap_stops=dice.often(False, True),
        breakeven_r=dice.often(0.0, 0.2, 0.5, 1.0),
        breakeven_offset=in_ticks(dice.choice([0, 2, -3, 1.5]), tick),
        trail_start_r=dice.choice([0.0, 0.3, 1.0]),
        trail_atr=dice.often(0.0, 0.25, 0.75, 1.0),
        partial_r=dice.often(0.0, 0.2, 0.5),
        partial_fraction=dice.choice([0.5, 0.3, 0.75]),
        equity_filter_trades=dice.choice([1, 3, 10]),
        equity_filter_drawdown_r=dice.seldom(0.0, 1.0, 2.0, 4.0),
        max_consecutive_losses=dice.seldom(0, 1, 2, 3),
        losses_reset_weekly=dice.often(False, True),
        daily_loss_pct=dice.seldom(100.0, 0.5, 2.0, 10.0),
        weekly_loss_pct=dice.seldom(100.0, 1.0, 5.0),
        total_loss_pct=dice.seldom(100.0, 3.0, 20.0),
        limits_on_balance=dice.often(False, True),
        limits_of_start=dice.often(False, True),
    )


def terms(dice: Dice, tick: float, rules: Rules, bold: bool) -> tuple[Contract, float]:
    """A contract, and a balance at which the risk buys a fraction of a step or many; margin from none to too much."""
    step, tick_value = dice.choice([0.01, 0.1, 1.0]), dice.choice([0.01, 1.0, 0.1, 0.0137])
    lots = step * dice.choice([0.7, 4, 30, 100, 1000])
    balance = max(to_cents(lots * 60 * tick_value * 100 / rules.risk_pct), 1.0)
    bound = balance / lots * (dice.choice([0.15, 0.3, 0.6, 0.95]) if bold else dice.often(0.0, 0.05, 0.2, 0.6))
    by_price = dice.choice([0.0, 0.5, 1.0])

    def night() -> float:
        return round(tick_value * dice.choice([-9.0, -2.5, 0.0, 4.0]), 4)

    def night_per_price() -> float:
        return round(tick_value * dice.often(0.0, -3.0, 2.0) / (START_TICKS * tick), 9)

    contract = Contract(
        tick_size=tick,
        tick_value=tick_value,
        volume_min=step * dice.choice([1, 1, 2]),
        volume_max=step * dice.choice([10_000, 10_000, 7]),
        volume_step=step,
        commission_per_lot=round(tick_value * dice.often(0.0, 3.0, 7.3), 4),
        commission_pct=dice.often(0.0, 0.005, 0.013),
        stops_distance=in_ticks(dice.seldom(0, 10, 25), tick),
        freeze_distance=in_ticks(dice.seldom(0, 8, 20), tick),
        margin_fixed=to_cents(bound * (1 - by_price)),
        margin_per_price=round(bound * by_price / (START_TICKS * tick), 6),
        margin_hedged_rate=dice.choice([0.0, 0.5, 1.0]),
        stop_out_pct=dice.choice([60.0, 100.0, 100.0]) if bold else dice.often(0.0, 20.0, 50.0, 100.0),
        swap_long_fixed=night(),
        swap_long_per_price=night_per_price(),
        swap_short_fixed=night(),
        swap_short_per_price=night_per_price(),
        swap_on_entry_price=dice.often(False, True),
    )
    return contract, balance
