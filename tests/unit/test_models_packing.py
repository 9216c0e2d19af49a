"""The libraries' own models as trees: their answers, on their own thresholds too, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier

from novosky.errors import ModelCompatibilityError
from novosky.models.trees.forest import pack_forest
from novosky.models.trees.pack_lightgbm import pack_lightgbm
from novosky.models.trees.pack_xgboost import pack_xgboost
from novosky.models.trees.table import Trees
from novosky.models.trees.walk import predict
from support.signal_rows import TrainingRows, training_rows


def rows() -> TrainingRows:
    """Features with ties and zeros among them, where LightGBM's bins end at 1e-35."""
    made = training_rows(900)
    made.x[:, 2] = np.round(made.x[:, 2])
    made.x[:, 3] = np.maximum(made.x[:, 3], 0)
    return made


def probes(trees: Trees) -> np.ndarray:
    """Random rows, and for every threshold rows at it and at the float32 below and above."""
    split = trees.threshold < np.inf
    at, feature = trees.threshold[split], trees.feature[split]
    assert len(at) >= 20
    near = [at, np.nextafter(at, np.float32(-np.inf)), np.nextafter(at, np.float32(np.inf))]
    random = np.random.Generator(np.random.PCG64(8))
    x = random.normal(size=(3 * len(at), 6)).astype(np.float32)
    x[np.arange(len(x)), np.tile(feature, 3)] = np.concatenate(near)
    return np.concatenate([x, rows().x])


def lightgbm_booster(y: Any, rounds: int = 15, **parameters: Any) -> lightgbm.Booster:
    chosen = {"objective": "multiclass", "num_class": 3, "num_leaves": 15, "verbosity": -1, "num_threads": 1}
    chosen |= parameters
    categorical = [2] if parameters.get("max_cat_to_onehot") else "auto"
    x = np.abs(rows().x) if categorical == [2] else rows().x
    data = lightgbm.Dataset(x, y, categorical_feature=categorical, params={"verbosity": -1, **parameters})
    return lightgbm.train(chosen, data, rounds)


def xgboost_booster(**parameters: Any) -> xgboost.Booster:
    made = rows()
    chosen = {"objective": "multi:softprob", "num_class": 3, "max_depth": 5, "nthread": 1} | parameters
    types = ["q", "q", "c", "q", "q", "q"] if parameters.get("max_cat_to_onehot") else None
    x = np.abs(made.x) if types else made.x
    data = xgboost.DMatrix(x, made.y, feature_types=types, enable_categorical=types is not None)
    return xgboost.train(chosen, data, 15)


@pytest.mark.parametrize("depth", [1, 6, None])
def test_a_forest_answers_as_scikit_learn(depth: int | None) -> None:
    made = rows()
    model = RandomForestClassifier(20, max_depth=depth, random_state=3).fit(made.x, made.y)
    trees = pack_forest([estimator.tree_ for estimator in model.estimators_])
    x = probes(trees)
    ours = predict(trees, np.zeros(3), "mean", x, 1)
    np.testing.assert_allclose(ours, model.predict_proba(x), atol=1e-12, rtol=0)


def test_lightgbm_trees_answer_as_lightgbm() -> None:
    booster = lightgbm_booster(rows().y)
    trees = pack_lightgbm(booster.model_to_string())
    x = probes(trees)
    raw = predict(trees, np.zeros(3), "identity", x, 1)
    np.testing.assert_allclose(raw, booster.predict(x, raw_score=True), atol=1e-12, rtol=0)
    ours = predict(trees, np.zeros(3), "softmax", x, 1)
    np.testing.assert_allclose(ours, booster.predict(x), atol=1e-12, rtol=0)


def test_missing_values_in_training_leave_finite_inputs_as_they_are() -> None:
    made = rows()
    made.x[::7, 1] = np.nan
    parameters = {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(parameters, lightgbm.Dataset(made.x, made.y), 15)
    assert re.search(r"decision_type=.*\b10\b", booster.model_to_string())  # NaN is missing, and goes left
    trees = pack_lightgbm(booster.model_to_string())
    x = probes(trees)
    raw = predict(trees, np.zeros(3), "identity", x, 1)
    np.testing.assert_allclose(raw, booster.predict(x, raw_score=True), atol=1e-12, rtol=0)


def test_lightgbm_reads_tiny_inputs_as_zero() -> None:
    booster = lightgbm_booster(rows().y)
    text = booster.model_to_string()
    # of equal length: the header tells where each tree begins
    for changed in ("1.00000000000000000e-36", "0.00000000000000000e-10", "-1.0000000000000000e-36"):
        text = text.replace("-1.0000000180025095e-35", changed, 2)
    assert "-1.0000000180025095e-35" in text
    native = lightgbm.Booster(model_str=text)
    tiny = np.float32([0, 1e-35, 1e-36, 2e-36, 1e-40, 1.1e-35])
    x = np.repeat(rows().x[:40], 12, axis=0)
    x[:, 2] = x[:, 3] = np.tile(np.concatenate([tiny, -tiny]), 40)
    raw = predict(pack_lightgbm(text), np.zeros(3), "identity", x, 1)
    np.testing.assert_allclose(raw, native.predict(x, raw_score=True), atol=1e-12, rtol=0)


def test_trees_of_one_leaf() -> None:
    booster = lightgbm_booster(rows().y, 3, min_data_in_leaf=800)
    trees = pack_lightgbm(booster.model_to_string())
    assert trees.depth.tolist() == [0] * len(trees.root)
    raw = predict(trees, np.zeros(3), "identity", rows().x, 1)
    np.testing.assert_allclose(raw, booster.predict(rows().x, raw_score=True), atol=1e-12, rtol=0)


@pytest.mark.parametrize("base", [{}, {"base_score": 0.25}])
def test_xgboost_trees_answer_as_xgboost(base: dict[str, float]) -> None:
    booster = xgboost_booster(**base)
    trees, margin = pack_xgboost(bytes(booster.save_raw("json")))
    x = probes(trees)
    ours = predict(trees, margin, "softmax", x, 1)
    np.testing.assert_allclose(ours, booster.inplace_predict(x), atol=2e-6, rtol=0)
    scores = predict(trees, margin, "identity", x, 1)
    np.testing.assert_allclose(scores, booster.inplace_predict(x, predict_type="margin"), atol=1e-5, rtol=0)


def test_one_base_score_for_all_classes_is_read_too() -> None:
    """As XGBoost wrote it before 3.1."""
    content = bytes(xgboost_booster(base_score=0.25).save_raw("json"))
    older, changed = re.subn(rb'"base_score":"\[[^]]*\]"', b'"base_score":"2.5E-1"', content)
    assert changed == 1
    assert pack_xgboost(older)[1].tolist() == [0.25] * 3


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"objective": "multiclassova"}, "multiclass or regression as objective, found multiclassova"),
        ({"objective": "poisson", "num_class": 1}, "as objective, found poisson"),
        ({"objective": "regression", "reg_sqrt": True, "num_class": 1}, "as objective, found regression sqrt"),
        ({"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, "average over trees"),
        ({"zero_as_missing": True}, "zero as a missing value"),
        ({"max_cat_to_onehot": 4, "min_data_per_group": 1, "cat_smooth": 0}, "categorical"),
        ({"linear_tree": True}, "linear models"),
    ],
)
def test_what_the_walkers_cannot_do_is_refused_of_lightgbm(parameters: dict[str, Any], named: str) -> None:
    with pytest.raises(ModelCompatibilityError, match=named):
        pack_lightgbm(lightgbm_booster(rows().y, **parameters).model_to_string())


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"objective": "multi:softmax"}, "found multi:softmax"),
        ({"booster": "dart"}, "found dart"),
        ({"max_cat_to_onehot": 4}, "categorical"),
        ({"multi_strategy": "multi_output_tree"}, "several values"),
    ],
)
def test_what_the_walkers_cannot_do_is_refused_of_xgboost(parameters: dict[str, Any], named: str) -> None:
    with pytest.raises(ModelCompatibilityError, match=named):
        pack_xgboost(bytes(xgboost_booster(**parameters).save_raw("json")))
