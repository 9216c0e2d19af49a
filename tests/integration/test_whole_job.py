"""The whole job on a small generated market: what it writes, what it repeats, what it refuses."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from novosky.backtest.result import stable_part
from novosky.config.schema import Config
from novosky.errors import ModelCompatibilityError, WindowError
from novosky.modes.dispatch import dispatch

SMALL = (
    "data.bars=9000",
    "features=compact",
    "news=none",
    "windows.blocks=8",
    "windows.embargo_bars=24",
    "stage.signal.forest.trees=10",
    "stage.signal.xgboost.rounds=10",
    "stage.signal.lightgbm.rounds=10",
    "score.bootstrap_samples=200",
)
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def run(workspace: Path, compose: Callable[..., Config]) -> Run:
    """Run a mode in the workspace; its result, with the run's folder under `folder`."""
    count = 0

    def do(*overrides: str) -> dict[str, Any]:
        nonlocal count
        count += 1
        folder = workspace / f"run-{count}"
        folder.mkdir()
        paths = (
            f"paths.data={workspace}/data",
            f"paths.train={workspace}/train",
            f"paths.looks={workspace}/looks.jsonl",
        )
        outcome = dispatch(compose(*SMALL, *paths, *overrides), folder)
        assert outcome.exit_code == 0
        return {**json.loads((folder / "result.json").read_text()), "folder": folder}

    return do


@pytest.fixture(scope="module")
def first(run: Run) -> dict[str, Any]:
    return run("mode=run")


def test_a_run_writes_what_the_docs_say(first: dict[str, Any]) -> None:
    folder: Path = first["folder"]
    assert sorted(file.name for file in folder.iterdir()) == ["config.json", "report.html", "result.json", "trades.csv"]
    documented = (Path(__file__).resolve().parents[2] / "docs" / "results.md").read_text()
    for key in [*first, *first["judged"]]:
        assert key == "folder" or f"`{key}" in documented, f"{key} is not in docs/results.md"


def test_the_figures_follow_from_the_trades(first: dict[str, Any]) -> None:
    judged = first["judged"]
    with (first["folder"] / "trades.csv").open() as file:
        trades = list(csv.DictReader(file))
    net = [float(trade["net"]) for trade in trades]
    assert judged["trades"] == len(net) > 20
    assert judged["win_rate"] == pytest.approx(sum(n > 0 for n in net) / len(net))
    assert judged["final_balance"] == pytest.approx(10_000 + sum(net), abs=0.005)
    assert judged["expectancy_r"] == pytest.approx(sum(float(t["r"]) for t in trades) / len(net), abs=1e-6)
    won, lost = sum(n for n in net if n > 0), -sum(n for n in net if n < 0)
    assert judged["profit_factor"] == pytest.approx(won / lost)
    low, high = judged["expectancy_r_interval"]
    assert low < judged["expectancy_r"] < high
    assert sum(judged["exits"].values()) == len(net)
    assert sum(judged["why_no_trade"].values()) + len(net) == first["window"]["bars"]


def test_trades_lie_inside_the_judged_window(first: dict[str, Any]) -> None:
    with (first["folder"] / "trades.csv").open() as file:
        times = [trade["entry_time"] for trade in csv.DictReader(file)]
    begin, end = (first["window"][edge].replace(" UTC", "").replace(" ", "T") for edge in ("from", "to"))
    assert begin < min(times)
    assert max(times) <= end + ":00Z"
    train = next(window for window in first["windows"] if window["name"] == "train")
    assert first["models"]["signal"]["train_end"] <= train["to"] < first["window"]["from"]


def test_the_same_again_gives_the_same_bytes(run: Run, first: dict[str, Any], workspace: Path) -> None:
    files = {file.name: file.read_bytes() for file in (workspace / "train" / "signal").iterdir()}
    shutil.rmtree(workspace / "train")
    again = run("mode=run")
    assert {file.name: file.read_bytes() for file in (workspace / "train" / "signal").iterdir()} == files
    left, right = (stable_part({k: v for k, v in result.items() if k != "folder"}) for result in (first, again))
    assert left == right
    assert (first["folder"] / "trades.csv").read_bytes() == (again["folder"] / "trades.csv").read_bytes()


def test_backtest_of_the_working_set_equals_the_whole_job(run: Run, first: dict[str, Any]) -> None:
    again = run("mode=backtest")
    assert again["judged"] == first["judged"]
    assert again["models"] == first["models"]


def test_looks_count_distinct_configurations(run: Run, first: dict[str, Any]) -> None:
    before = run("mode=backtest")["volatile"]["looks"]
    assert run("mode=backtest")["volatile"]["looks"] == before
    assert run("mode=backtest", "prediction.confidence_quantile=0.9")["volatile"]["looks"] == before + 1
    assert run("mode=backtest")["volatile"]["looks"] == before + 1


def test_zero_trades_are_a_result(run: Run, first: dict[str, Any]) -> None:
    result = run("mode=backtest", "prediction=original", "prediction.confidence_threshold=0.99")
    judged = result["judged"]
    assert (judged["trades"], judged["win_rate"], judged["score"]["value"]) == (0, None, 0.0)
    assert result["summary"] == "No trade passed the gates: there is nothing to judge."
    assert (result["folder"] / "report.html").stat().st_size > 0


def test_out_of_fold_window_says_what_it_is(run: Run, first: dict[str, Any]) -> None:
    result = run("mode=backtest", "window=train_oof")
    assert any("out-of-fold predictions inside train" in warning for warning in result["warnings"])
    assert result["window"]["to"] < first["window"]["from"]


@pytest.mark.parametrize(
    ("window", "message"),
    [("train", "the models have learned these bars"), ("holdout", "closed; it is opened only on a promoted set")],
)
def test_windows_that_may_not_be_judged(run: Run, first: dict[str, Any], window: str, message: str) -> None:
    for mode in ("backtest", "run"):
        with pytest.raises(WindowError, match=message):
            run(f"mode={mode}", f"window={window}")


def test_a_window_that_the_models_have_seen_is_refused(run: Run, first: dict[str, Any]) -> None:
    with pytest.raises(WindowError, match=r"window sweep begins .* but the signal model has seen bars up to"):
        run("mode=backtest", "windows.train=0.5", "windows.sweep=0.25")


def test_models_of_other_features_are_refused(run: Run, first: dict[str, Any]) -> None:
    with pytest.raises(ModelCompatibilityError, match="feature"):
        run("mode=backtest", "features=core59_no_news")


def test_models_of_other_labels_are_refused(run: Run, first: dict[str, Any]) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"labels\.tp_atr was 1\.5 in training and is 2\.0 now"):
        run("mode=backtest", "labels.tp_atr=2.0")
    assert run("mode=backtest", "execution.tp_atr=2.0")["judged"]["trades"] > 0


def test_models_of_another_timeframe_are_refused(run: Run, first: dict[str, Any]) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"data\.timeframe was M15 in training and is M30 now"):
        run("mode=backtest", "data.timeframe=M30")


def test_a_halt_is_said_beside_the_figures(run: Run, first: dict[str, Any]) -> None:
    limits = [f"profile.{span}_loss_pct=1" for span in ("daily", "weekly", "total")]
    result = run("mode=backtest", *limits)
    assert result["judged"]["why_no_trade"]["total_halt"] > 0
    assert any("the total loss limit of 1 % stopped trading for good at" in warning for warning in result["warnings"])


def test_a_missing_model_is_refused(run: Run, workspace: Path) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"manifest\.json is missing; make one: run\.py mode=train"):
        run("mode=backtest", f"models={workspace}/nowhere")
