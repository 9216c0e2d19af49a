"""The ensemble in a loop, in a batch and in its parts: the same bits, one compiled form."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from novosky.errors import DataError, ModelCompatibilityError
from novosky.execution.compiled import compiled
from novosky.models.bundle.arrays import read_arrays, write_arrays
from novosky.models.trees.calibration import Calibrator, Sigmoid, calibrate, fit_calibrator
from novosky.models.trees.ensemble import (
    Ensemble,
    build_ensemble,
    ensemble_row,
    ensemble_rows,
    from_arrays,
    no_ensemble,
    to_arrays,
)
from novosky.models.trees.voters import VOTERS, Voter, fit_voter
from support.plain import plain
from support.signal_rows import stage, training_rows

ROWS = training_rows(800)
LATER = training_rows(1300, seed=4).x


@pytest.fixture(scope="module")
def parts() -> tuple[list[Voter], list[Calibrator]]:
    """All voters, sigmoid and isotonic curves among them."""
    voters = [fit_voter(name, ROWS.x, ROWS.y, stage(), 5, 1, "cpu") for name in VOTERS]
    methods = ("isotonic", "sigmoid", "isotonic")
    curves = [fit_calibrator(method, v.predict(LATER[:800]), ROWS.y) for v, method in zip(voters, methods, strict=True)]
    return voters, curves


@compiled
def loop(ensemble: Ensemble, x: np.ndarray, out: np.ndarray) -> None:
    for i in range(len(x)):
        ensemble_row(ensemble, x[i], out[i])


def in_loop(ensemble: Ensemble, x: np.ndarray) -> np.ndarray:
    out = np.empty((len(x), len(ensemble.link), 3))
    loop(ensemble, x, out)
    return out.swapaxes(0, 1)


def test_batch_loop_and_parts_have_the_same_bits(parts: tuple[Sequence[Voter], Sequence[Calibrator]]) -> None:
    voters, curves = parts
    for chosen in ([0, 1, 2], [2, 0], [1]):
        ensemble = build_ensemble([voters[v] for v in chosen], [curves[v] for v in chosen])
        batch = ensemble_rows(ensemble, LATER)
        assert batch.shape == (len(chosen), len(LATER), 3)
        assert np.array_equal(batch, ensemble_rows(ensemble, LATER, threads=2))
        assert np.array_equal(batch, in_loop(ensemble, LATER))
        assert np.array_equal(batch[:, 7:8], ensemble_rows(ensemble, LATER[7:8]))
        for place, v in enumerate(chosen):
            assert np.array_equal(batch[place], calibrate(curves[v], voters[v].predict(LATER)))


def test_the_loop_is_the_same_uncompiled(parts: tuple[Sequence[Voter], Sequence[Calibrator]]) -> None:
    ensemble = build_ensemble(*parts)
    out = np.empty((3, 3))
    plain(ensemble_row)(ensemble, LATER[0], out)
    np.testing.assert_allclose(out, ensemble_rows(ensemble, LATER[:1])[:, 0], rtol=1e-13)


def test_one_compiled_form_serves_all(parts: tuple[Sequence[Voter], Sequence[Calibrator]], tmp_path: Path) -> None:
    voters, curves = parts
    whole = build_ensemble(voters, curves)
    sigmoids = build_ensemble(voters[1:2], [Sigmoid(np.ones(3), np.zeros(3))])
    write_arrays(tmp_path / "ensemble.npz", to_arrays(whole))
    stored = from_arrays(read_arrays(tmp_path / "ensemble.npz"))
    for ensemble in (whole, sigmoids, no_ensemble(), stored, from_arrays(to_arrays(no_ensemble()))):
        assert in_loop(ensemble, LATER[:5]).shape == (len(ensemble.link), 5, 3)
    assert len(loop.signatures) == 1  # type: ignore[attr-defined]
    assert np.array_equal(ensemble_rows(stored, LATER), ensemble_rows(whole, LATER))


def test_an_empty_ensemble_answers_nothing() -> None:
    assert ensemble_rows(no_ensemble(), LATER).shape == (0, len(LATER), 3)
    assert ensemble_rows(no_ensemble(), LATER[:0]).shape == (0, 0, 3)


def test_bad_inputs_are_refused(parts: tuple[Sequence[Voter], Sequence[Calibrator]]) -> None:
    ensemble = build_ensemble(*parts)
    x = LATER[:3].copy()
    x[1, 2] = np.nan
    with pytest.raises(DataError, match="found nan in row 1, column 2"):
        ensemble_rows(ensemble, x)
    with pytest.raises(ModelCompatibilityError, match=r"at least 6 features, found \(3, 5\)"):
        ensemble_rows(ensemble, LATER[:3, :5])


ASK = """
import numpy as np
from novosky.models.trees.ensemble import ensemble_row, no_ensemble
ensemble_row(no_ensemble(), np.zeros(3, np.float32), np.zeros((0, 3)))
print(sum(ensemble_row.stats.cache_misses.values()))
"""


def test_a_second_process_compiles_nothing() -> None:
    answers = [
        subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(2)
    ]
    assert answers[1] == "0"
