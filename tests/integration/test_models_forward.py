"""Forward out-of-fold with the real libraries: nothing sees its future, and what does is caught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from novosky.errors import DataError, NovoskyError
from novosky.models.decision.vote import judge, vote
from novosky.models.forward.out_of_fold import OutOfFold, forward_out_of_fold
from novosky.models.forward.training_rows import (
    FIRST_CALIBRATED,
    FIRST_RAW,
    FIRST_VOTED,
    UNSEEN,
    TrainingRows,
    check_forward,
)
from novosky.models.forward.votes import forward_votes, threshold_before
from novosky.models.stages.signal import SignalModel, train_signal
from novosky.models.trees.calibration import calibrate, fit_calibrator
from novosky.models.trees.voters import VOTERS, fit_voter
from support.signal_rows import LIFE, NAMES, prediction, provenance, silent, stage, training_rows

ROWS = training_rows()


def out_of_fold(rows: TrainingRows, names: tuple[str, ...] = VOTERS) -> OutOfFold:
    def fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray | None, block: int) -> list:
        return [fit_voter(name, x, y, stage(), 7 + block, 1, "cpu", weight) for name in names]

    return forward_out_of_fold(rows, names, fit, "sigmoid", 0.95, 7, 1, silent).out_of_fold


@pytest.fixture(scope="module")
def oof() -> OutOfFold:
    return out_of_fold(ROWS)


def last_label_before(edge: int) -> int:
    """Last bar seen by what learns from all rows whose longest label would have ended before `edge`."""
    return int(ROWS.label_end[ROWS.bar + LIFE < edge].max())


def test_levels_begin_one_block_after_another(oof: OutOfFold) -> None:
    block = np.minimum((ROWS.bar - 100) // 250, 7)
    embargoed = (ROWS.bar - 100) % 250 < ROWS.embargo_bars
    predicted = (block >= FIRST_RAW) & ~embargoed
    assert np.array_equal(oof.block, np.where(predicted, block, UNSEEN))
    assert np.array_equal(np.isfinite(oof.raw).all(axis=(0, 2)), predicted)
    assert np.array_equal(np.isfinite(oof.calibrated).all(axis=(0, 2)), predicted & (block >= FIRST_CALIBRATED))
    votes = forward_votes(oof, prediction())
    assert np.array_equal(votes.row, np.flatnonzero(predicted & (block >= FIRST_VOTED)))


def test_every_row_says_the_last_bar_that_was_seen_for_it(oof: OutOfFold) -> None:
    check_forward(oof.bar, oof.seen_to, ROWS.embargo_bars)
    for k in range(FIRST_RAW, ROWS.n_blocks):
        seen = oof.seen_to[oof.block == k]
        assert set(seen) == {last_label_before(100 + 250 * k)}
        assert seen[0] < 100 + 250 * k
    assert np.all(oof.seen_to[oof.block == UNSEEN] == UNSEEN)


def test_a_planted_look_ahead_is_caught(oof: OutOfFold) -> None:
    row = np.flatnonzero(oof.block == 4)[5]
    for seen in (ROWS.bar[row], ROWS.bar[row] - ROWS.embargo_bars):
        seen_to = oof.seen_to.copy()
        seen_to[row] = seen
        with pytest.raises(NovoskyError, match=f"at bar {ROWS.bar[row]}, has seen bar {seen}"):
            check_forward(oof.bar, seen_to, ROWS.embargo_bars)


def test_another_future_changes_no_prediction(oof: OutOfFold) -> None:
    """For block 5: new classes on every row not known before it, new features on every row after it."""
    k, random = 5, np.random.Generator(np.random.PCG64(3))
    edge = ROWS.edges[k]
    x, y = ROWS.x.copy(), ROWS.y.copy()
    later, unknown = ROWS.bar >= ROWS.edges[k + 1], ROWS.bar + LIFE >= edge
    x[later] = random.normal(size=(later.sum(), x.shape[1]))
    y[unknown] = random.integers(0, 3, unknown.sum())
    other = out_of_fold(replace(ROWS, x=x, y=y))
    same = (oof.block <= k) & (oof.block != UNSEEN)
    assert np.array_equal(other.raw[:, same], oof.raw[:, same])
    assert np.array_equal(other.calibrated[:, same], oof.calibrated[:, same], equal_nan=True)
    assert np.array_equal(other.base[same], oof.base[same])
    assert np.array_equal(other.kept[: k + 1], oof.kept[: k + 1])
    assert threshold_before(other, k, prediction()) == threshold_before(oof, k, prediction())
    after = oof.block == k + 1
    assert not np.array_equal(other.raw[:, after], oof.raw[:, after])


def test_another_past_changes_predictions(oof: OutOfFold) -> None:
    y = ROWS.y.copy()
    y[:50] = (y[:50] + 1) % 3
    other = out_of_fold(replace(ROWS, y=y))
    for v in range(len(VOTERS)):
        assert not np.array_equal(other.raw[v], oof.raw[v], equal_nan=True)


def test_each_block_is_judged_by_what_came_before(oof: OutOfFold) -> None:
    """Block 6 by hand: calibrators, base rate, quantile and verdicts from the rows known before it."""
    known = ROWS.bar + LIFE < 100 + 250 * 6
    rows = oof.block == 6
    raw = oof.raw[1]
    learned = known & (oof.block >= 1)
    calibrator = fit_calibrator("sigmoid", raw[learned], ROWS.y[learned])
    assert np.array_equal(oof.calibrated[1][rows], calibrate(calibrator, raw[rows]))
    np.testing.assert_allclose(oof.base[rows][0], np.bincount(ROWS.y[known]) / known.sum())
    settings = prediction(confidence_quantile=0.7)
    assert oof.kept[6].all()
    recent = known & (oof.block >= 3)
    opinion = vote(np.stack([calibrate(oof.calibrators[6][v], oof.raw[v][recent]) for v in range(3)]), settings)
    threshold = np.quantile(opinion.confidence[opinion.side != 0], 0.7)
    votes = forward_votes(oof, settings)
    assert set(votes.threshold[votes.block == 6]) == {threshold}
    expected = judge(vote(oof.calibrated[oof.kept[6]][:, rows], settings), settings, float(threshold))
    assert np.array_equal(votes.votes.verdict[votes.block == 6], expected.verdict)


def train(rows: TrainingRows, calibration: str = "sigmoid") -> SignalModel:
    return train_signal(rows, stage(calibration), provenance(rows), seed=7, threads=1, device="cpu", progress=silent)


@pytest.mark.parametrize("calibration", ["sigmoid", "isotonic"])
def test_a_planted_edge_is_found(calibration: str) -> None:
    model = train(ROWS, calibration)
    assert not model.no_skill_found
    assert model.kept.all()
    fresh = training_rows(seed=11)
    votes = model.decide(fresh.x, prediction())
    truth = np.sign(fresh.x[:, 0]) * np.sign(fresh.x[:, 1])
    assert (votes.side[votes.passed] == truth[votes.passed]).mean() > 0.95
    assert votes.passed.mean() > 0.1


@pytest.mark.parametrize("edge", [0.0, 0.3, 1.0])
def test_the_threshold_lets_through_about_its_share_of_later_bars(edge: float) -> None:
    """Whatever the calibrators make of the voters: with a flat one, all confidences lie within a hair."""
    model = train(training_rows(edge=edge))
    votes = model.decide(training_rows(edge=edge, seed=21).x, prediction(confidence_quantile=0.8))
    assert 0.05 < votes.passed[votes.side != 0].mean() < 0.4
    forward = model.decide_out_of_fold(prediction(confidence_quantile=0.8)).votes
    assert 0.05 < forward.passed[forward.side != 0].mean() < 0.4


def test_pure_noise_is_said_to_be_noise() -> None:
    model = train(training_rows(edge=0.0))
    assert model.no_skill_found
    assert model.kept.all()
    assert not any(voter["kept"] for voter in model.facts["voters"])
    assert all(voter["classes"]["high"] >= 0 for voter in model.facts["voters"])


def test_a_voter_without_skill_is_dropped_and_the_others_stay() -> None:
    rows = training_rows()
    settings = stage()
    settings.forest.min_samples_leaf = len(rows.x)  # one leaf: the base rate itself
    model = train_signal(rows, settings, provenance(rows), seed=7, threads=1, device="cpu", progress=silent)
    assert dict(zip(model.names, model.kept, strict=True)) == {"forest": False, "xgboost": True, "lightgbm": True}
    assert model.predict(rows.x).shape == (2, len(rows.x), 3)
    assert model.predict_all(rows.x).shape == (3, len(rows.x), 3)
    assert "not below 0" in model.facts["voters"][0]["reason"]


def test_progress_rises_to_one() -> None:
    shares = []
    rows = training_rows(1200)
    train_signal(
        rows,
        stage(),
        provenance(rows),
        seed=7,
        threads=1,
        device="auto",
        progress=lambda text, share: shares.append(share),
    )
    assert shares == sorted(shares)
    assert len(shares) == rows.n_blocks
    assert shares[-1] == 1.0


def test_the_end_of_train_is_the_last_bar_a_label_saw() -> None:
    model = train(ROWS)
    end = last_label_before(100 + 2000)
    assert model.facts["train"]["end_bar"] == end < 2100
    assert model.train_end_ms == 1_700_000_000_000 + 900_000 * end


def test_a_class_that_never_occurs_is_refused() -> None:
    y = ROWS.y.copy()
    y[(y == 2) & (ROWS.bar < 600)] = 1
    with pytest.raises(DataError, match="BUY does not occur in the training rows before block 1 of 8"):
        train(replace(ROWS, y=y))


def test_rows_that_break_their_contract_are_refused() -> None:
    x = ROWS.x.copy()
    x[3, 2] = np.nan
    with pytest.raises(DataError, match="found nan in column 2 at bar 103"):
        replace(ROWS, x=x)
    with pytest.raises(DataError, match="shortest has 250 bars"):
        replace(ROWS, embargo_bars=240)
    with pytest.raises(NovoskyError, match="may not fall"):
        replace(ROWS, bar=ROWS.bar[::-1])
    with pytest.raises(DataError, match="more than 3 forward blocks"):
        replace(ROWS, edges=np.array([100, 1000, 2100]))


def test_rows_of_a_parent_that_has_seen_them_are_refused() -> None:
    seen = ROWS.bar - ROWS.embargo_bars - 1
    assert replace(ROWS, parent_seen=seen).parent_seen is seen
    for late in (0, 20):
        planted = seen.copy()
        planted[7] = ROWS.bar[7] - ROWS.embargo_bars + late
        with pytest.raises(NovoskyError, match=f"the first, at bar {ROWS.bar[7]}, has seen bar {planted[7]}"):
            replace(ROWS, parent_seen=planted)


def test_what_the_parents_saw_travels_with_every_row() -> None:
    """A parent that saw more than the labels did: the row says so, and so does what learned from that row."""
    seen = np.full(len(ROWS.bar), UNSEEN)
    late = np.flatnonzero(ROWS.bar == ROWS.edges[4] - LIFE - 1)[0]  # the last row known before block 4
    seen[late] = ROWS.bar[late] - ROWS.embargo_bars - 1
    own = np.flatnonzero(ROWS.bar == ROWS.edges[4] + 200)[0]
    seen[own] = ROWS.edges[4] + 150
    rows = out_of_fold(replace(ROWS, parent_seen=seen), ("lightgbm",))
    assert rows.seen_to[own] == ROWS.edges[4] + 150
    assert rows.seen_to[own - 1] < ROWS.edges[4]
    assert np.all(rows.seen_to[rows.block == 6] >= ROWS.edges[4] + 150)


def test_a_later_stage_begins_later() -> None:
    some = ROWS.bar >= ROWS.edges[2]
    later = TrainingRows(
        ROWS.x[some], ROWS.y[some], ROWS.bar[some], ROWS.label_end[some], ROWS.edges, ROWS.embargo_bars, first_block=2
    )
    rows = out_of_fold(later, ("lightgbm",))
    assert rows.block[rows.block != UNSEEN].min() == 3
    assert np.isfinite(rows.calibrated[0]).all(axis=1)[rows.block == 4].all()
    with pytest.raises(DataError, match="more than 8 forward blocks for this stage, found 8"):
        replace(later, first_block=5)


def test_weights_count_rows(oof: OutOfFold) -> None:
    """A weight of 2 on every row is no weight at all; a weight on one class moves base rate and probabilities."""
    even = out_of_fold(replace(ROWS, weight=np.full(len(ROWS.bar), 1.0)), ("lightgbm",))
    np.testing.assert_allclose(even.base, oof.base)
    heavy = out_of_fold(replace(ROWS, weight=np.where(ROWS.y == 2, 1.8, 0.6)), ("lightgbm",))
    judged = heavy.block == 6
    assert heavy.base[judged][0, 2] > oof.base[judged][0, 2] + 0.1
    assert heavy.calibrated[0][judged][:, 2].mean() > oof.calibrated[2][judged][:, 2].mean() + 0.1


def test_inputs_that_do_not_fit_are_refused() -> None:
    model = train(training_rows(1200))
    x = ROWS.x[:5].copy()
    x[2, 4] = np.inf
    with pytest.raises(DataError, match=f"found inf in {NAMES[4]}, row 2"):
        model.predict(x)
    with pytest.raises(NovoskyError, match="expected inputs of shape"):
        model.predict(ROWS.x[:, :5])
