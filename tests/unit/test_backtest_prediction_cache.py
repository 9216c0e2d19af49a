"""Predictions kept on disk: asked once, never answered wrongly, and refused where they are no numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from novosky.backtest import prediction_cache
from novosky.backtest.finite import check_finite
from novosky.backtest.prediction_cache import KEEP_FILES, predicted
from novosky.errors import ModelCompatibilityError
from novosky.models.classes import Inputs
from novosky.models.stages.signal import SignalModel

X = np.arange(12, dtype=np.float32).reshape(4, 3)
HASH = "ab12" * 16


class Asked(SignalModel):
    """A signal model without trees, that answers from the rows and counts how often it was asked."""

    def __init__(self) -> None:
        object.__setattr__(self, "times", 0)

    def predict_all(self, x: Inputs, threads: int = 1) -> np.ndarray:
        object.__setattr__(self, "times", self.times + 1)
        return np.stack([np.cumsum(x, axis=1, dtype=np.float64) / 7.0, x.astype(np.float64)])


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Asked:
    monkeypatch.setattr(prediction_cache, "SignalModel", Asked)  # the cache takes nothing but the very class
    return Asked()


def test_the_same_rows_are_asked_once_and_answered_bit_by_bit(model: Asked, tmp_path: Path) -> None:
    first = predicted(model, HASH, X, 1, tmp_path / "cache")
    again = predicted(model, HASH, X.copy(), 2, tmp_path / "cache")
    assert model.times == 1
    assert (first.tobytes(), first.shape, first.dtype) == (again.tobytes(), again.shape, again.dtype)


def test_other_rows_another_model_and_other_code_are_asked_again(
    model: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predicted(model, HASH, X, 1, tmp_path)
    nearly = X.copy()
    nearly[3, 2] = np.nextafter(nearly[3, 2], np.float32(99))
    for rows, name in ((nearly, HASH), (X, "cd34" * 16), (X.reshape(3, 4), HASH), (X[:3], HASH), (X[::-1], HASH)):
        before = model.times
        answers = predicted(model, name, rows, 1, tmp_path)
        assert model.times == before + 1
        np.testing.assert_array_equal(answers, Asked().predict_all(rows))
    before = model.times
    monkeypatch.setattr(prediction_cache, "_code_hash", lambda: "other trees")
    predicted(model, HASH, X, 1, tmp_path)
    assert model.times == before + 1


@pytest.mark.parametrize("damage", ["cut", "bit", "empty"])
def test_a_damaged_file_is_computed_again_and_mended(
    model: Asked, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    whole = predicted(model, HASH, X, 1, tmp_path)
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "bit":
        content[-3] ^= 1
    file.write_bytes({"cut": content[:-5], "bit": content, "empty": b""}[damage])
    np.testing.assert_array_equal(predicted(model, HASH, X, 1, tmp_path), whole)
    assert "was damaged; its predictions are computed again" in caplog.text
    predicted(model, HASH, X, 1, tmp_path)
    assert model.times == 2


def test_the_files_used_last_are_kept(model: Asked, tmp_path: Path) -> None:
    for k in range(KEEP_FILES):
        predicted(model, HASH, X + k, 1, tmp_path)
        newest = max(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (1_000 + k, 1_000 + k))
    predicted(model, HASH, X, 1, tmp_path)  # the oldest, used again
    predicted(model, HASH, X + 99, 1, tmp_path)
    assert len(list(tmp_path.iterdir())) == KEEP_FILES
    asked = model.times
    predicted(model, HASH, X, 1, tmp_path)
    assert model.times == asked
    predicted(model, HASH, X + 1, 1, tmp_path)  # which was the oldest then
    assert model.times == asked + 1


def test_where_nothing_can_be_written_the_answer_is_the_same(
    model: Asked, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    answers = predicted(model, HASH, X, 1, tmp_path / "taken")
    np.testing.assert_array_equal(answers, model.predict_all(X))
    assert "predictions are not kept in" in caplog.text


def test_a_model_that_answers_otherwise_is_always_asked(model: Asked, tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Original(Asked):
        def __init__(self) -> None:
            object.__setattr__(self, "times", 0)

    predicted(model, HASH, X, 1, tmp_path)
    other = Original()
    predicted(other, HASH, X, 1, tmp_path)
    predicted(other, HASH, X, 1, tmp_path)
    assert other.times == 2


TIMES = 1_704_067_200_000 + 900_000 * np.arange(4)


def test_finite_probabilities_pass() -> None:
    check_finite(np.full((2, 4, 3), 1 / 3), TIMES, ("forest", "xgboost"))
    check_finite(np.empty((2, 0, 3)), TIMES[:0], ("forest", "xgboost"))


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_probability_that_is_no_number_refuses_the_run(broken: float) -> None:
    probabilities = np.full((2, 4, 3), 1 / 3)
    probabilities[1, 2, 0] = probabilities[1, 3, 1] = probabilities[1, 3, 2] = broken
    message = r"xgboost: .* found NaN or infinity on 2 of 4 bars, first on the bar of 2024-01-01 00:30 UTC; "
    with pytest.raises(ModelCompatibilityError, match=message):
        check_finite(probabilities, TIMES, ("forest", "xgboost"))
