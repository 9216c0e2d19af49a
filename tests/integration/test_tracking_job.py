"""Runs tracked by W&B: its offline files hold what the runs wrote and no secret; a dead server stops nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from novosky.config.schema import Config
from support.small_job import Workspace
from support.small_search import SIGNAL_SPACE
from support.wandb_file import OfflineRun, offline_runs

pytest.importorskip("wandb")
pytest.importorskip("optuna")
pytest.importorskip("shap")

SECRET = "planted-0123456789abcdef0123456789abcdef"
TRACKED = ("tracker=wandb", "report.html=false")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, compose: Callable[..., Config]) -> Workspace:
    folder = tmp_path_factory.mktemp("tracked")
    space = Workspace(folder, folder / "data", compose)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_API_KEY", SECRET)
        patch.setenv("NOVOSKY_PLANTED", SECRET)
        patch.setenv("WANDB_RUN_ID", "thesame")  # would make all runs one
        space.first = space.run(
            "mode=optimize", "optimize.iterations=3", "gate=score", "gate.improvement_threshold=0", "tune.trials=3",
            "search=signal", f"search.signal={SIGNAL_SPACE}", "tune.folds=2", "tune.min_trades=5", "score.min_trades=1",
            "analyze.folds=0", "analyze.rows=100", "analyze.permutation_repeats=1", f"tune.folder={folder / 'tune'}",
            f"optimize.folder={folder / 'optimize'}", f"optimize.current={folder / 'current.yaml'}", *TRACKED,
        )  # fmt: skip
    return space


@pytest.fixture(scope="module")
def runs(space: Workspace) -> list[OfflineRun]:
    return offline_runs(space.first["folder"])


def at(tree: Any, path: str) -> Any:
    """The value of a result by the path of its metric."""
    steps = path.split("/")
    return reduce(lambda node, step: node[{"low": 0, "high": 1}.get(step, step) if isinstance(node, list) else step],
                  steps, tree)  # fmt: skip


def test_a_run_for_each_iteration_and_each_tuning_in_one_group(space: Workspace, runs: list[OfflineRun]) -> None:
    assert [run.kind for run in runs] == ["tuning", "iteration"] * 3
    assert {run.group for run in runs} == {f"loop-{space.first['folder'].name}"}
    assert len({run.id for run in runs}) == 6
    assert "tracker" not in space.first["volatile"]


def test_metrics_are_those_of_the_result(space: Workspace, runs: list[OfflineRun]) -> None:
    for one, run in zip(space.first["iterations"], runs[1::2], strict=True):
        entry, metrics = one["entry"], run.metrics()
        assert metrics.pop("iteration") == entry["iteration"]
        if entry["candidate"]:
            assert {"gate/final_score", "gate/candidate/expectancy_r_interval/low", "gate/candidate/trades"} <= {
                *metrics
            }
        for name, value in metrics.items():
            window, path = name.split("/", 1)
            assert (window, value) == ("gate", at(entry, path))
            assert run.summary[name] == value
        assert run.summary["decision"] == entry["decision"]
        assert run.notes.startswith(f"{entry['decision']}: {entry['reason']}")
        for warning in space.first["warnings"]:
            assert warning in run.notes or "made with other settings" in warning
    for one, run in zip(space.first["iterations"], runs[::2], strict=True):
        study = one["entry"]["studies"]["signal"]
        found = {name: run.metrics()[f"train/signal/{name}"] for name in ("value", "baseline_value", "trials")}
        assert found == {name: study[name] for name in found}
        assert len(run.table("trials_signal")["data"]) == study["trials"]


def test_tables_hold_trades_and_shap(space: Workspace, runs: list[OfflineRun]) -> None:
    judged = [(one, run) for one, run in zip(space.first["iterations"], runs[1::2], strict=True)
              if one["entry"]["candidate"]]  # fmt: skip
    assert judged
    for one, run in judged:
        table = run.table("trades")
        r = [row[table["columns"].index("r")] for row in table["data"]]
        assert len(r) == one["entry"]["candidate"]["trades"]
        assert sum(r) / len(r) == pytest.approx(one["entry"]["candidate"]["expectancy_r"], abs=1e-5)
    second = space.first["iterations"][1]["features"]
    shown = {(stage, name): share for stage, name, share in runs[3].table("shap")["data"]}
    assert shown == {(stage, name): share for stage, found in second.items() for name, share in found.items()}


def test_a_kept_set_is_an_artifact_that_says_what_it_was_made_from(space: Workspace, runs: list[OfflineRun]) -> None:
    for one, run in zip(space.first["iterations"], runs[1::2], strict=True):
        entry = one["entry"]
        models = [artifact for artifact in run.artifacts if artifact.type == "model"]
        assert len(models) == (entry["decision"] == "COMMIT")
        for artifact in models:
            lineage = json.loads(artifact.metadata)
            assert lineage["set"] == entry["fingerprints"]["candidate"]
            made_from = lineage["stages"]["risk"]["predecessors"]
            assert made_from == {name: lineage["stages"][name]["manifest"] for name in ("signal", "position", "sltp")}
            assert {"signal/manifest.json", "risk/manifest.json"} <= {file.path for file in artifact.manifest.contents}
            for file in artifact.manifest.contents:
                assert Path(file.local_path).is_relative_to(space.first["folder"]), "sent later from the run's folder"


def test_no_secret_is_anywhere(space: Workspace) -> None:
    files = [file for file in space.folder.rglob("*") if file.is_file()]
    assert len(files) > 50
    assert [file for file in files if SECRET.encode() in file.read_bytes()] == []


def test_a_backtest_is_a_run_and_an_unreachable_server_is_one_line(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WANDB_API_KEY", SECRET)
    dead = ("tracker.mode=online", "tracker.base_url=http://127.0.0.1:9")
    result = space.run("mode=backtest", *TRACKED, *dead, "tracker.group=mine")
    (run,) = offline_runs(result["folder"])
    assert (run.kind, run.group) == ("backtest", "mine")
    metrics = run.metrics()
    assert metrics.pop("sweep/looks") == result["volatile"]["looks"]
    for name, value in metrics.items():
        path = name.removeprefix("sweep/")
        assert value == at(result if path.startswith("significance/") else result["judged"], path)
    trades = pl.read_csv(result["folder"] / "trades.csv")
    assert len(run.table("trades")["data"]) == len(trades)
    (told,) = result["volatile"]["tracker"]
    assert told.startswith("tracker=wandb: not sent: http://127.0.0.1:9 does not answer (Connection refused)")
    assert capsys.readouterr().out.count("! tracker=wandb") == 1
