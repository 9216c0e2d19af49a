"""What the vote knew of a window, and what is said of it at the top."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from novosky.backtest.confidence_block import confidence_sentence
from novosky.backtest.knowledge import VOTE, VoterOnWindow, knowledge_of, pooled_vote, voter_block
from novosky.backtest.knowledge_words import knowledge_clause
from novosky.backtest.result import skill_sentence
from novosky.config.compose import compose_config
from novosky.evaluation.bootstrap import Interval
from novosky.evaluation.loss_skill import Skill
from novosky.evaluation.metrics import TradeFigures
from novosky.evaluation.reliability import Reliability, calibration_error

CONF = Path(__file__).resolve().parents[2] / "conf"
CONFIG = compose_config(CONF, ["mode=backtest", "score.bootstrap_samples=200"])
BASE = np.array([0.3, 0.4, 0.3])

EARNS, NO_EDGE, LOSES = Interval(0.01, 0.2), Interval(-0.1, 0.1), Interval(-0.2, -0.01)
BETTER, UNSURE, WORSE = Interval(0.001, 0.007), Interval(-0.002, 0.004), Interval(-0.007, -0.001)


def skill(bounds: Interval | None) -> Skill:
    value = 0.0 if bounds is None else (bounds.low + bounds.high) / 2
    return Skill(1000, 1.0 - value, 1.0, value, bounds, np.empty((0, 2)))


def known(classes: Interval | None, direction: Interval | None) -> VoterOnWindow:
    return VoterOnWindow(skill(classes), skill(classes), skill(direction), {})


GAIN = "log-loss 0.0040 better than the base rate, interval of the gain +0.0010 to +0.0070"
UNSHOWN = "log-loss 0.0010 better than the base rate, interval of the gain -0.0020 to +0.0040"
LESS = "log-loss 0.0040 worse than the base rate, interval of the gain -0.0070 to -0.0010"
SIDES = f" The model knows something about direction (BUY against SELL: {GAIN})"
MOVES = f" The model knows something about how much will happen ({GAIN}), but is not shown to know which way"
NOTHING = f" The model is not shown to know more than the base rate ({UNSHOWN})"
LUCK = ": what was earned is luck or the brackets, not the forecast."


@pytest.mark.parametrize(
    ("classes", "direction", "earned", "said"),
    [
        (BETTER, BETTER, EARNS, SIDES + ", and trading on it paid."),
        (BETTER, BETTER, NO_EDGE, SIDES + ", not enough to show a profit."),
        (UNSURE, BETTER, LOSES, SIDES + ", not enough to pay the costs."),
        (BETTER, UNSURE, EARNS, MOVES + ": what was earned is luck or the brackets, not a forecast of direction."),
        (BETTER, None, EARNS, MOVES + ": what was earned is luck or the brackets, not a forecast of direction."),
        (BETTER, WORSE, LOSES, MOVES + ": that pays nothing."),
        (UNSURE, UNSURE, EARNS, NOTHING + LUCK),
        (UNSURE, UNSURE, NO_EDGE, NOTHING + "."),
        (UNSURE, WORSE, LOSES, NOTHING + "."),
        (WORSE, UNSURE, EARNS, f" The model knows less than the base rate ({LESS})" + LUCK),
        (WORSE, UNSURE, LOSES, f" The model knows less than the base rate ({LESS})."),
        (None, None, EARNS, ""),
    ],
)
def test_what_the_model_knew_and_what_it_earned(
    classes: Interval | None, direction: Interval | None, earned: Interval, said: str
) -> None:
    assert knowledge_clause(known(classes, direction), earned) == said


def test_the_first_sentence_stays_and_the_second_follows_where_both_are_known() -> None:
    figures = TradeFigures(50, 0.5, 1.2, None, 0.1, EARNS, 2.0, 1.0, 1.0)
    plain = "Better than flat on this window: +0.100 R a trade, 95% interval +0.010 to +0.200 R."
    assert skill_sentence(figures, 0.95) == plain
    assert skill_sentence(figures, 0.95, known(UNSURE, UNSURE)) == plain + NOTHING + LUCK
    for bounds, begins in ((NO_EDGE, "No edge shown here: "), (LOSES, "It loses money on this window: ")):
        said = skill_sentence(figures._replace(expectancy_r_interval=bounds), 0.95, known(BETTER, BETTER))
        assert said.startswith(begins)
        assert SIDES in said


def test_without_trades_nothing_is_said_of_the_model() -> None:
    none = TradeFigures(0, None, None, None, None, None, 0.0, 0.0, 0.0)
    assert skill_sentence(none, 0.95, known(BETTER, BETTER)) == "No trade passed the gates: there is nothing to judge."
    one = none._replace(trades=1, expectancy_r=0.1)
    assert skill_sentence(one, 0.95, known(BETTER, BETTER)) == "1 trade says nothing about skill."
    assert skill_sentence(one._replace(trades=4), 0.95) == "4 trades say nothing about skill."
    endless = one._replace(trades=9, expectancy_r_interval=Interval(-0.2, float("inf")))
    assert "interval -0.200 to no bound R" in skill_sentence(endless, 0.95)


def drawn(p: np.ndarray, seed: int = 2) -> np.ndarray:
    """Labels that happen as often as `p` says."""
    return (np.random.default_rng(seed).random(len(p))[:, None] > p.cumsum(axis=1)).sum(axis=1).astype(np.int8)


def test_a_forecast_of_movement_is_not_one_of_direction() -> None:
    hold = np.random.default_rng(1).uniform(0.1, 0.7, 6_000)
    p = np.stack(((1 - hold) / 2, hold, (1 - hold) / 2), axis=1)
    found = knowledge_of(CONFIG, p, BASE, drawn(p), np.arange(6_000))
    assert found.log_loss.interval is not None
    assert found.log_loss.interval.low > 0.0
    assert found.direction is not None
    assert (found.direction.skill, found.direction.interval) == (0.0, None)


def test_a_forecast_of_direction_is_one_and_noise_is_none() -> None:
    buy = np.random.default_rng(1).uniform(0.1, 0.5, 6_000)
    p = np.stack((0.6 - buy, np.full(6_000, 0.4), buy), axis=1)
    y = drawn(p)
    knows = knowledge_of(CONFIG, p, BASE, y, np.arange(6_000))
    noise = knowledge_of(CONFIG, p[::-1], BASE, y, np.arange(6_000))
    assert knows.direction is not None
    assert noise.direction is not None
    for good, bad in ((knows.log_loss, noise.log_loss), (knows.brier, noise.brier), (knows.direction, noise.direction)):
        assert good.interval is not None
        assert bad.interval is not None
        assert good.interval.low > 0.0 > bad.interval.high
    assert knows.direction.rows == int((y != 1).sum())


def test_direction_by_hand() -> None:
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.6, 0.0, 0.4]])
    found = knowledge_of(CONFIG, p, BASE, np.array([2, 1, 0], np.int8), np.arange(3)).direction
    assert found is not None
    assert found.rows == 2
    assert found.loss == pytest.approx(-(np.log(0.6) + np.log(0.6)) / 2)
    assert found.base_loss == pytest.approx(np.log(2.0))
    held = knowledge_of(CONFIG, p, BASE, np.ones(3, np.int8), np.arange(3))
    assert held.direction is None
    assert voter_block(held)["direction_skill"] is None


def test_the_block_of_a_voter_is_plain_json_and_agrees_with_itself() -> None:
    p = np.random.default_rng(3).dirichlet((3.0, 4.0, 3.0), 1_500)
    block = voter_block(knowledge_of(CONFIG, p, BASE, drawn(p), np.arange(1_500)))
    assert json.loads(json.dumps(block, allow_nan=False)) == block
    assert block["brier_skill"] == pytest.approx(block["base_rate_brier"] - block["brier"])
    assert block["brier_skill_score"] == pytest.approx(1 - block["brier"] / block["base_rate_brier"])
    assert set(block["calibration_error"]) == {"SELL", "HOLD", "BUY"}


def test_the_votes_of_several_windows_are_judged_together() -> None:
    p = np.random.default_rng(3).dirichlet((3.0, 4.0, 3.0), 2_400)
    y, bar = drawn(p), np.arange(2_400)
    windows = [{VOTE: knowledge_of(CONFIG, p[a:b], BASE, y[a:b], bar[a:b])} for a, b in ((0, 1_200), (1_200, 2_400))]
    pooled, whole = pooled_vote(CONFIG, [*windows, {}]), knowledge_of(CONFIG, p, BASE, y, bar)
    assert pooled is not None
    assert pooled.log_loss.interval == whole.log_loss.interval
    assert pooled.direction is not None
    assert whole.direction is not None
    assert pooled.direction[:4] == pytest.approx(whole.direction[:4])
    assert pooled_vote(CONFIG, [{}]) is None


def test_calibration_error_by_hand() -> None:
    assert calibration_error(Reliability((0.2, 0.6), (0.3, 0.4), (30, 10))) == pytest.approx(0.75 * 0.1 + 0.25 * 0.2)


@pytest.mark.parametrize(
    ("rows", "bounds", "said"),
    [
        (0, None, "Too few trades to ask whether more confidence brings more R: 12, fewer than 20."),
        (1, None, "Whether more confidence brings more R cannot be said: too few trades differ in it."),
        (5, EARNS, "More confidence brought more R: the surest bucket against the least sure +0.100 R"),
        (5, LOSES, "More confidence brought less R: the surest bucket against the least sure +0.100 R"),
        (5, NO_EDGE, "More confidence is not shown to bring more R: the surest bucket against the least sure +0.100"),
    ],
)
def test_does_more_confidence_bring_more_r(rows: int, bounds: Interval | None, said: str) -> None:
    assert confidence_sentence(12, rows, None if bounds is None else 0.1, bounds, 0.9).startswith(said)
