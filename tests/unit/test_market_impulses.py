"""Markets with structure for later stages: what is hidden is what was promised, and the other markets are untouched."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.market.impulses import (
    BAD_TIMES,
    CROWD,
    KERNELS,
    REACH,
    SPELL_BARS,
    THRESHOLD,
    impulse_strength,
    trigger_share,
)
from novosky.market.planted import oracle_returns
from novosky.market.sessions import session_flags
from novosky.market.snapshot import open_market
from novosky.market.synthetic import Generated, generate
from support.market_files import NO_NEWS, generated, same_bars

MANY = 300_000
STRUCTURES = ("impulse", "exits", "stops", "streaks")
BEFORE_STRUCTURES = {  # content hash of 70,000 bars (two chunks), hash of their drift
    ("synthetic", 3.0): ("716984c22879a31d", "07c42ba65e457366"),
    ("random_walk", None): ("2ed7ea287e2c25e1", "75066d04657f197e"),
    ("planted", 30.0): ("584852ffc1f7e36f", "4c7bd4750def63cc"),
}


@cache
def market(structure: str, bars: int = MANY, oracle_sharpe: float = 20.0, seed: int = 3) -> Generated:
    return generate(generated("planted", structure=structure, bars=bars, oracle_sharpe=oracle_sharpe, seed=seed))


@pytest.mark.parametrize(("source", "oracle_sharpe"), list(BEFORE_STRUCTURES))
def test_markets_without_structure_are_what_they_were(source: str, oracle_sharpe: float | None) -> None:
    made = generate(generated(source, bars=70_000, oracle_sharpe=oracle_sharpe))
    drift = hashlib.sha256(made.drift.tobytes()).hexdigest()
    assert (made.bars.content_hash()[:16], drift[:16]) == BEFORE_STRUCTURES[source, oracle_sharpe]
    assert not made.trigger.any()
    assert not made.regime.any()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_without_strength_only_the_ticks_of_triggers_part_the_bars_from_the_random_walk(structure: str) -> None:
    made, walk = market(structure, 3000, 0.0), generate(generated("random_walk", bars=3000)).bars
    assert made.trigger.any()
    assert not made.drift.any()
    ticks = walk.tick_volume * np.where(made.trigger != 0, CROWD, 1.0)
    assert same_bars(made.bars, replace(walk, tick_volume=ticks))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_drift_follows_from_the_bars_and_the_regime(structure: str) -> None:
    made = market(structure, 70_000)
    change = np.log(made.bars.close / made.bars.open) + 0.5 * made.sigma**2
    z = (change / made.sigma).tolist()
    strength = impulse_strength(structure, 20.0, 15)
    drift, trigger = np.zeros(len(z)), np.zeros(len(z))
    last, doubtful = -REACH - 1, 0
    for i in range(len(z)):
        if i - last <= REACH:
            drift[i] = strength * trigger[last] * KERNELS[structure][made.regime[last], i - last - 1]
            continue
        unclear = abs(abs(z[i]) - THRESHOLD) < 5e-4  # prices are rounded to a cent
        doubtful += unclear
        if made.trigger[i] != 0 if unclear else abs(z[i]) > THRESHOLD:
            trigger[i], last = math.copysign(1.0, z[i]), i
    assert doubtful < 20
    assert np.array_equal(trigger, made.trigger)
    np.testing.assert_allclose(made.drift / made.sigma, drift, atol=1e-12)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_each_lag_drifts_as_its_kernel_says(structure: str) -> None:
    made = market(structure)
    z = (np.log(made.bars.close / made.bars.open) + 0.5 * made.sigma**2) / made.sigma
    begin = np.flatnonzero(made.trigger[: -REACH - 5])
    strength = impulse_strength(structure, 20.0, 15)
    for row, kernel in enumerate(KERNELS[structure]):
        at = begin[made.regime[begin] == row]
        error = 1.0 / math.sqrt(len(at))
        for lag in range(1, REACH + 1):
            mean = float(np.mean(z[at + lag] * made.trigger[at]))
            assert abs(mean - strength * kernel[lag - 1]) < 4 * error
        assert abs(np.mean(z[at + REACH + 1] * made.trigger[at])) < 4 * error


@pytest.mark.parametrize("structure", STRUCTURES)
def test_triggers_come_by_chance_alone(structure: str) -> None:
    made = market(structure)
    at = np.flatnonzero(made.trigger)
    assert np.diff(at).min() > REACH
    p = 0.0455003  # P(|z| > 2)
    assert trigger_share() == pytest.approx(p / (1 + 16 * p), rel=1e-5)
    assert len(at) / MANY == pytest.approx(trigger_share(), rel=4 / math.sqrt(len(at)))
    sign = made.trigger[at].astype(float)
    assert abs(sign.sum()) < 3.5 * math.sqrt(len(at))
    assert abs((sign[1:] * sign[:-1]).sum()) < 3.5 * math.sqrt(len(at))


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("oracle_sharpe", [4.0, 20.0])
def test_oracle_earns_its_sharpe_ratio(structure: str, oracle_sharpe: float) -> None:
    made = market(structure, oracle_sharpe=oracle_sharpe)
    facts = made.facts()
    # Luck of how many triggers there are, 1 %; of `streaks` also how many bars are good, 200 spells, 5 %.
    rel = 0.15 if structure == "streaks" else 0.02
    assert facts["oracle_sharpe_expected"] == pytest.approx(oracle_sharpe, rel=rel)
    # A drift that comes and goes makes the oracle's stakes, hence its profits, uneven: Var = E[q] + E[q^2] - E[q]^2.
    q = (made.drift / made.sigma) ** 2
    uneven = math.sqrt(1.0 + np.mean(q**2) / np.mean(q) - np.mean(q))
    error = math.sqrt(35_040 / MANY)
    assert abs(facts["oracle_sharpe_realised"] - facts["oracle_sharpe_expected"] / uneven) < 3.5 * error
    profit = oracle_returns(np.log(made.bars.close / made.bars.open), made.sigma, made.drift)
    assert np.mean(profit) == pytest.approx(np.mean(q), abs=3.5 * math.sqrt(np.mean(q) / MANY))


def test_strength_by_hand() -> None:
    share = 0.0455003 / (1 + 16 * 0.0455003)
    squares = {
        "impulse": 6.0,
        "exits": 6.0 + 10 * 0.36,
        "stops": (123 * (4 + 12 * 0.36) + 45 * (2 * 0.36 + 12 * 0.81)) / 168,
        "streaks": 6.0 * (1 + BAD_TIMES**2) / 2,
    }
    for structure, square in squares.items():
        expected = 20.0 / math.sqrt(share * square * 35_040)
        assert impulse_strength(structure, 20.0, 15) == pytest.approx(expected, rel=1e-5)
        assert impulse_strength(structure, 0.0, 15) == 0.0


def test_regimes() -> None:
    new_york = session_flags(market("stops").bars.time_ms)[:, 2]
    assert np.array_equal(market("stops").regime, new_york)
    assert not market("impulse").regime.any()
    assert not market("exits").regime.any()
    times = market("streaks").regime
    turns = np.flatnonzero(np.diff(times))
    assert set(times) == {0, 1}
    assert MANY / len(turns) == pytest.approx(SPELL_BARS, rel=4 / math.sqrt(len(turns)))
    starts = [market("streaks", 1000, 0.0, seed).regime[0] for seed in range(30)]
    assert 5 < sum(starts) < 25


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_longer_market_begins_like_a_shorter_one(structure: str) -> None:
    long, short = market(structure, 70_000), market(structure, 66_000)
    for name in ("trigger", "regime", "drift", "sigma"):
        assert np.array_equal(getattr(long, name)[:66_000], getattr(short, name))
    assert np.array_equal(long.bars.close[:66_000], short.bars.close)


def test_best_stop_by_the_clock_needs_bars_within_the_day() -> None:
    with pytest.raises(ConfigError, match=r"data.structure=stops needs bars within the day: .* H4 or finer"):
        generate(generated("planted", structure="stops", timeframe="D1"))


def test_only_the_planted_market_has_a_structure(compose: Callable[..., Config]) -> None:
    assert compose("data=planted").data.structure == "trend"
    assert compose("data=planted", "data.structure=exits").data.structure == "exits"
    with pytest.raises(ConfigError) as refused:
        compose("data=synthetic", "data.structure=exits")
    assert str(refused.value) == (
        "data.structure=exits: only data=planted hides another edge than trend, and data.source is synthetic; "
        "leave it away, or choose data=planted"
    )


def test_structure_is_part_of_a_snapshot_and_trend_keeps_its_name(tmp_path: Path) -> None:
    names = {
        open_market(generated("planted", structure=structure), NO_NEWS, tmp_path).snapshot.name
        for structure in ("trend", *STRUCTURES)
    }
    assert len(names) == 5
    assert "planted-BTCUSD-M15-ed19b1dcffed" in names
