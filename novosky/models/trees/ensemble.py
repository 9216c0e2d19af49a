"""Calibrated voters as one bundle of arrays: what compiled loops and batches ask for probabilities.

The arrays' types never depend on the voters, so that one compiled loop serves every ensemble, the empty one too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.execution.compiled import compiled
from novosky.market.bars import Floats, Ints
from novosky.models.classes import N_CLASSES, Inputs
from novosky.models.trees.calibration import Calibrator, curves_of
from novosky.models.trees.curves import Curves, calibrate_row, calibrate_rows
from novosky.models.trees.table import Trees, least_features
from novosky.models.trees.voters import Voter
from novosky.models.trees.walk import LINKS, checked_inputs, in_parts, predict_row, predict_rows


class Ensemble(NamedTuple):
    """The voters' tables of trees one after another; voter v has the rows `start[v]` to `start[v + 1]` of each.

    `trees` but for `value`, which is flat here: (values,); its rows keep counting from their own table's start.
    """

    root: Ints  # (trees,)
    depth: Ints  # (trees,)
    column: Ints  # (trees,)
    left: NDArray[np.int32]  # (nodes,)
    feature: NDArray[np.int32]  # (nodes,)
    threshold: NDArray[np.float32]  # (nodes,)
    value: Floats  # (values,)
    tree_start: Ints  # (voters + 1,)
    node_start: Ints  # (voters + 1,)
    value_start: Ints  # (voters + 1,)
    link: Ints  # (voters,)
    base: Floats  # (voters, 3)
    n_features: int  # columns that inputs must have at least
    curves: Curves


def build_ensemble(voters: Sequence[Voter], calibrators: Sequence[Calibrator]) -> Ensemble:
    """The voters with their calibrators, in this order."""
    tables = [voter.trees for voter in voters]

    def joined(name: str, kind: type) -> NDArray[Any]:
        return np.concatenate([np.empty(0, kind), *(getattr(table, name).ravel() for table in tables)])

    return Ensemble(
        root=joined("root", np.int64),
        depth=joined("depth", np.int64),
        column=joined("column", np.int64),
        left=joined("left", np.int32),
        feature=joined("feature", np.int32),
        threshold=joined("threshold", np.float32),
        value=joined("value", np.float64),
        tree_start=_starts([len(table.root) for table in tables]),
        node_start=_starts([len(table.left) for table in tables]),
        value_start=_starts([table.value.size for table in tables]),
        link=np.array([LINKS[voter.link] for voter in voters], dtype=np.int64),
        base=np.array([voter.base for voter in voters], dtype=np.float64).reshape(-1, N_CLASSES),
        n_features=max((least_features(table) for table in tables), default=0),
        curves=curves_of(calibrators),
    )


def no_ensemble() -> Ensemble:
    """The ensemble without voters, for a stage that is switched off."""
    return build_ensemble([], [])


def _starts(sizes: Sequence[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


@compiled
def _trees_of(ensemble: Ensemble, voter: int) -> Trees:
    """The voter's own table, a view."""
    trees = slice(ensemble.tree_start[voter], ensemble.tree_start[voter + 1])
    nodes = slice(ensemble.node_start[voter], ensemble.node_start[voter + 1])
    values = ensemble.value[ensemble.value_start[voter] : ensemble.value_start[voter + 1]]
    left = ensemble.left[nodes]
    return Trees(
        ensemble.root[trees],
        ensemble.depth[trees],
        ensemble.column[trees],
        left,
        ensemble.feature[nodes],
        ensemble.threshold[nodes],
        values.reshape(len(left), len(values) // len(left)),
    )


def voter_trees(ensemble: Ensemble, voter: int) -> Trees:
    """The table of trees of the voter at this place, a view."""
    return Trees(*_trees_of(ensemble, voter))


@compiled
def ensemble_row(ensemble: Ensemble, x: Inputs, out: Floats) -> None:
    """Calibrated probabilities of one row `x` (features,) float32, all finite, into `out` (voters, 3)."""
    for v in range(len(ensemble.link)):
        predict_row(_trees_of(ensemble, v), ensemble.base[v], ensemble.link[v], x, out[v])
        calibrate_row(ensemble.curves, v, out[v])


@compiled
def fill_rows(ensemble: Ensemble, x: Inputs, out: Floats, start: int, stop: int) -> None:
    """`ensemble_row` for rows `start <= row < stop` of `x` (n, features) into `out` (voters, n, 3); twice as fast."""
    for v in range(len(ensemble.link)):
        predict_rows(_trees_of(ensemble, v), ensemble.base[v], ensemble.link[v], x, out[v], start, stop)
        calibrate_rows(ensemble.curves, v, out[v], start, stop)


def ensemble_rows(ensemble: Ensemble, x: Inputs, threads: int = 1) -> Floats:
    """Calibrated probabilities (voters, n, 3) of the rows of `x` (n, features); the same bits as `ensemble_row`.

    Raises `DataError` for inputs that are not finite, `ModelCompatibilityError` for too few columns.
    """
    x = checked_inputs(x, ensemble.n_features)
    out: Floats = np.empty((len(ensemble.link), len(x), N_CLASSES))
    in_parts(lambda start, stop: fill_rows(ensemble, x, out, start, stop), len(x), threads)
    return out


def to_arrays(ensemble: Ensemble) -> dict[str, NDArray[Any]]:
    """Named arrays, as `bundle.arrays` writes them."""
    own = ensemble._asdict()
    curves: Curves = own.pop("curves")
    n_features = np.array([own.pop("n_features")])
    return {**own, "n_features": n_features, **{f"curve_{name}": array for name, array in curves._asdict().items()}}


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> Ensemble:
    """The ensemble that `to_arrays` gave."""
    own = {name: arrays[name] for name in Ensemble._fields if name not in ("n_features", "curves")}
    curves = Curves(**{name: arrays[f"curve_{name}"] for name in Curves._fields})
    return Ensemble(**own, n_features=int(arrays["n_features"][0]), curves=curves)
