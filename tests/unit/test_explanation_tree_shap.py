"""SHAP values of the compiled trees: by the definition, beside the libraries' own, and what they add up to."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from test_layout_imports import ROOT

from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.config.schema.learning import SignalStageConfig
from novosky.errors import NovoskyError
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.explanation import tree_shap
from novosky.models.explanation.cover import _sum_up, node_cover
from novosky.models.explanation.scored import Scored, scored_regressors, scored_voters
from novosky.models.explanation.tree_shap import explain
from novosky.models.trees.lightgbm_regressor import fit_regressor
from novosky.models.trees.table import ALL_COLUMNS, Trees, TreeTable, pack
from novosky.models.trees.voters import Voter, fit_voter

pytest.importorskip("shap")

CLASSES = ("SELL", "HOLD", "BUY")


@dataclass
class Rows:
    x: Inputs
    y: np.ndarray


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Classes that depend on two of six inputs together, and on a third alone."""
    random = np.random.Generator(np.random.PCG64(1))
    x = random.normal(size=(1500, 6)).astype(np.float32)
    score = x[:, 0] * np.sign(x[:, 1]) + 0.5 * x[:, 2] + 0.5 * random.normal(size=1500)
    return Rows(x, np.digitize(score, [-0.4, 0.4]).astype(np.int8))


@pytest.fixture(scope="module")
def stage() -> SignalStageConfig:
    config: Config = compose_config(
        ROOT / "conf",
        [
            "mode=run",
            "stage.signal.forest.trees=12",
            "stage.signal.xgboost.rounds=12",
            "stage.signal.lightgbm.rounds=12",
            "stage.signal.lightgbm.subsample=1",
            "stage.signal.lightgbm.min_leaf_rows=20",
        ],
    )
    return config.stage.signal


def voter(name: str, rows: Rows, stage: SignalStageConfig) -> Voter:
    return fit_voter(name, rows.x, rows.y, stage, 5, 1, "cpu")


def scored(model: Voter) -> Scored:
    return scored_voters([model], np.array([True]), CLASSES)[0]


def random_trees(random: np.random.Generator, n_trees: int, width: int) -> list[TreeTable]:
    """Trees over four inputs, some of which are split on twice on the way down, one of them a lone leaf."""
    tables = []
    for tree in range(n_trees):
        left, right, feature, threshold, value = [-1], [-1], [-1], [0.0], [random.normal(size=width)]
        for node in range(4 if tree else 0):
            left[node], right[node] = len(left), len(left) + 1
            feature[node], threshold[node] = int(random.integers(4)), float(random.normal() / 2)
            for _ in range(2):
                left.append(-1), right.append(-1), feature.append(-1), threshold.append(0.0)
                value.append(random.normal(size=width))
        arrays = (np.array(left), np.array(right), np.array(feature), np.array(threshold, np.float32), np.array(value))
        tables.append(TreeTable(*arrays))
    return tables


def expected(trees: Trees, cover: Floats, node: int, x: Inputs, known: tuple[int, ...]) -> Floats:
    """The tree's value of `x` where only `known` inputs are: other splits go both ways, by their cover."""
    child = int(trees.left[node])
    if child == node:
        return trees.value[node]
    if trees.feature[node] in known:
        taken = child + int(x[trees.feature[node]] > trees.threshold[node])
        return expected(trees, cover, taken, x, known)
    shares = [(cover[one] / cover[node], one) for one in (child, child + 1)]
    return sum(share * expected(trees, cover, one, x, known) for share, one in shares)


def by_definition(trees: Trees, cover: Floats, column: int, x: Inputs) -> Floats:
    """Shapley values (inputs,) of one row: the mean over all orders of what an input adds when it becomes known."""
    n = len(x)

    def worth(known: tuple[int, ...]) -> float:
        own = range(len(trees.root))
        return float(
            sum(
                expected(trees, cover, int(trees.root[t]), x, known)[column if trees.column[t] == ALL_COLUMNS else 0]
                for t in own
                if trees.column[t] in (ALL_COLUMNS, column)
            )
        )

    out = np.zeros(n)
    for k in range(n):
        others = [i for i in range(n) if i != k]
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for known in itertools.combinations(others, size):
                out[k] += weight * (worth((*known, k)) - worth(known))
    return out


@pytest.mark.parametrize("link", ["mean", "softmax", "identity"])
def test_values_are_shapleys_by_definition(link: str) -> None:
    random = np.random.Generator(np.random.PCG64(3))
    width, outputs = (3, 3) if link == "mean" else (1, 3 if link == "softmax" else 1)
    columns = np.full(6, ALL_COLUMNS) if link == "mean" else np.arange(6) % outputs
    trees = pack(random_trees(random, 6, width), columns)
    x = random.normal(size=(200, 4)).astype(np.float32)
    cover = node_cover(trees, x)
    base = random.normal(size=outputs)
    found = explain(Scored("m", CLASSES[:outputs], trees, base, link, True), x[:5], cover)
    scale = 6 if link == "mean" else 1
    for row, column in itertools.product(range(5), range(outputs)):
        assert found.values[column, row] == pytest.approx(by_definition(trees, cover, column, x[row]) / scale, abs=1e-9)


def test_values_are_lightgbms_own(rows: Rows, stage: SignalStageConfig) -> None:
    """Without subsampling its leaf counts are those of the rows learned from."""
    model = voter("lightgbm", rows, stage)
    found = explain(scored(model), rows.x[:300], node_cover(model.trees, rows.x))
    own = model.native.predict(rows.x[:300], pred_contrib=True).reshape(300, 3, 7)
    assert np.abs(np.moveaxis(found.values, 0, 1) - own[:, :, :6]).max() < 1e-9
    assert found.base == pytest.approx(own[0, :, 6], abs=1e-9)


def test_values_are_xgboosts_own_where_its_hessians_are_the_cover(rows: Rows, stage: SignalStageConfig) -> None:
    import xgboost

    model = voter("xgboost", rows, stage)
    found = explain(scored(model), rows.x[:300], hessians(model))
    own = model.native.predict(xgboost.DMatrix(rows.x[:300]), pred_contribs=True)
    assert np.abs(np.moveaxis(found.values, 0, 1) - own[:, :, :6]).max() < 1e-5


def hessians(model: Voter) -> Floats:
    """XGBoost's own cover of each node of the packed trees."""
    content = json.loads(bytes(model.native.save_raw("json")))["learner"]["gradient_booster"]["model"]
    tables = [
        TreeTable(
            np.array(tree["left_children"]),
            np.array(tree["right_children"]),
            np.array(tree["split_indices"]),
            np.array(tree["split_conditions"], np.float32),
            np.array(tree["sum_hessian"], np.float64)[:, None],
        )
        for tree in content["trees"]
    ]
    cover = pack(tables, np.array(content["tree_info"])).value[:, 0].copy()
    _sum_up(model.trees, cover)
    return cover


@pytest.mark.parametrize("name", ["forest", "xgboost", "lightgbm"])
def test_values_add_up_to_what_the_compiled_trees_answer(name: str, rows: Rows, stage: SignalStageConfig) -> None:
    """1,000 rows: the sums, through the model's link, are the voter's raw probabilities."""
    model = voter(name, rows, stage)
    x = rows.x[:1000]
    found = explain(scored(model), x, node_cover(model.trees, rows.x))
    assert found.largest_error < 1e-12
    score = found.values.sum(axis=2).T + found.base
    if name != "forest":
        score = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    assert np.abs(score - model.predict(x)).max() < 1e-12


def test_inputs_on_a_threshold_go_where_the_compiled_trees_send_them(rows: Rows, stage: SignalStageConfig) -> None:
    """Thresholds are float32 and `x <= threshold` goes left, for the very float32 too."""
    model = voter("xgboost", rows, stage)
    inner = np.isfinite(model.trees.threshold)
    x = rows.x[: inner.sum()].copy()
    x[np.arange(inner.sum()), model.trees.feature[inner]] = model.trees.threshold[inner]
    assert explain(scored(model), x, node_cover(model.trees, rows.x)).largest_error < 1e-12


def test_a_regressor(rows: Rows) -> None:
    settings = compose_config(ROOT / "conf", ["mode=run", "stage.sltp.lightgbm.rounds=10"]).stage.sltp.lightgbm
    model = fit_regressor(rows.x, rows.x[:, 3].astype(np.float64) ** 2, settings, 1, 1)
    (one,) = scored_regressors(["r"], [model])
    found = explain(one, rows.x[:200], node_cover(model.trees, rows.x))
    assert np.abs(found.values[0].sum(axis=1) + found.base[0] - model.predict(rows.x[:200])).max() < 1e-12
    assert found.mean_abs()[0].argmax() == 3


def test_cover_counts_the_rows_that_pass() -> None:
    table = TreeTable(
        np.array([1, -1, 3, -1, -1]),
        np.array([2, -1, 4, -1, -1]),
        np.array([0, -1, 1, -1, -1]),
        np.array([0.0, 0, 5.0, 0, 0], np.float32),
        np.zeros((5, 1)),
    )
    trees = pack([table, table], np.array([0, 0]))
    x = np.array([[0.0, 9.0], [1.0, 5.0], [2.0, 6.0], [3.0, 4.0]], np.float32)
    assert node_cover(trees, x).tolist() == [4, 1, 3, 2, 1] * 2
    assert node_cover(trees, x, np.array([0.5, 1.0, 2.0, 4.0])).tolist() == [7.5, 0.5, 7, 5, 2] * 2


def test_branches_that_no_row_reaches_leave_values_whole() -> None:
    """A subsampled tree may have them; their share is next to nothing, never undefined."""
    random = np.random.Generator(np.random.PCG64(5))
    trees = pack(random_trees(random, 8, 1), np.zeros(8, np.int64))
    x = random.normal(size=(400, 4)).astype(np.float32)
    found = explain(Scored("m", ("r",), trees, np.zeros(1), "identity", True), x, node_cover(trees, x[:2]))
    assert np.isfinite(found.values).all()
    assert found.largest_error < 1e-6


def test_values_that_miss_the_score_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    trees = pack(random_trees(np.random.Generator(np.random.PCG64(5)), 3, 1), np.zeros(3, np.int64))
    x = np.zeros((2, 4), np.float32)
    monkeypatch.setattr(tree_shap, "TOLERANCE", -1.0)
    with pytest.raises(NovoskyError, match="miss the score"):
        explain(Scored("m", ("r",), trees, np.zeros(1), "identity", True), x, node_cover(trees, x))
