"""Do intervals hold the truth as often as they say? Simulated strategies whose truth is known in closed form."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from novosky.config.schema.trading import ScoreConfig
from novosky.evaluation.bootstrap import Interval, mean_block, percentile_interval, stationary_indices
from novosky.evaluation.day_resamples import drawdown_interval, score_interval
from novosky.evaluation.metrics import expectancy_interval, max_drawdown, profit_factor_interval, sharpe_interval
from novosky.evaluation.score import score
from novosky.execution.records import Floats, Ints

STRATEGIES = 500
FIRST_SEED = 5_000_000
COVERAGE, SAMPLES, DAYS_PER_YEAR = 0.90, 2000, 365
KINDS = ("independent", "outcomes repeat", "good and bad times")
DAYS = (170, 700)
COST_R, RISK = 0.05, 0.01
WIN, LOSS = 1.5 - COST_R, -1.0 - COST_R
WIN_RATES = (0.38, 0.50)  # no edge at 0.42
MOST_A_DAY = 3
REPEAT = 0.3  # chance of a trade to end as the one before did
SWITCH, SWAY = 0.1, 0.1  # good and bad times: chance to change at a trade; how far they move the win rate
FRESH = 101  # further runs of each strategy, for drawdown and score
RULES = ScoreConfig()


class Run(NamedTuple):
    r: Floats  # (n_trades,)
    day: Ints  # (n_trades,)
    daily: Floats  # (n_days,) returns


class Truth(NamedTuple):
    expectancy: float
    profit_factor: float
    sharpe: float


def run_of(random: np.random.Generator, kind: str, p: float, n_days: int) -> Run:
    """Brackets of -1 and +1.5 less costs, 0 to 3 trades a day, each risking 1 % of the day's first equity."""
    counts = random.integers(0, MOST_A_DAY + 1, n_days)
    n = int(counts.sum())
    chance = np.full(n, p)
    if kind == "good and bad times":
        bad = (np.cumsum(random.random(n) < SWITCH) + random.integers(0, 2)) % 2
        chance += SWAY * (1 - 2 * bad)
    r = np.where(random.random(n) < chance, WIN, LOSS)
    if kind == "outcomes repeat":
        fresh = random.random(n) >= REPEAT
        r = r[np.maximum.accumulate(np.where(fresh, np.arange(n), 0))]
    day = np.repeat(np.arange(n_days), counts)
    return Run(r, day, RISK * np.bincount(day, r, n_days))


def truth_of(kind: str, p: float) -> Truth:
    """A day's R: N trades of variance v and covariance c(j); var = E[N] v + 2 sum c(j) E[(N - j)+] + Var[N] mean^2."""
    mean, variance = p * WIN + (1 - p) * LOSS, p * (1 - p) * (WIN - LOSS) ** 2
    numbers = np.arange(MOST_A_DAY + 1)
    daily = numbers.mean() * variance + numbers.var() * mean**2
    for lag in range(1, MOST_A_DAY):
        covariance = {
            "independent": 0.0,
            "outcomes repeat": variance * REPEAT**lag,
            "good and bad times": (SWAY * (WIN - LOSS)) ** 2 * (1 - 2 * SWITCH) ** lag,
        }[kind]
        daily += 2.0 * covariance * np.maximum(numbers - lag, 0).mean()
    sharpe = numbers.mean() * mean / np.sqrt(daily) * np.sqrt(DAYS_PER_YEAR)
    return Truth(mean, p * WIN / ((1 - p) * -LOSS), float(sharpe))


def percentile_intervals(run: Run, seed: int) -> dict[str, Interval]:
    """The same three by plain percentiles, for comparison."""
    r = run.r[stationary_indices(len(run.r), SAMPLES, mean_block(len(run.r)), seed)]
    days = run.daily[stationary_indices(len(run.daily), SAMPLES, mean_block(len(run.daily)), seed)]
    factor = np.maximum(r, 0.0).sum(axis=1) / np.maximum(-r, 0.0).sum(axis=1)
    sharpe = days.mean(axis=1) / days.std(axis=1, ddof=1) * np.sqrt(DAYS_PER_YEAR)
    values = {"expectancy": r.mean(axis=1), "profit_factor": factor, "sharpe": sharpe}
    return {f"percentile {name}": percentile_interval(found, COVERAGE) for name, found in values.items()}


def figures_of(run: Run) -> tuple[float, float]:
    """Largest drawdown of the ends of days, and score."""
    drawdown = max_drawdown(np.cumprod(1.0 + run.daily), 1.0)
    won = float(np.maximum(run.r, 0.0).sum())
    value = score(len(run.r), float((run.r > 0).mean()), won, won - float(run.r.sum()), drawdown, RULES).value
    return drawdown, value


def judge(kind: str, n_days: int, seed: int) -> dict[str, bool]:
    """Which intervals of one strategy hold what they should."""
    random = np.random.Generator(np.random.PCG64(seed))
    p = random.uniform(*WIN_RATES)
    run, truth = run_of(random, kind, p, n_days), truth_of(kind, p)
    rest = (SAMPLES, COVERAGE, seed)
    found = {
        "expectancy": expectancy_interval(run.r, *rest),
        "profit_factor": profit_factor_interval(run.r, *rest),
        "sharpe": sharpe_interval(run.daily, DAYS_PER_YEAR, *rest),
    } | percentile_intervals(run, seed)
    held = {name: _holds(interval, getattr(truth, name.split()[-1])) for name, interval in found.items()}
    again = np.array([figures_of(run_of(random, kind, p, n_days)) for _ in range(FRESH)])
    for column, name, interval in (
        (0, "drawdown", drawdown_interval(run.daily, *rest)),
        (1, "score", score_interval(run.daily, run.r, run.day, RULES, *rest)),
    ):
        held[f"next {name}"] = _holds(interval, again[0, column])
        held[f"median {name}"] = _holds(interval, float(np.median(again[:, column])))
    return held | {"200 trades": len(run.r) >= 200}


def _holds(interval: Interval | None, value: float) -> bool:
    return interval is not None and interval.low <= value <= interval.high


def coverage(strategies: int | None) -> str:
    """Share of strategies whose intervals hold the truth, by kind of dependence and length, as a table."""
    wanted, started = STRATEGIES if strategies is None else strategies, time.time()
    rows, names = [], []
    for number, (kind, n_days) in enumerate((kind, n_days) for n_days in DAYS for kind in KINDS):
        held = defaultdict(int)
        seeds = range(FIRST_SEED + number * 10_000, FIRST_SEED + number * 10_000 + wanted)
        with ProcessPoolExecutor() as pool:
            for judged in pool.map(partial(judge, kind, n_days), seeds, chunksize=10):
                for name, holds in judged.items():
                    held[name] += holds
        names = [name for name in held if name != "200 trades"]
        assert held["200 trades"] == wanted
        rows.append([f"{kind}, {n_days} days", *(f"{100 * held[name] / wanted:.1f}" for name in names)])
        print(rows[-1], f"{time.time() - started:.0f} s", flush=True)
    text = f"Share (%) of {wanted} strategies a row whose {100 * COVERAGE:.0f} % interval holds the truth"
    text += (
        f" (binomial standard error {100 * np.sqrt(COVERAGE * (1 - COVERAGE) / wanted):.1f}), {SAMPLES} resamples.\n"
    )
    # Three tables of a width that can be read.
    for part in (names[:3], names[3:6], names[6:]):
        at = [names.index(name) + 1 for name in part]
        text += f"\n| strategies | {' | '.join(name.replace('_', ' ') for name in part)} |\n"
        text += "|---|" + "---|" * len(part) + "\n"
        text += "".join(f"| {row[0]} | {' | '.join(row[i] for i in at)} |\n" for row in rows)
    print(text, flush=True)
    return text
