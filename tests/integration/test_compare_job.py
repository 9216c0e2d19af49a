"""Recorded runs side by side."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema import Config
from novosky.errors import DataError, WindowError
from novosky.modes.dispatch import dispatch
from novosky.modes.door import enter
from support.small_job import Workspace

CONF = Path(__file__).resolve().parents[2] / "conf"
QUICK = ("mode=backtest", "report.html=false")
Compare = Callable[..., dict[str, Any]]


@pytest.fixture
def compare(small_job: Workspace, tmp_path: Path, compose: Callable[..., Config]) -> Compare:
    def compared(*folders: Path, html: bool = False) -> dict[str, Any]:
        runs = f"compare.runs=[{','.join(map(str, folders))}]"
        config = compose("mode=compare", runs, f"report.html={str(html).lower()}", f"paths.looks={small_job.looks}")
        assert dispatch(config, tmp_path).exit_code == 0
        return dict(json.loads((tmp_path / "result.json").read_text()))

    return compared


@pytest.fixture(scope="module")
def other(small_job: Workspace) -> dict[str, Any]:
    return small_job.run(*QUICK, "prediction.confidence_quantile=0.7")


def trades(folder: Path) -> list[dict[str, str]]:
    with (folder / "trades.csv").open() as file:
        return list(csv.DictReader(file))


def test_two_runs_side_by_side(
    small_job: Workspace, other: dict[str, Any], compare: Compare, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = small_job.looks.read_bytes()
    first = small_job.first
    result = compare(first["folder"], other["folder"], html=True)
    assert small_job.looks.read_bytes() == ledger, "nothing was looked at anew"
    for name, run in (("A", first), ("B", other)):
        shown = result["runs"][name]
        assert shown["judged"]["expectancy_r_interval"] == run["judged"]["expectancy_r_interval"]
        assert shown["models"] == {stage: block["manifest_hash"] for stage, block in run["models"].items()}
        mean = run["models"]["risk"]["mean_multiplier"]
        own = sum(float(t["r"]) * float(t["risk_multiplier"]) / mean for t in trades(run["folder"]))
        assert shown["on_common"]["total_r"] == pytest.approx(own)
    assert result["common"]["same_window"]
    (pair,) = result["pairs"]
    assert 0.0 < pair["probability_a_better"] < 1.0
    assert 0.0 < pair["p_a_better"] < 1.0
    low, high = pair["mean_daily_r_difference_interval"]
    assert low < pair["mean_daily_r_difference"] < high
    assert (pair["z"] > 0.0) == (pair["p_a_better"] < pair["p_b_better"])
    assert (pair["z"] > 0.0) == (pair["mean_daily_r_difference"] > 0.0)
    best = result["best_of_many"]
    means = {name: run["on_common"]["mean_daily_r"] for name, run in result["runs"].items()}
    if result["common"]["days"] < best["least_days"]:
        assert best["best"] is None
    else:
        assert best["best"] == max(means, key=lambda name: means[name])
    looks = [json.loads(line) for line in ledger.splitlines()]
    own = next(look for look in looks if look["window"] == "sweep")  # other tests may have judged other markets, too
    same = [
        look
        for look in looks
        if look["underlying"] == own["underlying"]
        and look["from_ms"] <= own["to_ms"]
        and look["to_ms"] >= own["from_ms"]
    ]
    assert result["volatile"]["looks"] == len({(look["configuration"], look["models"]) for look in same})
    changed = [row["key"] for keys in result["configuration"]["B"].values() for row in keys]
    assert "prediction.confidence_quantile" in changed
    taken = [{(t["entry_time"], t["side"]) for t in trades(run["folder"])} for run in (first, other)]
    assert result["trades"]["taken_by_all"] == len(taken[0] & taken[1])
    assert result["trades"]["only"]["B"]["trades"] == len(taken[1] - taken[0]) > 0
    said, page = capsys.readouterr().out, (tmp_path / "report.html").read_text()
    for text in ("A better than B", "prediction.confidence_quantile", "only B"):
        assert text in said
        assert text in page


def test_a_run_against_itself(small_job: Workspace, compare: Compare, tmp_path: Path) -> None:
    shutil.copytree(small_job.first["folder"], tmp_path / "copy")
    result = compare(small_job.first["folder"], tmp_path / "copy")
    (pair,) = result["pairs"]
    assert (pair["probability_a_better"], pair["equal_days"]) == (0.5, True)
    assert (pair["z"], pair["p_a_better"], pair["mean_daily_r_difference_interval"]) == (0.0, 1.0, None)
    assert result["configuration"] == {"B": {}}
    assert {one["trades"] for one in result["trades"]["only"].values()} == {0}
    assert "earned the same R on every one" in result["summary"]


def test_three_runs_make_three_pairs(
    small_job: Workspace, other: dict[str, Any], compare: Compare, tmp_path: Path
) -> None:
    third = small_job.run(*QUICK, "stage.position.enabled=false")
    result = compare(small_job.first["folder"], other["folder"], third["folder"])
    assert [(pair["a"], pair["b"]) for pair in result["pairs"]] == [("A", "B"), ("A", "C"), ("B", "C")]
    assert list(result["configuration"]["C"]) == ["stage.position"]


FOLDS = ("windows=walk_forward", "windows.folds=2", "windows.first_train=0.5", "mode=backtest", "report.html=false")


def test_a_walk_forward_against_one_window(
    small_job: Workspace, compare: Compare, compose: Callable[..., Config], tmp_path: Path
) -> None:
    fresh = small_job.sibling("walk-forward-compared", with_models=False)
    walked = fresh.run(*FOLDS, *(f"stage.{name}.enabled=false" for name in ("position", "sltp", "risk")))
    result = compare(walked["folder"], small_job.first["folder"], html=True)
    shown = result["runs"]["A"]
    assert shown["window"]["name"] == "walk_forward"
    assert shown["judged"]["expectancy_r"] == walked["walk_forward"]["expectancy_r"]
    assert shown["judged"]["reference_score"] is None
    assert list(shown["models"]) == ["fold_1", "fold_2"]
    assert result["common"]["from"] == small_job.first["window"]["from"]
    assert "stage.risk" in result["configuration"]["B"]
    (pair,) = result["pairs"]
    assert 0.0 < pair["probability_a_better"] < 1.0


def test_windows_apart_are_refused(small_job: Workspace, compare: Compare) -> None:
    early = small_job.run(*QUICK, "window=train_oof")
    with pytest.raises(
        WindowError, match=r"no common window: the judged bars do not overlap \(sweep of .*train_oof of"
    ):
        compare(small_job.first["folder"], early["folder"])


def test_other_markets_are_refused(small_job: Workspace, compare: Compare, tmp_path: Path) -> None:
    shutil.copytree(small_job.first["folder"], tmp_path / "copy")
    for file, part, key, value in (
        ("config.json", "data", "seed", 99),
        ("result.json", "data", "bars_hash", "0" * 64),
    ):
        tree = json.loads((tmp_path / "copy" / file).read_text())
        tree[part][key] = value
        (tmp_path / "copy" / file).write_text(json.dumps(tree))
    with pytest.raises(WindowError, match=r"no common window: data\.seed is \d+ in .* and 99 in"):
        compare(small_job.first["folder"], tmp_path / "copy")


def test_a_run_without_its_tables_is_refused(small_job: Workspace, compare: Compare, tmp_path: Path) -> None:
    shutil.copytree(small_job.first["folder"], tmp_path / "copy")
    (tmp_path / "copy" / "equity.csv").unlink()
    with pytest.raises(DataError, match=r"equity\.csv is missing"):
        compare(small_job.first["folder"], tmp_path / "copy")


def test_an_edited_run_is_refused(small_job: Workspace, compare: Compare, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small_job.first["folder"], copy)
    rows = (copy / "trades.csv").read_text().splitlines(keepends=True)
    (copy / "trades.csv").write_text("".join(rows[:-1]))
    with pytest.raises(DataError, match=r"expected \d+ trades in trades\.csv, found \d+; restore it"):
        compare(small_job.first["folder"], copy)
    config = json.loads((copy / "config.json").read_text())
    config["execution"]["max_positions"] = 4
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(DataError, match=r"execution\.max_positions was 1, found 4; restore it"):
        compare(small_job.first["folder"], copy)


def test_zero_trades_can_be_compared(small_job: Workspace, compare: Compare) -> None:
    none = small_job.run(*QUICK, "prediction=original", "prediction.confidence_threshold=0.99")
    result = compare(small_job.first["folder"], none["folder"])
    assert result["runs"]["B"]["on_common"] == {"trades": 0, "total_r": 0.0, "mean_daily_r": 0.0}


def test_fewer_than_two_runs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert enter(CONF, ["mode=compare", "compare.runs=[one]"]) == 2
    assert "expected two folders of recorded runs or more, or a loop, found 1" in capsys.readouterr().err
