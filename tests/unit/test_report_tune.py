"""The page of studies on a hand-made result: pictures are there, importance finds what mattered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from novosky.report.tune_page import tuning_parts, write_tuning
from novosky.search.importance import importance_of

SPACE: list[dict[str, Any]] = [
    {"key": "a.b.strong", "kind": "float", "low": 0.01, "high": 1.0, "log": True, "choices": []},
    {"key": "a.b.weak", "kind": "int", "low": 1.0, "high": 9.0, "log": False, "choices": []},
    {"key": "a.b.kind", "kind": "categorical", "choices": ["one", "<two>"]},
]


def study(objectives: tuple[str, ...]) -> dict[str, Any]:
    random = np.random.Generator(np.random.PCG64(3))
    trials = []
    for slot in range(24):
        strong = float(10.0 ** random.uniform(-2, 0))
        params = {"a.b.strong": strong, "a.b.weak": int(random.integers(1, 10)), "a.b.kind": ["one", "<two>"][slot % 2]}
        values = [np.log10(strong) ** 2, 1.0 - strong][: len(objectives)]
        trials.append({"slot": slot, "state": "complete", "params": params, "values": values, "error": None})
    pruned = {"slot": 24, "state": "pruned", "values": [], "fold_values": [[0.5]], "error": None}
    failed = {"slot": 25, "state": "failed", "values": [], "fold_values": [], "error": "DataError: <too few> rows"}
    best = trials[5]
    return {
        "objectives": list(objectives),
        "pick_rule": "the best",
        "space": SPACE,
        "current": trials[0]["params"],
        "best": best,
        "value": best["values"][0],
        "baseline_value": None,
        "front": [3, 5],
        "trials": [*trials, pruned, failed],
    }


def test_importance_finds_what_mattered() -> None:
    found = importance_of(study(("log_loss",)))
    assert set(found) == {one["key"] for one in SPACE}
    assert found["a.b.strong"] > 0.8


def test_equal_values_have_no_importance() -> None:
    same = study(("log_loss",))
    for trial in same["trials"]:
        trial["values"] = [1.0] if trial["values"] else []
    assert importance_of(same) == {}


def test_page(tmp_path: Path) -> None:
    result = {"studies": {"risk": study(("log_loss", "expected_r"))}, "warnings": ["beware"]}
    page = "".join(tuning_parts(result))
    for name in ("history-risk-0", "history-risk-1", "front-risk", "importance-risk", "parallel-risk"):
        assert f"chart-{name}" in page
    assert "DataError: &lt;too few&gt; rows" in page
    assert "beware" in page
    for name in ("one", "two"):
        write_tuning(tmp_path / name, result)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
