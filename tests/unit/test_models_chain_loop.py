"""The models inside the loop against a slow replay: the core told beforehand what the models will say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from novosky.execution.codes import NO_VOTE, NO_WISH, OPENED, POSITION_MODEL
from novosky.execution.equity_state import RISK_FEATURES, equity_features
from novosky.execution.position import position_state
from novosky.execution.series import BarArrays, plain_bars, plain_intents
from novosky.execution.simulate import simulate
from novosky.execution.terms import Contract, Rules
from novosky.models.decision.exit_rule import ExitRule, position_wish
from novosky.models.decision.kelly_size import full_size, kelly_size, risk_multiplier
from novosky.models.decision.loop import Deciders
from novosky.models.decision.trade import Segment, trade_chain
from novosky.models.trees.calibration import Sigmoid, calibrate
from novosky.models.trees.ensemble import build_ensemble, no_ensemble
from novosky.models.trees.lightgbm_regressor import Regressor
from novosky.models.trees.table import Trees
from novosky.models.trees.voters import Voter
from support.plain import plain

N = 600
CONTRACT = Contract(0.01, 0.01, 1e-9, 1e12, 1e-9)
RULES = Rules(16, 1.0)
ADDING = RULES._replace(netting=True, max_adds=2)
RULE = ExitRule(0.55, 0.0, 0.65, 0.5, 2, 16)
PLAIN = Sigmoid(np.ones(3), np.zeros(3))


def market(seed: int = 1) -> tuple[BarArrays, np.ndarray]:
    random = np.random.Generator(np.random.PCG64(seed))
    close = 1000.0 * np.exp(np.cumsum(random.normal(0, 0.002, N)))
    open_ = np.concatenate([[1000.0], close[:-1]])
    high = np.maximum(open_, close) + random.exponential(0.8, N)
    low = np.minimum(open_, close) - random.exponential(0.8, N)
    day = np.arange(N) // 96
    bars = plain_bars(open_, high, low, close, np.full(N, 0.3), np.full(N, 3.0), day, day // 7)
    return bars, random.normal(size=(N, 2)).astype(np.float32)


def stump(feature: int, threshold: float, below: list[float], above: list[float]) -> Trees:
    """One tree with one split and the leaf values of its two sides."""
    return Trees(
        root=np.array([0]),
        depth=np.array([1]),
        column=np.array([-1 if len(below) > 1 else 0]),
        left=np.array([1, 1, 2], np.int32),
        feature=np.array([feature, 0, 0], np.int32),
        threshold=np.array([threshold, np.inf, np.inf], np.float32),
        value=np.array([[0.0] * len(below), below, above]),
    )


def voter(feature: int, threshold: float, below: list[float], above: list[float]) -> Voter:
    return Voter("forest", stump(feature, threshold, below, above), "mean", np.zeros(3))


# A market feature, the trade's age and its R multiple; columns are two features and four of the trade's state.
VOTERS = [
    voter(0, 0.2, [0.3, 0.1, 0.6], [0.8, 0.1, 0.1]),
    voter(2, 0.4, [0.2, 0.2, 0.6], [0.7, 0.1, 0.2]),
    voter(4, -0.3, [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]),
]
SIZE = kelly_size(
    Regressor(stump(4, 1.5, [0.1], [0.02]), 0.0),  # fewer losses in a row: the next trades earn more
    Regressor(stump(6, 0.0, [1.0], [2.0]), 0.0),
    least_square_r=0.1,
    full_size_kelly=0.1,
)


def intents_of(n: int) -> object:
    side = np.where(np.arange(n) % 7 == 0, np.where(np.arange(n) % 2 == 0, 1, -1), 0).astype(np.int8)
    verdict = np.where(side != 0, OPENED, NO_VOTE).astype(np.int16)
    return plain_intents(side, verdict, np.full(n, 0.5), 1.5, 1.0)


def models(position: bool = True, risk: bool = True) -> Deciders:
    ensemble = build_ensemble(VOTERS, [PLAIN] * 3) if position else no_ensemble()
    return Deciders(ensemble, RULE, SIZE if risk else full_size())


def test_without_models_it_is_the_plain_loop() -> None:
    bars, x = market()
    done, wishes = trade_chain(bars, intents_of(N), x, [Segment(0, N, models(False, False))], CONTRACT, RULES, 1e6)
    plainly = simulate(bars, intents_of(N), CONTRACT, RULES, 1e6, 0, N)
    assert np.array_equal(done.trades, plainly.trades)
    assert np.array_equal(done.equity, plainly.equity)
    assert np.array_equal(done.verdicts, plainly.verdicts)
    assert set(wishes) == {NO_WISH}


@pytest.mark.parametrize("rules", [RULES, ADDING], ids=["one entry", "additions"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_core_told_beforehand_gives_the_same_trades(seed: int, rules: Rules) -> None:
    bars, x = market(seed)
    intents = intents_of(N)
    done, wishes = trade_chain(bars, intents, x, [Segment(0, N, models())], CONTRACT, rules, 1e6)
    assert (done.trades["adds"].sum() > 5) == (rules.max_adds > 0)
    assert (done.trades["exit_reason"] == POSITION_MODEL).sum() > 5
    multiplier = np.ones(N)
    multiplier[done.trades["decision_bar"]] = done.trades["risk_multiplier"]
    told = intents._replace(wish=wishes, risk_multiplier=multiplier)
    again = simulate(bars, told, CONTRACT, rules, 1e6, 0, N)
    assert np.array_equal(done.trades, again.trades)
    assert np.array_equal(done.equity, again.equity)


def test_every_wish_is_the_voters_own() -> None:
    """Each close inside a trade: the row by hand, the voters one by one, the vote uncompiled."""
    bars, x = market()
    done, wishes = trade_chain(bars, intents_of(N), x, [Segment(0, N, models())], CONTRACT, RULES, 1e6)
    expected = np.full(N, NO_WISH)
    for trade in done.trades:
        for s in range(trade["entry_bar"] + RULE.min_bars_held - 1, trade["exit_bar"]):
            state = plain(position_state)(
                trade["side"], trade["entry_price"], abs(trade["entry_price"] - trade["stop"]), trade["entry_bar"], s,
                bars.close[s], bars.spread[s], RULE.horizon_bars,
            )  # fmt: skip
            row = np.array([[*x[s], *state]], dtype=np.float32)
            table = np.array([calibrate(PLAIN, one.predict(row))[0] for one in VOTERS])
            expected[s] = plain(position_wish)(table, 3, RULE)
    assert np.array_equal(wishes, expected)
    assert set(wishes) == {NO_WISH, 0, 1, 2}


def test_every_size_follows_from_the_trades_before() -> None:
    bars, x = market()
    done, _ = trade_chain(bars, intents_of(N), x, [Segment(0, N, models())], CONTRACT, RULES, 1e6)
    r = np.ascontiguousarray(done.trades["r"])
    seen = set()
    for k, trade in enumerate(done.trades):
        known = int(np.count_nonzero(done.trades["exit_bar"] <= trade["decision_bar"]))
        assert known == k
        total = np.concatenate([[0.0], np.cumsum(r[:known])])
        state = np.empty(len(RISK_FEATURES))
        plain(equity_features)(r, known, total[-1], total.max(), state)
        expected = risk_multiplier(SIZE, state)
        assert trade["risk_multiplier"] == pytest.approx(expected)
        seen.add(round(expected, 3))
    assert len(seen) >= 3


def test_a_window_in_pieces_is_the_window() -> None:
    bars, x = market()
    whole, wishes = trade_chain(bars, intents_of(N), x, [Segment(50, N, models())], CONTRACT, RULES, 1e6)
    cuts = [50, 51, 200, 333, N]
    pieces = [Segment(a, b, models()) for a, b in itertools.pairwise(cuts)]
    parts, part_wishes = trade_chain(bars, intents_of(N), x, pieces, CONTRACT, RULES, 1e6)
    assert np.array_equal(whole.trades, parts.trades)
    assert np.array_equal(whole.equity, parts.equity)
    assert np.array_equal(wishes, part_wishes)
