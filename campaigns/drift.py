"""The monitor's drift tests where the truth is known: how often they cry wolf, how soon they see an edge go."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from novosky.execution.records import Floats
from novosky.trading.monitor.betting import Evidence, inflation_of
from novosky.trading.monitor.drift import FEWER, LOSES, MORE, R_BOUNDS, RESULT, SHARES, busy_day

WORLDS, CHANGED = 500, 100
FIRST_SEED = 8_000_000
ALPHA = 0.01  # monitor.alpha; each question has its share of it
LIVE = 1000  # trades, with a look after each
COST_R = 0.05
WIN, LOSS = 1.5 - COST_R, -1.0 - COST_R
FLAT, PROMISED = 0.42, 0.50  # win rates; 0.20 R a trade is promised
KINDS = ("independent", "outcomes repeat", "good and bad times", "long times")
REFERENCES = (60, 150, 500)
REPEAT = 0.3
TIMES = {"good and bad times": (0.1, 0.1), "long times": (0.05, 0.2)}  # chance to change at a trade; sway of win rate
LOOKBACK, NAIVE_Z, NAIVE_LEAST = 50, 2.326, 20  # monitor=original's limits; one-sided 1 % at each look
GATE_Z = 2.5  # of a set that is promoted because it looked good


def trades_of(random: np.random.Generator, kind: str, p: Floats) -> Floats:
    """R of trades with win rates `p` (n,)."""
    n, chance = len(p), p
    if kind in TIMES:
        change, sway = TIMES[kind]
        bad = (np.cumsum(random.random(n) < change) + random.integers(0, 2)) % 2
        chance = p + sway * (1 - 2 * bad)
    r = np.where(random.random(n) < chance, WIN, LOSS)
    if kind == "outcomes repeat":
        fresh = random.random(n) >= REPEAT
        r = r[np.maximum.accumulate(np.where(fresh, np.arange(n), 0))]
    return r


def alarm_at(
    reference: Floats | float, live: Floats, bounds: tuple[float, float], alpha: float, inflation: float
) -> int:
    """Number of the value that alarms; 0 where none does."""
    evidence, limit = Evidence(reference, *bounds, inflation), math.log(1.0 / alpha)
    return next((number for number, value in enumerate(live, 1) if evidence.see(value) >= limit), 0)


def result_alarm(reference: Floats, live: Floats) -> int:
    return alarm_at(reference, live, R_BOUNDS, ALPHA * SHARES[RESULT], inflation_of(reference))


def loses_alarm(reference: Floats, live: Floats) -> int:
    """Against 0, which is known; the reference gives its dependence alone."""
    return alarm_at(0.0, live, R_BOUNDS, ALPHA * SHARES[LOSES], inflation_of(reference))


BOTH = (result_alarm, loses_alarm)


def naive_alarms(reference: Floats, live: Floats) -> bool:
    """A two-sample z test of 1 % after every trade."""
    n, t = len(reference), np.arange(1, len(live) + 1)
    mean = np.cumsum(live) / t
    variance = np.maximum(np.cumsum(live**2) / t - mean**2, 1e-12)
    z = (reference.mean() - mean) / np.sqrt(reference.var() / n + variance / t)
    return bool((z[NAIVE_LEAST - 1 :] > NAIVE_Z).any())


def original_alarms(live: Floats) -> bool:
    """Win rate 55 %, profit factor 2, 7 losses in a row, over the last 50 trades, once there are as many."""
    windows = np.lib.stride_tricks.sliding_window_view(live, LOOKBACK)
    won, lost = np.maximum(windows, 0.0).sum(axis=1), np.maximum(-windows, 0.0).sum(axis=1)
    streak = np.lib.stride_tricks.sliding_window_view(live < 0.0, 7).all(axis=1)
    return bool(((windows > 0).mean(axis=1) < 0.55).any() or (won < 2.0 * lost).any() or streak.any())


class Unchanged(NamedTuple):
    as_used: bool
    without: bool
    loses: bool
    naive: bool
    original: bool


def unchanged(kind: str, n: int, seed: int) -> Unchanged:
    """Live trades of the very world that the reference is from."""
    random = np.random.Generator(np.random.PCG64(seed))
    reference = trades_of(random, kind, np.full(n, PROMISED))
    live = trades_of(random, kind, np.full(LIVE, PROMISED))
    plain = alarm_at(reference, live, R_BOUNDS, ALPHA * SHARES[RESULT], 1.0) > 0
    flat, flat_live = (trades_of(random, kind, np.full(count, FLAT)) for count in (n, LIVE))
    loses = loses_alarm(flat, flat_live) > 0
    worse = result_alarm(reference, live) > 0
    return Unchanged(worse, plain, loses, naive_alarms(reference, live), original_alarms(live))


def selected(p: float, seed: int) -> bool:
    """A reference of 150 trades that was taken because it looked better than flat."""
    random = np.random.Generator(np.random.PCG64(seed))
    while True:
        reference = trades_of(random, KINDS[0], np.full(150, p))
        if reference.mean() > GATE_Z * reference.std() / math.sqrt(150):
            return result_alarm(reference, trades_of(random, KINDS[0], np.full(LIVE, p))) > 0


def changed(n: int, good: int, p: float, seed: int) -> tuple[int, int]:
    """Trades from the change to either alarm, worse and loses; 0 for none, negative for one before it."""
    random = np.random.Generator(np.random.PCG64(seed))
    reference = trades_of(random, KINDS[0], np.full(n, PROMISED))
    live = trades_of(random, KINDS[0], np.concatenate((np.full(good, PROMISED), np.full(LIVE, p))))
    worse, loses = (found - good if found else 0 for found in (alarm(reference, live) for alarm in BOTH))
    return worse, loses


def days(mean: float, seed: int) -> tuple[bool, bool]:
    """Alarms of fewer and of more trades: 100 days of a reference with 1.5 a day, 365 live ones with `mean`."""
    random = np.random.Generator(np.random.PCG64(seed))
    busy = np.repeat(random.gamma(6.0, 1.0 / 6.0, 100), 5)  # weeks of five days differ
    reference, live = random.poisson(1.5 * busy[:100]), random.poisson(mean * busy[100:465])
    counted, inflation = reference.astype(np.float64), inflation_of(reference.astype(np.float64))
    busiest = busy_day(counted)
    fewer = alarm_at(counted, live.astype(np.float64), (0.0, busiest), ALPHA * SHARES[FEWER], inflation)
    more = alarm_at(-counted, -live.astype(np.float64), (-busiest, 0.0), ALPHA * SHARES[MORE], inflation)
    return fewer > 0, more > 0


def _each(pool: ProcessPoolExecutor, work: Callable[[int], object], first: int, wanted: int) -> Floats:
    return np.array(list(pool.map(work, range(FIRST_SEED + first, FIRST_SEED + first + wanted), chunksize=10)))


def drift(worlds: int | None) -> str:
    """Tables: unchanged worlds, promises that were chosen, edges that went, frequency."""
    wanted = WORLDS if worlds is None else worlds
    fewer, started = max(wanted * CHANGED // WORLDS, 1), time.time()
    with ProcessPoolExecutor() as pool:
        parts = [
            _unchanged_table(pool, wanted),
            _selected_table(pool, fewer),
            _changed_table(pool, fewer),
            _days_table(pool, wanted),
        ]
    text = "\n".join(parts)
    print(text, f"{time.time() - started:.0f} s", flush=True)
    return text


def _unchanged_table(pool: ProcessPoolExecutor, wanted: int) -> str:
    text = (
        f"Share (%) of {wanted} unchanged worlds a row that alarm within {LIVE} live trades, with a look after each "
        f"(allowed: {100 * ALPHA * SHARES[RESULT]:g}, and {100 * ALPHA * SHARES[LOSES]:g} against 0):\n\n"
        "| worlds | reference trades | worse than promised | without the correction for dependence | loses (at 0 R) | "
        "z test of 1 % at each look | monitor=original's limits |\n|---|---|---|---|---|---|---|\n"
    )
    for number, (kind, n) in enumerate((kind, n) for kind in KINDS for n in REFERENCES):
        shares = 100 * _each(pool, partial(unchanged, kind, n), 10_000 * number, wanted).mean(axis=0)
        text += f"| {kind} | {n} | {' | '.join(f'{share:.1f}' for share in shares)} |\n"
        print(text.splitlines()[-1], flush=True)
    return text


def _selected_table(pool: ProcessPoolExecutor, wanted: int) -> str:
    text = (
        f"The same for references of 150 independent trades that were taken because they lay {GATE_Z} standard errors "
        f"above 0 ({wanted} worlds a row):\n\n| true R a trade, never changed | alarms (%) |\n|---|---|\n"
    )
    for number, p in enumerate((FLAT, 0.46, PROMISED)):
        found = _each(pool, partial(selected, p), 200_000 + 10_000 * number, wanted)
        text += f"| {_mean_r(p):+.2f} | {100 * found.mean():.1f} |\n"
    return text


def _changed_table(pool: ProcessPoolExecutor, wanted: int) -> str:
    text = (
        f"A promise of {_mean_r(PROMISED):+.2f} R a trade that changes, independent trades "
        f"({wanted} worlds a row): alarms within {LIVE} trades of the change, and trades until the first:\n\n"
        "| R a trade from then on | good trades before | reference trades | worse (%) | loses (%) | either (%) | "
        "median | 90 % |\n|---|---|---|---|---|---|---|---|\n"
    )
    cases = [(p, good, n) for p in (FLAT, 0.34, 0.22) for good in (0, 300) for n in (*REFERENCES, 2000)]
    for number, (p, good, n) in enumerate(cases):
        found = _each(pool, partial(changed, n, good, p), 300_000 + 1_000 * number, wanted)
        seen = np.where(found > 0, found, np.inf).min(axis=1)
        shares = [f"{100 * share:.1f}" for share in (*(found > 0).mean(axis=0), np.isfinite(seen).mean())]
        times = [_trades(value) for value in np.quantile(seen, (0.5, 0.9), method="higher")]
        row = (f"{_mean_r(p):+.2f}", good, n, *shares, *times)
        text += f"| {' | '.join(map(str, row))} |\n"
        print(text.splitlines()[-1], flush=True)
    return text


def _days_table(pool: ProcessPoolExecutor, wanted: int) -> str:
    text = (
        f"Trades a day, busy and quiet weeks, 100 days of a reference with 1.5 a day, 365 live days ({wanted} worlds a "
        f"row; allowed: {100 * ALPHA * SHARES[FEWER]:g} each way):\n\n"
        "| live trades a day | fewer (%) | more (%) |\n|---|---|---|\n"
    )
    for number, mean in enumerate((1.5, 0.75, 0.3, 4.5)):
        shares: Sequence[float] = 100 * _each(pool, partial(days, mean), 400_000 + 1_000 * number, wanted).mean(axis=0)
        text += f"| {mean:g} | {shares[0]:.1f} | {shares[1]:.1f} |\n"
    return text


def _mean_r(p: float) -> float:
    return round(p * WIN + (1 - p) * LOSS, 6) + 0.0


def _trades(value: float) -> str:
    return f"{value:.0f}" if math.isfinite(value) else f"over {LIVE}"
