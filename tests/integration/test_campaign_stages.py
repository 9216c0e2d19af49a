"""A small sample of the campaigns of the later stages: each trains, is judged beside its oracle and told as a row."""

from __future__ import annotations

import math

import pytest

from campaigns.stages import STUDIES, judge_stage, stage_table

SMALL = (
    "data.bars=30000",
    "features=compact",
    "windows.blocks=8",
    "windows.embargo_bars=24",
    "data.seed=101",
    "stage.trades.confidence_quantile=0.9",
    "stage.signal.lightgbm.rounds=30",
    "stage.position.forest.enabled=false",
    "stage.position.xgboost.enabled=false",
    "stage.position.lightgbm.rounds=20",
    "stage.sltp.lightgbm.rounds=20",
    "stage.risk.lightgbm.min_leaf_rows=20",
)


@pytest.mark.parametrize("structure", STUDIES)
def test_a_stage_beside_its_oracle(structure: str) -> None:
    row = judge_stage(structure, structure, SMALL)
    for gain in (row.stage, row.oracle):
        assert gain.rows > 50
        assert math.isfinite(gain.difference)
        assert gain.low <= gain.high
    assert row.stage.plain_r == pytest.approx(row.oracle.plain_r, abs=1e-12)
    assert row.oracle.difference > 0
    assert f"| {structure} | 101 | {row.stage.rows} |" in "\n".join(stage_table(structure, [row]))
