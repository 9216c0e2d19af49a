"""`mode=data` from a composed configuration to its files and its table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from novosky.config.schema import Config
from novosky.market.synthetic import generate
from novosky.modes import data
from support.market_files import generated, write_csv, write_mt5_export

Compose = Callable[..., Config]


def run(config: Config, folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    assert data.run(config, folder).exit_code == 0
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return result


def test_default_market(compose: Compose, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = compose("mode=data", "data.bars=2000", f"paths.data={tmp_path}/data")
    first, again = run(config, tmp_path / "one"), run(config, tmp_path / "two")
    first.pop("volatile")
    again.pop("volatile")
    assert first == again
    assert (first["schema_version"], first["mode"], first["bars"]) == (3, "data", 2000)
    assert first["first"] == "2024-01-01 00:00 UTC"
    assert first["calendar"]["events_that_count"] > 0
    assert str(tmp_path) not in json.dumps(first)
    assert (tmp_path / "data" / first["snapshot"] / "bars.parquet").is_file()
    shown = capsys.readouterr().out
    assert f"oracle Sharpe {first['facts']['oracle_sharpe_expected']:.2f} a year before costs" in shown
    assert first["snapshot"] in shown.replace("\n", "")


def test_flaws_of_a_file_are_shown(compose: Compose, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bars = generate(generated("random_walk", bars=1000)).bars
    bars.high[10] = bars.low[10] / 2
    bars.spread_points[:100] = 0.0
    write_csv(bars, tmp_path / "x.csv")
    overrides = ("mode=data", "data=csv", f"data.path={tmp_path}/x.csv", "data.repair=drop", "data.point=0.1")
    result = run(compose(*overrides, f"paths.data={tmp_path}/data"), tmp_path / "run")
    assert (result["bars"], result["source"]["rows_dropped"]) == (999, 1)
    assert result["calendar"] is None
    shown = capsys.readouterr().out
    assert "1 of 1000 rows; 1: high is below open, close or low" in shown
    assert "1, 1 bars missing; the largest 1 bars" in shown
    assert "is data.point too coarse?" in shown
    assert "oracle" not in shown


def test_repeated_hour_and_resampling_are_shown(
    compose: Compose, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bars = generate(generated("random_walk", bars=1000, start="2024-10-30")).bars
    write_mt5_export(bars, tmp_path / "x.csv", "new_york_plus_7")
    overrides = ("mode=data", "data=mt5_export", f"data.path={tmp_path}/x.csv", "data.timeframe=H1")
    result = run(compose(*overrides, f"paths.data={tmp_path}/data"), tmp_path / "run")
    assert result["bars"] == 250
    shown = " ".join(capsys.readouterr().out.split())
    assert "8 times that the clock shows twice, read in order" in shown
    assert "from M15; 0 bars lack some of theirs" in shown
    assert np.isclose(result["quality"]["zero_spread_share"], 0.0)
