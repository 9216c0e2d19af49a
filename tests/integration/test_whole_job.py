"""The whole job on a small generated market: what it writes, what it repeats, what it refuses."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from novosky.backtest.result_file import stable_part
from novosky.errors import ModelCompatibilityError, WindowError
from novosky.models.bundle.bundle import STAGES
from novosky.models.bundle.manifest import manifest_hash
from support.small_job import Workspace

QUICK = ("mode=backtest", "report.html=false")


@pytest.fixture(scope="module")
def first(small_job: Workspace) -> dict[str, Any]:
    return small_job.first


def trades_of(result: dict[str, Any]) -> list[dict[str, str]]:
    with (result["folder"] / "trades.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_writes_what_the_docs_say(first: dict[str, Any]) -> None:
    folder: Path = first["folder"]
    assert sorted(file.name for file in folder.iterdir()) == [
        "bar_digests.npy",
        "config.json",
        "deals.csv",
        "equity.csv",
        "manifests",
        "report.html",
        "result.json",
        "trades.csv",
    ]
    documented = (Path(__file__).resolve().parents[2] / "docs" / "results.md").read_text()
    for key in [*first, *first["judged"], "stages_in_turn", "costs_in_turn", "load_order"]:
        assert key == "folder" or f"`{key}" in documented, f"{key} is not in docs/results.md"


def test_the_figures_follow_from_the_trades(first: dict[str, Any]) -> None:
    judged, trades = first["judged"], trades_of(first)
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


def test_the_forecast_and_the_confidence_are_judged(first: dict[str, Any]) -> None:
    voters = [voter["name"] for voter in first["models"]["signal"]["voters"]]
    assert set(first["voters_on_window"]) == {"vote", *voters}
    for voter in first["voters_on_window"].values():
        low, high = voter["log_loss_skill_interval"]
        assert low < voter["log_loss_skill"] < high
        assert voter["log_loss_skill"] == pytest.approx(voter["base_rate_log_loss"] - voter["log_loss"])
        assert 0.9 * first["window"]["bars"] < voter["rows"] < first["window"]["bars"]
    block = first["confidence_buckets"]
    assert sum(row["trades"] for row in block["rows"]) + block["additions_left_out"] == first["judged"]["trades"]
    for row in block["rows"]:  # by mean probability: the bar's own probability is the confidence
        assert row["confidence_from"] - 1e-9 <= row["probability"] <= row["confidence_to"] + 1e-9
        assert row["promised_r"] < row["promised_r_hold_flat"]


def test_trades_lie_inside_the_judged_window(first: dict[str, Any]) -> None:
    times = [trade["entry_time"] for trade in trades_of(first)]
    begin, end = (first["window"][edge].replace(" UTC", "").replace(" ", "T") for edge in ("from", "to"))
    assert begin < min(times)
    assert max(times) <= end + ":00Z"
    train = next(window for window in first["windows"] if window["name"] == "train")
    for stage in STAGES:
        assert first["models"][stage]["train_end"] <= train["to"] < first["window"]["from"]


def test_every_later_stage_decides_something(first: dict[str, Any]) -> None:
    """Else the tests below would compare nothing."""
    judged = first["judged"]
    assert judged["exits"]["position_model"] > 0
    for what in (judged["brackets"]["sl_atr"], judged["risk_multiplier"]):
        assert what["least"] < what["greatest"]


def test_the_same_again_gives_the_same_bytes(small_job: Workspace, first: dict[str, Any]) -> None:
    other = small_job.sibling("again", with_models=False)
    again = other.run("mode=run")
    files = small_job.files()
    assert {name.split("/")[0] for name in files} == {"features", *STAGES}
    assert other.files() == files
    left, right = (stable_part({k: v for k, v in result.items() if k != "folder"}) for result in (first, again))
    assert left == right
    assert (first["folder"] / "trades.csv").read_bytes() == (again["folder"] / "trades.csv").read_bytes()


def test_stages_trained_one_by_one_are_those_trained_together(small_job: Workspace) -> None:
    other = small_job.sibling("one-by-one")
    for stage in STAGES[2:]:
        shutil.rmtree(other.train / stage)
        other.run("mode=train", f"train.stage={stage}")
    assert other.files() == small_job.files()


def test_backtest_of_the_working_set_equals_the_whole_job(small_job: Workspace, first: dict[str, Any]) -> None:
    again = small_job.run("mode=backtest")
    assert again["judged"] == first["judged"]
    assert again["models"] == first["models"]


def test_looks_of_another_checkout_are_added_once(small_job: Workspace) -> None:
    """Another checkout judged another setting on the same bars: here it counts, and the deflated ratio knows it."""
    there, here = small_job.sibling("looks-there"), small_job.sibling("looks-here")
    there.run(*QUICK, "prediction.confidence_quantile=0.9")
    assert here.run(*QUICK)["volatile"]["looks"] == 1
    for _ in range(2):
        merged = here.run(*QUICK, f"paths.other_looks={there.looks}")["volatile"]
        assert merged["looks"] == 2
        assert merged["budget"]["try"] == 2
    assert here.run(*QUICK)["volatile"]["deflated"]["best_by_luck_sharpe_annual"] > 0.0
    lines = [json.loads(line) for line in here.looks.read_text().splitlines()]
    window = here.run(*QUICK)["window"]
    ends = datetime.fromisoformat(window["to"].replace(" UTC", "+00:00")).timestamp() * 1000 + 900_000
    assert {line["to_ms"] for line in lines} == {int(ends) - 1}, "a look reaches to the last bar's close"
    assert all(line["sharpe"] is not None for line in lines)


def test_looks_count_distinct_configurations(small_job: Workspace) -> None:
    before = small_job.run(*QUICK)["volatile"]["looks"]
    assert small_job.run(*QUICK)["volatile"]["looks"] == before
    assert small_job.run(*QUICK, "prediction.confidence_quantile=0.9")["volatile"]["looks"] == before + 1
    assert small_job.run(*QUICK)["volatile"]["looks"] == before + 1


def test_stages_in_turn_are_what_switching_them_off_gives(small_job: Workspace, first: dict[str, Any]) -> None:
    other = small_job.sibling("in-turn")
    result = other.run(*QUICK, "compare_stages=true")
    rows = {row["stages"]: row for row in result["stages_in_turn"]}
    assert list(rows) == ["all stages", *(f"without {stage}" for stage in STAGES[1:]), "signal alone"]
    assert result["judged"] == first["judged"]
    assert result["volatile"]["looks"] == len(rows)
    off = {f"without {stage}": [f"stage.{stage}.enabled=false"] for stage in STAGES[1:]}
    off |= {"all stages": [], "signal alone": [override for (override,) in off.values()]}
    for title, overrides in off.items():
        alone = other.run(*QUICK, *overrides)
        judged, row = alone["judged"], rows[title]
        for figure in ("trades", "expectancy_r", "expectancy_r_interval", "return_pct", "max_drawdown_pct"):
            assert judged[figure] == row[figure], f"{title}: {figure}"
        assert judged["reference"]["value"] == row["reference_score"]
        assert alone["volatile"]["looks"] == len(rows), "a look that the comparison had counted already"
    assert len({row["return_pct"] for row in rows.values()}) == len(rows)


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_stage_that_is_off_changes_its_part_and_is_said(
    small_job: Workspace, first: dict[str, Any], stage: str
) -> None:
    result = small_job.run(*QUICK, f"stage.{stage}.enabled=false")
    judged = result["judged"]
    assert f"switched off: the {stage} stage" in result["warnings"]
    assert stage not in result["models"]
    assert [name for name, digest in first["fingerprints"].items() if result["fingerprints"][name] != digest] == [
        f"stage.{stage}",
        "whole",
    ]
    untouched = {
        "position": judged["exits"].get("position_model", 0) == 0,
        "sltp": judged["brackets"]["sl_atr"] == {"least": 1.5, "median": 1.5, "greatest": 1.5},
        "risk": judged["risk_multiplier"] == {"least": 1.0, "median": 1.0, "greatest": 1.0},
    }
    assert [name for name, plain in untouched.items() if plain] == [stage]


def test_a_set_without_a_risk_stage_trades_full_size_and_says_so(small_job: Workspace) -> None:
    other = small_job.sibling("no-risk")
    shutil.rmtree(other.train / "risk")
    missing, off = other.run(*QUICK), other.run(*QUICK, "stage.risk.enabled=false")
    assert missing["judged"] == off["judged"]
    assert "no risk model in the set: every trade has its full size" in missing["warnings"]
    assert "no risk model in the set: every trade has its full size" not in off["warnings"]


def test_a_set_may_be_trained_without_a_stage(small_job: Workspace) -> None:
    other, off = small_job.sibling("no-position"), "stage.position.enabled=false"
    for stage in STAGES[2:]:
        other.run("mode=train", f"train.stage={stage}", off)
    made_from = {name: json.loads((other.train / name / "manifest.json").read_bytes()) for name in STAGES[2:]}
    hashes = {name: manifest_hash(other.train / name) for name in ("signal", "sltp")}
    assert made_from["sltp"]["predecessors"] == {"signal": hashes["signal"]}
    assert made_from["risk"]["predecessors"] == hashes
    assert other.run(*QUICK, off)["judged"]["trades"] > 0
    with pytest.raises(
        ModelCompatibilityError, match=r"sltp model in .*: made without the position stage, which decide"
    ):
        other.run(*QUICK)


def test_the_bracket_of_the_configuration_warns_where_it_decides_nothing(
    small_job: Workspace, first: dict[str, Any]
) -> None:
    asked = "execution.sl_atr=1.25"
    result = small_job.run(*QUICK, asked)
    assert result["judged"]["brackets"] == first["judged"]["brackets"]
    assert any("execution.sl_atr and tp_atr decide nothing" in warning for warning in result["warnings"])
    alone = small_job.run(*QUICK, asked, "stage.sltp.enabled=false")
    assert alone["judged"]["brackets"]["sl_atr"]["median"] == 1.25
    assert not any("decide nothing" in warning for warning in alone["warnings"])


def test_zero_trades_are_a_result(small_job: Workspace) -> None:
    result = small_job.run("mode=backtest", "prediction=original", "prediction.confidence_threshold=0.99")
    judged = result["judged"]
    assert (judged["trades"], judged["win_rate"], judged["score"]["value"]) == (0, None, 0.0)
    assert (judged["brackets"]["sl_atr"], judged["risk_multiplier"]) == (None, None)
    assert result["summary"] == "No trade passed the gates: there is nothing to judge."
    assert (result["folder"] / "report.html").stat().st_size > 0


def test_out_of_fold_window_says_what_it_is(small_job: Workspace, first: dict[str, Any]) -> None:
    """It begins where all stages have decided out of fold, and its sizes are full."""
    result = small_job.run("mode=backtest", "window=train_oof", "compare_stages=true")
    assert any("out-of-fold predictions inside train" in warning for warning in result["warnings"])
    assert result["window"]["to"] < first["window"]["from"]
    judged, rows = result["judged"], {row["stages"]: row for row in result["stages_in_turn"]}
    assert judged["exits"]["position_model"] > 0
    assert judged["brackets"]["sl_atr"]["least"] < judged["brackets"]["sl_atr"]["greatest"]
    assert judged["risk_multiplier"] == {"least": 1.0, "median": 1.0, "greatest": 1.0}
    assert rows["without risk"] == rows["all stages"] | {"stages": "without risk"}
    signal_alone = small_job.run(*QUICK, "window=train_oof", *(f"stage.{name}.enabled=false" for name in STAGES[1:]))
    assert signal_alone["window"]["from"] < result["window"]["from"]


@pytest.mark.parametrize(
    ("window", "message"),
    [("train", "the models have learned these bars"), ("holdout", "closed; it is opened only on a promoted set")],
)
def test_windows_that_may_not_be_judged(small_job: Workspace, window: str, message: str) -> None:
    for mode in ("backtest", "run"):
        with pytest.raises(WindowError, match=message):
            small_job.run(f"mode={mode}", f"window={window}")


def test_a_window_that_the_models_have_seen_is_refused(small_job: Workspace) -> None:
    with pytest.raises(WindowError, match=r"window sweep begins .* but the signal model has seen bars up to"):
        small_job.run("mode=backtest", "windows.train=0.5", "windows.sweep=0.25")


def test_models_of_other_labels_are_refused(small_job: Workspace) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"labels\.tp_atr was 1\.5 in training and is 2\.0 now"):
        small_job.run("mode=backtest", "labels.tp_atr=2.0")


def test_models_of_another_timeframe_are_refused(small_job: Workspace) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"data\.timeframe was M15 in training and is M30 now"):
        small_job.run("mode=backtest", "data.timeframe=M30")


def test_a_halt_is_said_beside_the_figures(small_job: Workspace) -> None:
    limits = [f"profile.{span}_loss_pct=1" for span in ("daily", "weekly", "total")]
    result = small_job.run(*QUICK, "stage.risk.enabled=false", *limits)
    assert result["judged"]["why_no_trade"]["total_halt"] > 0
    assert any("the total loss limit of 1 % stopped trading for good at" in warning for warning in result["warnings"])


def test_a_missing_model_is_refused(small_job: Workspace) -> None:
    with pytest.raises(ModelCompatibilityError, match=r"manifest\.json is missing; make one: run\.py mode=train"):
        small_job.run("mode=backtest", f"models={small_job.folder}/nowhere")


def test_settings_that_only_training_reads_are_said(small_job: Workspace, first: dict[str, Any]) -> None:
    warnings = small_job.run("mode=backtest", "stage.sltp.max_rows=5000")["warnings"]
    assert "stage.sltp: set otherwise than in training; the models decide as they were trained" in warnings
    assert not any("otherwise than in training" in warning for warning in first["warnings"])


def test_walk_forward_trains_every_fold_before_its_bars(small_job: Workspace) -> None:
    fresh = small_job.sibling("walk-forward", with_models=False)
    signal_alone = [f"stage.{name}.enabled=false" for name in ("position", "sltp", "risk")]
    folds = ("mode=backtest", "windows=walk_forward", "windows.folds=2", "windows.first_train=0.5", *signal_alone)
    result = fresh.run(*folds, "windows.chosen_until=2024-01-02", "report.html=true")
    whole = result["walk_forward"]
    folder: Path = result["folder"]
    assert len(whole["folds"]) == 2
    for k, fold in enumerate(whole["folds"], start=1):
        facts = json.loads((folder / "models" / f"fold_{k}" / "signal" / "manifest.json").read_text())
        assert (
            facts["train"]["end_ms"] < datetime.fromisoformat(fold["from"].replace(" UTC", "+00:00")).timestamp() * 1000
        )
    with (folder / "trades.csv").open() as file:
        assert len(list(csv.DictReader(file))) == sum(fold["trades"] for fold in whole["folds"])
    equity = [float(row["equity"]) for row in csv.DictReader((folder / "equity.csv").read_text().splitlines())]
    assert equity[-1] == pytest.approx(10_000.0 * (1 + whole["return_pct"] / 100), abs=0.01)
    assert result["volatile"]["looks"] == 1
    assert not any(fold["settings_have_seen"] for fold in whole["folds"])
    page = (folder / "report.html").read_text()
    for said in (result["summary"].partition(". ")[0], "fold 1 learns", "fold 2 learns", "Could it be luck?"):
        assert said in page
    late = fresh.run(*folds, "windows.chosen_until=2030-01-01")
    assert all(fold["settings_have_seen"] for fold in late["walk_forward"]["folds"])
    assert late["walk_forward"]["trades"] == 0
    assert late["walk_forward"]["return_pct"] is None
    assert late["walk_forward"]["vote"] is None
    low, high = whole["vote"]["log_loss_skill_interval"]
    assert low < whole["vote"]["log_loss_skill"] < high
    assert "settings have seen these bars" in " ".join(late["warnings"])
