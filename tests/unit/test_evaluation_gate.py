"""The gate's decisions, condition by condition, on results whose truth is plain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from novosky.config.schema import Config
from novosky.config.schema.trading import GateConfig
from novosky.errors import ConfigError
from novosky.evaluation.budget import Share, alpha_of
from novosky.evaluation.gate import Result, gate, identical
from novosky.execution.records import Floats

RULES = GateConfig()
SCORE = GateConfig(kind="score")
N = 200
NOISE, OTHER = np.random.default_rng(1).normal(size=(2, N))
NOISE, OTHER = (NOISE - NOISE.mean()) / NOISE.std(), (OTHER - OTHER.mean()) / OTHER.std()


def share(number: int) -> Share:
    alpha = alpha_of(number, RULES.alpha)
    return Share(number, alpha, alpha < RULES.alpha_floor, None)


def result(name: str, score: float, daily: Floats, trades: int = 300) -> Result:
    return Result(name, score, trades, daily)


OLD = result("old", 10.0, 1.0 + NOISE)
BETTER = result("new", 12.0, 1.6 + NOISE + 0.5 * OTHER)


def test_a_set_that_is_better_in_every_way_is_kept() -> None:
    found = gate(BETTER, OLD, share(1), RULES, seed=1)
    assert (found.decision, found.promotable, found.stamp) == ("COMMIT", True, "tested for luck")
    assert found.reason == "the score rose from 10.000 to 12.000, beyond luck"
    assert (found.score, found.old_score, found.improvement_pct) == (12.0, 10.0, pytest.approx(20.0))
    assert found.versus_old is not None
    assert found.versus_flat is not None
    assert found.versus_old.mean_difference_r == pytest.approx((BETTER.daily_r - OLD.daily_r).mean())
    assert found.versus_flat.mean_difference_r == pytest.approx(BETTER.daily_r.mean())
    assert max(found.versus_old.p, found.versus_flat.p) <= found.share.alpha  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("new", "old", "number", "reason"),
    [
        (replace(BETTER, score=10.19), OLD, 1, "score 10.190, and 10.200 was asked for"),
        (replace(BETTER, score=0.0), replace(OLD, score=0.0), 1, "score 0.000, and 0.000 was asked for"),
        (replace(BETTER, trades=29), OLD, 1, "29 trades, fewer than 30"),
        (replace(BETTER, daily_r=1.0 + OTHER), OLD, 1, "not shown to be better than the old set"),
        (replace(BETTER, daily_r=0.02 + NOISE), replace(OLD, daily_r=NOISE - 3.0 + OTHER), 1, "better than flat"),
        (BETTER, OLD, 25, "the significance budget of these bars is spent: try 25"),
    ],
)
def test_one_condition_that_fails_is_enough_and_is_named(new: Result, old: Result, number: int, reason: str) -> None:
    found = gate(new, old, share(number), RULES, seed=1)
    assert (found.decision, found.promotable) == ("REVERT", False)
    assert reason in found.reason
    assert "; " not in found.reason


def test_every_failing_condition_is_named() -> None:
    found = gate(result("new", 9.0, OTHER, 3), OLD, share(1), RULES, seed=1)
    for words in ("3 trades", "flat", "score 9.000", "the old set"):
        assert words in found.reason


def test_what_passes_at_the_first_try_may_not_at_a_later_one() -> None:
    close = replace(BETTER, daily_r=1.25 + NOISE + OTHER)
    first, later = (gate(close, OLD, share(k), RULES, seed=1) for k in (1, 20))
    assert (first.decision, later.decision) == ("COMMIT", "REVERT")
    assert "at try 20" in later.reason


def test_the_score_is_met_at_exactly_the_threshold() -> None:
    rules = replace(RULES, improvement_threshold=0.25)
    assert gate(replace(BETTER, score=12.5), OLD, share(1), rules, seed=1).decision == "COMMIT"
    assert gate(replace(BETTER, score=12.49), OLD, share(1), rules, seed=1).decision == "REVERT"


def test_the_first_set_becomes_the_working_set_and_is_promotable_only_if_better_than_flat() -> None:
    good = gate(OLD, None, share(1), RULES, seed=1)
    assert (good.decision, good.promotable, good.versus_old) == ("COMMIT", True, None)
    for poor, why in (
        (replace(OLD, daily_r=NOISE), "better than flat"),
        (replace(OLD, trades=2), "2 trades"),
    ):
        found = gate(poor, None, share(1), RULES, seed=1)
        assert (found.decision, found.promotable) == ("COMMIT", False)
        assert found.reason.startswith("there was no set before; not promotable: ")
        assert why in found.reason
    assert not gate(OLD, None, share(25), RULES, seed=1).promotable


@pytest.mark.parametrize("rules", [RULES, SCORE])
def test_an_identical_set_is_no_change_and_asks_for_no_share(rules: GateConfig) -> None:
    found = gate(replace(OLD, score=99.0), OLD, None, rules, seed=1)
    assert (found.decision, found.promotable, found.versus_flat) == ("NO CHANGE", False, None)
    assert identical("a:m", "a:m")
    assert not identical("a:m", "a:n")


@pytest.mark.parametrize(("score", "decision"), [(10.2, "COMMIT"), (10.19, "REVERT"), (0.0, "REVERT")])
def test_the_score_rule_looks_at_the_score_alone_and_says_so(score: float, decision: str) -> None:
    found = gate(result("new", score, -5.0 + NOISE, trades=1), OLD, None, SCORE, seed=1)
    assert (found.decision, found.promotable, found.stamp) == (decision, False, "not tested for luck")
    assert (found.versus_old, found.versus_flat, found.share) == (None, None, None)


def test_robust_without_a_share_is_a_fault() -> None:
    with pytest.raises(ValueError, match="share of the significance budget"):
        gate(BETTER, OLD, None, RULES, seed=1)


def test_the_files_hold_the_defaults(compose: Callable[..., Config]) -> None:
    assert compose().gate == RULES
    assert compose("gate=score").gate == SCORE


def test_a_floor_above_the_first_share_is_refused(compose: Callable[..., Config]) -> None:
    assert compose("gate.alpha=0.05", "gate.alpha_floor=0.03").gate.alpha_floor == 0.03
    with pytest.raises(ConfigError, match="nothing could ever be kept"):
        compose("gate.alpha=0.05", "gate.alpha_floor=0.031")
