"""Shares, stability, permutation importance, redundancy and what may be dropped, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from novosky.features.protected import PROTECTED
from novosky.features.registry import all_features
from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.explanation.droppable import droppable
from novosky.models.explanation.importance import output_shares, ranks, shares, stability, stage_shares
from novosky.models.explanation.permutation import UnseenRows, permutation_importance
from novosky.models.explanation.redundancy import redundancy
from novosky.models.explanation.scored import Scored
from novosky.models.explanation.tree_shap import Explanation
from novosky.models.trees.table import Trees


def explanation(values: Any, outputs: tuple[str, ...], votes: bool = True) -> Explanation:
    no_trees = Trees(*(np.zeros(0) for _ in Trees._fields))
    found = np.array(values, dtype=np.float64)
    return Explanation(
        Scored("m", outputs, no_trees, np.zeros(len(outputs)), "softmax", votes), found, np.zeros(1), 0.0
    )


# Two outputs, two rows, three inputs; the second model is ten times as loud and says the opposite.
ONE = explanation([[[1, -2, 0], [-1, 2, 0]], [[3, 0, 0], [-3, 0, 0]]], ("A", "B"))
LOUD = explanation([[[0, 0, 30], [0, 0, 30]], [[0, 0, 10], [0, 0, 10]]], ("A", "B"))


def test_shares_put_models_of_other_units_together() -> None:
    assert shares(np.array([1.0, 3.0])).tolist() == [0.25, 0.75]
    assert shares(np.zeros(2)).tolist() == [0.0, 0.0]
    assert stage_shares([ONE]) == pytest.approx([4 / 6, 2 / 6, 0])
    assert stage_shares([ONE, LOUD]) == pytest.approx([2 / 6, 1 / 6, 0.5])
    assert output_shares([ONE, LOUD], "A") == pytest.approx([1 / 6, 2 / 6, 0.5])


def test_who_does_not_vote_has_no_share() -> None:
    dumb = explanation(LOUD.values, ("A", "B"), votes=False)
    assert stage_shares([ONE, dumb]) == pytest.approx([4 / 6, 2 / 6, 0])
    assert output_shares([ONE, dumb], "B") == pytest.approx([1, 0, 0])


def test_ranks_begin_with_the_strongest() -> None:
    assert ranks(np.array([0.1, 0.7, 0.1, 0.1])) == [2, 1, 3, 4]


def test_stability_over_folds() -> None:
    folds = [np.array([4.0, 3, 2, 1]), np.array([4.0, 3, 1, 2]), np.array([1.0, 2, 3, 4])]
    correlation, among = stability(folds, 2)
    assert correlation == pytest.approx((0.8 - 1.0 - 0.8) / 3)  # 1 - 6 sum(d^2) / (n^3 - n)
    assert among == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1 / 3])


def test_one_fold_or_none_is_no_stability() -> None:
    assert stability([], 2) == (None, [])
    assert stability([np.array([1.0, 0.0])], 2) == (None, [1.0, 0.0])


def unseen(random: np.random.Generator, start: int, n: int) -> UnseenRows:
    """The loss is the squared distance of column 0 from what it was; column 1 is used, column 2 is not."""
    x = random.normal(size=(n, 3)).astype(np.float32)
    truth = x[:, 0].astype(np.float64)

    def loss(given: Inputs) -> Floats:
        return (given[:, 0] - truth) ** 2 + 0.0 * given[:, 1]

    return UnseenRows(x, np.arange(start, start + n), loss, frozenset({0, 1}))


def importance(seed: int = 1, n: int = 2000) -> dict[str, Any] | None:
    random = np.random.Generator(np.random.PCG64(9))
    folds = [unseen(random, 0, n), unseen(random, 10 * n, n)]
    settings = {"repeats": 5, "samples": 200, "coverage": 0.95, "seed": seed}
    return permutation_importance(folds, ("a", "b", "c"), 3, **settings, progress=lambda text, share: None)


def test_permutation_costs_what_it_must() -> None:
    """Against a stranger's value of the same distribution: twice the variance, which is 1."""
    found = importance()
    assert found is not None
    assert found["rows"] == 4000
    assert found["loss"] == 0.0
    a = found["features"]["a"]
    assert a["increase"] == pytest.approx(2.0, abs=0.15)
    assert a["interval"][0] < 2.0 < a["interval"][1]
    assert a["found"]
    for name in ("b", "c"):
        assert found["features"][name] == {"increase": 0.0, "interval": None, "found": False}


def test_permutation_is_seeded() -> None:
    assert importance() == importance()
    one, other = importance(), importance(seed=2)
    assert one is not None
    assert other is not None
    assert one["features"]["a"]["increase"] != other["features"]["a"]["increase"]


def test_few_rows_say_nothing() -> None:
    assert importance(n=99) is None


def test_rows_of_one_fold_never_reach_another() -> None:
    """Folds a million apart: values from another would cost its square."""
    random = np.random.Generator(np.random.PCG64(9))
    near, far = unseen(random, 0, 500), unseen(random, 500, 500)
    x = far.x + np.float32(1e6)
    moved = UnseenRows(x, far.bar, lambda given: (given[:, 0] - x[:, 0].astype(np.float64)) ** 2, far.used)
    settings: dict[str, Any] = {"repeats": 1, "samples": 50, "coverage": 0.95, "seed": 1}
    found = permutation_importance([near, moved], ("a", "b", "c"), 3, **settings, progress=lambda text, share: None)
    assert found is not None
    assert found["features"]["a"]["increase"] < 10.0


def test_redundancy_finds_what_says_the_same_either_way_round() -> None:
    pytest.importorskip("scipy")
    random = np.random.Generator(np.random.PCG64(2))
    a, b, c = random.normal(size=(3, 2000))
    rows = np.column_stack([a, b, -np.exp(a), c, b + 0.05 * random.normal(size=2000)])
    found = redundancy(rows, ("a", "b", "minus_a", "c", "b_too"), np.array([0.1, 0.3, 0.4, 0.1, 0.1]), 0.9)
    assert [(one["strongest"], one["members"]) for one in found["clusters"]] == [
        ("minus_a", ["minus_a", "a"]),
        ("b", ["b", "b_too"]),
    ]
    assert found["clusters"][0]["least_correlation"] == pytest.approx(1.0)
    assert found["clusters"][1]["mean_correlation"] > 0.99


def summary(**by_stage: dict[str, float]) -> dict[str, Any]:
    stages = {name: {"features": {k: {"share": v} for k, v in own.items()}} for name, own in by_stage.items()}
    return {"features": ["a", "b", "c", "is_ny_session"], "stages": stages}


def test_droppable_are_those_that_no_stage_uses() -> None:
    found = summary(
        signal={"a": 0.9, "b": 0.001, "c": 0.001, "is_ny_session": 0.0},
        position={"a": 0.5, "b": 0.2, "c": 0.002, "is_ny_session": 0.0, "pnl_pct": 0.0},
        risk={"last_r": 0.0},
    )
    assert droppable(found, 0.003, PROTECTED) == ["c"]
    assert droppable(found, 0.003, ()) == ["c", "is_ny_session"]
    assert droppable(found, 0.0, ()) == []
    assert droppable(found, 0.002, PROTECTED) == []  # below, not at
    assert droppable(found, 0.95, PROTECTED) == ["a", "b", "c"]


def test_the_protected_are_features() -> None:
    assert len(PROTECTED) == 7
    assert set(PROTECTED) <= set(all_features())
