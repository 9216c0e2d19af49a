"""The risk stage on trades that come in streaks and on a fair coin; its rows, its sizes, its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from novosky.errors import DataError, ModelCompatibilityError
from novosky.execution.equity_state import RISK_FEATURES, equity_features
from novosky.labels.kelly import MAX_MULTIPLIER, MIN_MULTIPLIER
from novosky.models.decision.kelly_size import full_size, risk_multiplier
from novosky.models.stages.regression_stage import train_regressors
from novosky.models.stages.risk import LEAST_SHARE, RiskModel, load_risk, save_risk, train_risk
from support.plain import plain
from support.signal_rows import silent
from support.stage_rows import NAMES, provenance, regressor, risk_stage, risk_trades, rows_of_trades

HASH = "f" * 64


def train(trades: Any, threads: int = 1, **changes: Any) -> RiskModel:
    stage = risk_stage(**changes)
    rows, kept = rows_of_trades(trades, stage)
    return train_risk(
        rows,
        np.ascontiguousarray(kept["r"]),
        stage,
        provenance(rows.edges, RISK_FEATURES),
        seed=7,
        threads=threads,
        progress=silent,
    )


STREAKS = risk_trades()


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return train(STREAKS)


def test_rows_are_the_states_before_each_trade() -> None:
    rows, kept = rows_of_trades(STREAKS)
    r = np.ascontiguousarray(kept["r"])
    for i in (0, 1, 40, len(r) - 1):
        curve = np.concatenate([[0.0], np.cumsum(r[:i])])
        out = np.empty(7)
        equity_features(r, i, curve[-1], curve.max(), out)
        assert rows.x[i].tolist() == out.astype(np.float32).tolist()
    assert rows.target[40].tolist() == pytest.approx([r[40:45].mean(), (r[40:45] ** 2).mean()])
    assert rows.label_end[40] == kept["exit_bar"][44]
    assert np.isnan(rows.target[-4:]).all()
    assert np.isfinite(rows.target[:-4]).all()


def test_another_trade_changes_the_rows_after_it_and_the_targets_before_it() -> None:
    rows, kept = rows_of_trades(STREAKS)
    other = STREAKS.copy()
    place = np.searchsorted(STREAKS["decision_bar"], kept["decision_bar"][100])
    other["r"][place] *= -3.0
    changed, _ = rows_of_trades(other)
    assert np.array_equal(changed.x[:101], rows.x[:101])
    assert not np.array_equal(changed.x[101], rows.x[101])
    same = np.ones(len(rows.x), dtype=np.bool_)
    same[96:101] = False
    assert np.array_equal(changed.target[same], rows.target[same], equal_nan=True)
    assert not (changed.target[96:101] == rows.target[96:101]).any()


def test_planted_streaks_are_found(model: RiskModel) -> None:
    assert not model.no_skill_found
    gain = model.facts["skill"]["equal_sizes"]
    assert gain["low"] > 0.05
    rows, kept = rows_of_trades(STREAKS)
    judged = np.isfinite(model.multipliers)
    m, r = model.multipliers[judged], kept["r"][judged]
    assert gain["r"] == pytest.approx((m * r).sum() / m.sum())
    assert gain["plain_r"] == pytest.approx(r.mean())
    assert model.mean_multiplier == pytest.approx(m.mean())
    assert m.min() >= MIN_MULTIPLIER
    assert m.max() <= MAX_MULTIPLIER
    assert np.ptp(m) > 0.8
    # Every trade of the blocks after the first is judged, the last ones without a target too.
    block = np.searchsorted(rows.edges, rows.bar, side="right") - 1
    inside = (block >= 3) & (rows.bar >= rows.edges[block] + rows.embargo_bars)
    assert np.array_equal(judged, inside)


def test_on_a_fair_coin_nothing_is_found() -> None:
    found = [not train(risk_trades(streaks=False, seed=seed)).no_skill_found for seed in range(8)]
    assert sum(found) <= 2  # at 95 %, once in twenty


def test_inside_the_loop_it_gives_the_same_sizes(model: RiskModel) -> None:
    rows, _ = rows_of_trades(STREAKS)
    mean, square = model.values(rows.x).T
    least = model.facts["least_square_r"]
    for i in range(0, len(rows.x), 37):
        expected = np.clip(max(mean[i] / max(square[i], least), 0.0) / 0.2, 0.10, 1.25)
        equity = rows.x[i].astype(np.float64)
        assert risk_multiplier(model.size, equity) == pytest.approx(expected, abs=1e-12)
        assert risk_multiplier(model.size, equity) == plain(risk_multiplier)(model.size, equity)
    assert risk_multiplier(full_size(), np.zeros(7)) == 1.0


def test_risk_that_is_foreseen_as_none_has_a_floor() -> None:
    """Trades of 0 R but for some: where the second moment is foreseen too small, a share of its mean stands for it."""
    trades = STREAKS.copy()
    trades["r"] = np.where(np.arange(len(trades)) % 40 < 3, np.abs(trades["r"]), 0.001)
    model = train(trades, full_size_kelly=1.0)
    rows, _ = rows_of_trades(trades)
    learned = rows.known_before(rows.n_blocks)
    least = model.facts["least_square_r"]
    assert least == pytest.approx(LEAST_SHARE * rows.target[learned, 1].mean())
    mean, square = model.values(rows.x).T
    whole = model.facts["full_size_kelly"]
    assert whole == pytest.approx(max(1.0, rows.target[learned, 0].mean() / rows.target[learned, 1].mean()))
    floored, bare = (np.clip(mean / floor / whole, 0.1, 1.25) for floor in (np.maximum(square, least), square))
    assert (floored != bare).any()
    sizes = [risk_multiplier(model.size, x.astype(np.float64)) for x in rows.x]
    np.testing.assert_allclose(sizes, floored, rtol=1e-12)
    stage = risk_stage()
    _, forward = train_regressors("risk", rows, stage.lightgbm, seed=7, threads=1, progress=silent)
    mean, square = forward.value.T
    least = LEAST_SHARE * forward.base[:, 1]
    whole = np.maximum(1.0, forward.base[:, 0] / forward.base[:, 1])  # as far as each block knows
    expected = np.clip(mean / np.maximum(square, least) / whole, 0.1, 1.25)
    np.testing.assert_allclose(model.multipliers, expected, rtol=1e-12)
    assert (square < least).any()


def test_too_few_trades_are_refused() -> None:
    with pytest.raises(DataError, match=r"stage\.risk: no trades to learn from.*stage\.risk\.enabled=false"):
        train(STREAKS[:1])
    with pytest.raises(DataError, match=r"stage\.risk: expected at least 2 forward blocks with 1200 rows"):
        train(STREAKS, lightgbm=regressor(min_leaf_rows=600))
    with pytest.raises(DataError, match="with 0 rows in all"):
        train(STREAKS[:120], next_trades=100)


def test_folder_gives_the_same_bits_back(model: RiskModel, tmp_path: Path) -> None:
    saved = save_risk(model, tmp_path / "risk")
    loaded = load_risk(tmp_path / "risk", NAMES, HASH)
    x = np.random.Generator(np.random.PCG64(5)).normal(size=(50, 7))
    for row in x:
        assert risk_multiplier(loaded.size, row) == risk_multiplier(model.size, row)
    assert np.array_equal(loaded.multipliers, model.multipliers, equal_nan=True)
    assert loaded.facts == model.facts
    assert save_risk(train(STREAKS, threads=2), tmp_path / "again") == saved
    names = {file.name for file in (tmp_path / "risk").iterdir()}
    assert names == {"golden.npz", "manifest.json", "oof.npz"} | {
        f"{name}.{ending}" for name in ("mean_r", "mean_square_r") for ending in ("npz", "onnx", "txt")
    }


def test_another_stages_folder_is_refused(model: RiskModel, tmp_path: Path) -> None:
    save_risk(model, tmp_path / "risk")
    with pytest.raises(ModelCompatibilityError, match="feature 2 was feature_1 in training, is other now"):
        load_risk(tmp_path / "risk", ("feature_0", "other"), HASH)
    (tmp_path / "risk" / "mean_r.npz").unlink()
    with pytest.raises(ModelCompatibilityError, match=r"mean_r\.npz: missing"):
        load_risk(tmp_path / "risk", NAMES, HASH)
