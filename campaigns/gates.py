"""The two gates on pairs of sets whose truth is known: what they keep by luck, and what they keep of a real gain.

Trades are drawn, not backtested: opportunities by the day, in good and bad times that last some days, which both sets
take or leave partly together. The new set turns a share of its losses into wins; the share gives the expected paired z.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from novosky.config.schema.trading import GateConfig, ScoreConfig
from novosky.evaluation.budget import Share, alpha_of
from novosky.evaluation.gate import COMMIT, Result, Verdict, gate
from novosky.evaluation.metrics import max_drawdown
from novosky.evaluation.paired import paired
from novosky.evaluation.score import score
from novosky.execution.records import Floats

PAIRS = 400
FIRST_SEED = 1
DAYS = (98, 365)  # a gate window of 15 % of 62,622 M15 bars; a year
OPPORTUNITIES = 4.0  # a day
TAKEN, TOGETHER = 0.6, 0.7  # share that a set takes; share of the opportunities on which both decide alike
COST_R = 0.05
PERSISTENCE, SWING = 0.8, 0.05  # good and bad times: autocorrelation by the day, standard deviation of the win rate
FLAT_Z = 6.0  # expected z of the old set against flat: "clearly better than flat"
LOOP_TRIES = 20
RULES = GateConfig()


class Bracket(NamedTuple):
    target_r: float
    stop_r: float = 1.0


USUAL, WIDE = Bracket(1.5), Bracket(3.0)


@dataclass(frozen=True)
class Case:
    """A pair's truth. `win_rate` and `turned` (share of the new set's losses that become wins) set the worth."""

    days: int
    win_rate: float
    turned: float
    old: Bracket = USUAL
    new: Bracket = USUAL


def _result(name: str, day: Floats, r: Floats, days: int) -> Result:
    """What a set's trades give the gate: daily R and the score at 1 % of the balance a trade."""
    equity = np.cumprod(1.0 + 0.01 * r)
    net = np.diff(equity, prepend=1.0)
    won, lost = float(net[net > 0].sum()), float(-net[net < 0].sum())
    value = score(len(r), float(np.mean(net > 0)), won, lost, max_drawdown(equity, 1.0), ScoreConfig()).value
    return Result(name, value, len(r), np.bincount(day.astype(np.int64), r, days))


def draw(case: Case, seed: int, sets: int = 2) -> list[Result]:
    """The old set, and `sets` - 1 new ones on the same days."""
    random = np.random.Generator(np.random.PCG64(seed))
    times = np.empty(case.days)
    level = random.normal()
    for i in range(case.days):
        times[i] = level
        level = PERSISTENCE * level + np.sqrt(1.0 - PERSISTENCE**2) * random.normal()
    day = np.repeat(np.arange(case.days), random.poisson(OPPORTUNITIES, case.days))
    luck, common = random.random(len(day)), random.random(len(day))
    alike = random.random(len(day)) < TOGETHER
    results = []
    for k in range(sets):
        bracket = case.old if k == 0 else case.new
        # The same expectancy before the gain: rate * target - (1 - rate) * stop.
        worth = case.win_rate * (case.old.target_r + case.old.stop_r) - case.old.stop_r
        rate = (worth + bracket.stop_r) / (bracket.target_r + bracket.stop_r)
        own = random.random(len(day))
        taken = np.where(alike, common, own) < TAKEN
        won = luck < rate + SWING * times[day]
        if k > 0:
            won |= random.random(len(day)) < case.turned
        r = np.where(won, bracket.target_r, -bracket.stop_r) - COST_R
        results.append(_result(str(k), day[taken], r[taken], case.days))
    return results


def expected_z(case: Case, against_flat: bool) -> float:
    """Mean of the daily difference over its true standard error, from 2,000 windows of other seeds."""
    means = []
    for k in range(2000):
        old, new = draw(case, 10_000_000 + k)
        means.append((old.daily_r if against_flat else new.daily_r - old.daily_r).mean())
    return float(np.mean(means) / np.std(means))


def clearly_better(days: int) -> Case:
    """Two equal sets whose expected z against flat is `FLAT_Z`."""
    low, high = 0.40, 0.75
    for _ in range(9):
        rate = (low + high) / 2.0
        low, high = (rate, high) if expected_z(Case(days, rate, 0.0), True) < FLAT_Z else (low, rate)
    return Case(days, (low + high) / 2.0, 0.0)


def with_gain(equal: Case, z: float) -> Case:
    """The pair whose expected paired z is `z`."""
    low, high = 0.0, 0.6
    for _ in range(9):
        turned = (low + high) / 2.0
        low, high = (turned, high) if expected_z(replace(equal, turned=turned), False) < z else (low, turned)
    return replace(equal, turned=(low + high) / 2.0)


def at_try(old: Result, new: Result, number: int, kind: str, seed: int) -> Verdict:
    share = Share(number, alpha_of(number, RULES.alpha), False, None)
    return gate(new, old, share, replace(RULES, kind=kind), seed)


def _keeps(old: Result, new: Result, number: int, seed: int) -> bool:
    """Robust at a try. Flat, the slow part, is only asked where the paired test has not refused already."""
    if paired(new.daily_r, old.daily_r, seed, alpha_of(number, RULES.alpha)).p > alpha_of(number, RULES.alpha):
        return False
    return at_try(old, new, number, "robust", seed).decision == COMMIT


def _power_row(case: Case, z: float, pairs: int) -> str:
    first = fifth = by_score = 0
    for k in range(pairs):
        old, new = draw(case, FIRST_SEED + k)
        first += _keeps(old, new, 1, k)
        fifth += _keeps(old, new, 5, k)
        by_score += at_try(old, new, 1, "score", k).decision == COMMIT
    shares = " | ".join(f"{count / pairs:.1%}" for count in (first, fifth, by_score))
    return f"| {case.days} | {z:g} | {case.turned:.1%} | {shares} |\n"


def _equal_row(title: str, case: Case, pairs: int) -> str:
    verdicts, by_score = [], 0
    for k in range(pairs):
        old, new = draw(case, FIRST_SEED + k)
        verdicts.append(at_try(old, new, 1, "robust", k))
        by_score += at_try(old, new, 1, "score", k).decision == COMMIT
    flat = [found.versus_flat for found in verdicts if found.versus_flat is not None]
    against = [found.versus_old for found in verdicts if found.versus_old is not None]
    return (
        f"| {case.days} | {title} | {np.mean([one.z for one in flat]):.1f} | "
        f"{np.mean([one.p <= alpha_of(1, RULES.alpha) for one in flat]):.0%} | "
        f"{np.mean([one.p <= 0.05 for one in against]):.1%} | "
        f"{sum(one.p <= alpha_of(1, RULES.alpha) for one in against)} | "
        f"{sum(found.decision == COMMIT for found in verdicts)} | {by_score} |\n"
    )


def _loops(case: Case, loops: int) -> tuple[int, int]:
    """Loops of `LOOP_TRIES` equal sets against one on the same bars: how many keep any, by robust and by score."""
    robust = by_score = 0
    for k in range(loops):
        old, *new = draw(case, FIRST_SEED + k, 1 + LOOP_TRIES)
        tried = list(enumerate(new, start=1))
        robust += any(_keeps(old, one, number, k) for number, one in tried)
        by_score += any(at_try(old, one, number, "score", k).decision == COMMIT for number, one in tried)
    return robust, by_score


def gates(pairs: int | None) -> str:
    """Tables: equal pairs, loops of equal sets, the power curve."""
    wanted = PAIRS if pairs is None else pairs
    started = time.time()
    equal = {days: clearly_better(days) for days in DAYS}
    text = (
        f"{wanted} pairs a row (seeds from {FIRST_SEED}); alpha {RULES.alpha:g} over all tries, "
        f"{alpha_of(1, RULES.alpha):.2g} at the first; improvement threshold {RULES.improvement_threshold:g}.\n\n"
        "Two equally profitable sets, each clearly better than flat:\n\n"
        "| days | sets | mean z against flat | better than flat | paired p at most 0.05 | paired test passed | "
        "robust keeps | score keeps |\n|---|---|---|---|---|---|---|---|\n"
    )
    for case in equal.values():
        text += _equal_row("same bracket", case, wanted)
        text += _equal_row("the new one's target at 3 R instead of 1.5", replace(case, new=WIDE), wanted)
    text += f"\n{LOOP_TRIES} equal sets tried in turn on the same bars, {wanted} loops:\n\n"
    text += "| days | loops in which robust keeps any | score keeps any |\n|---|---|---|\n"
    for days, case in equal.items():
        robust, by_score = _loops(case, wanted)
        text += f"| {days} | {robust} | {by_score} |\n"
    text += "\nA real gain (robust; score at the first try):\n\n"
    text += (
        "| days | expected paired z | losses turned | first try | 5th try | score keeps |\n|---|---|---|---|---|---|\n"
    )
    print(text, flush=True)
    for case in equal.values():
        for z in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0):
            row = _power_row(with_gain(case, z), z, wanted)
            text += row
            print(row, end="", flush=True)
    print(f"{time.time() - started:.0f} s", flush=True)
    return text
