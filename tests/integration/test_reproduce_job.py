"""A recorded run rebuilt from its folder: equal, or the first difference named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError, DataError
from novosky.modes.dispatch import dispatch
from novosky.modes.door import enter
from support.small_job import Workspace

CONF = Path(__file__).resolve().parents[2] / "conf"
QUICK = ("mode=backtest", "report.html=false")


class Reproduced:
    """`mode=reproduce` of a folder, from a place that has nothing else of the run."""

    def __init__(self, place: Path, compose: Callable[..., Config]) -> None:
        self.place, self.compose = place, compose
        self._count = 0

    def __call__(self, folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
        """Exit code and result."""
        self._count += 1
        run_dir = self.place / f"reproduce-{self._count}"
        run_dir.mkdir()
        asked = [f"paths.{name}={self.place / name}" for name in ("data", "train", "looks", "cache")]
        outcome = dispatch(self.compose("mode=reproduce", f"reproduce.run={folder}", *asked, *more), run_dir)
        return outcome.exit_code, json.loads((run_dir / "result.json").read_text())


@pytest.fixture
def reproduce(tmp_path: Path, compose: Callable[..., Config]) -> Reproduced:
    return Reproduced(tmp_path, compose)


@pytest.fixture
def recorded(small_job: Workspace, tmp_path: Path) -> Path:
    """A copy of the folder of a backtest on the trained set, free to be edited."""
    shutil.copytree(small_job.run(*QUICK)["folder"], tmp_path / "recorded")
    return tmp_path / "recorded"


def edit(file: Path, *path: str, to: Any) -> None:
    """Put another value into a JSON file."""
    tree = json.loads(file.read_text())
    node = tree
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = to
    file.write_text(json.dumps(tree))


def test_the_whole_job_comes_out_equal_and_leaves_no_trace(
    small_job: Workspace, reproduce: Reproduced, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, files = small_job.looks.read_bytes(), small_job.files()
    code, result = reproduce(small_job.first["folder"])
    assert (code, result["equal"], result["difference"], result["notes"]) == (0, True, None, [])
    assert small_job.looks.read_bytes() == ledger
    assert small_job.files() == files
    assert [file.name for file in reproduce.place.iterdir()] == ["reproduce-1"], "neither data, models nor looks"
    said = capsys.readouterr().out
    assert said.startswith("equal: ")
    assert f"{small_job.first['judged']['trades']} trades" in said
    assert "profit factor" not in said


def test_a_training_of_one_stage_comes_out_equal(small_job: Workspace, reproduce: Reproduced) -> None:
    other = small_job.sibling("retrained")
    run = other.run("mode=train", "train.stage=risk")
    assert reproduce(run["folder"])[0] == 0
    (other.train / "sltp" / "golden.npz").write_bytes(b"")
    code, result = reproduce(run["folder"])
    assert (code, result["difference"]["where"]) == (1, "sltp/golden.npz")


def test_a_walk_forward_comes_out_equal_and_its_folds_are_named(
    small_job: Workspace, reproduce: Reproduced, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = small_job.sibling("walk-forward-rebuilt", with_models=False)
    off = [f"stage.{name}.enabled=false" for name in ("position", "sltp", "risk")]
    run = fresh.run(*QUICK, "windows=walk_forward", "windows.folds=2", "windows.first_train=0.5", *off)
    folder, folds = run["folder"], run["walk_forward"]["folds"]
    shutil.rmtree(folder / "models")
    capsys.readouterr()
    code, result = reproduce(folder)
    assert (code, result["difference"]) == (0, None)
    said = capsys.readouterr().out
    assert f"models (fold_1/signal, fold_2/signal), {sum(fold['trades'] for fold in folds)} trades, equity" in said
    with pytest.raises(ConfigError, match="a walk-forward trains every fold, it read no models"):
        reproduce(folder, f"reproduce.models={small_job.train}")
    edit(folder / "manifests" / "fold_2" / "signal.json", "files", "forest.npz", to="0" * 64)
    code, result = reproduce(folder)
    assert (code, result["difference"]["kind"]) == (1, "model")
    assert result["difference"]["where"] == "fold_2/signal/forest.npz"


def test_models_that_lie_elsewhere(small_job: Workspace, recorded: Path, reproduce: Reproduced) -> None:
    assert reproduce(recorded)[0] == 0
    edit(recorded / "config.json", "paths", "train", to="nowhere")
    with pytest.raises(ConfigError, match=r"its models were in nowhere, .* add reproduce\.models="):
        reproduce(recorded)
    assert reproduce(recorded, f"reproduce.models={small_job.train}")[0] == 0


def test_a_changed_bar_is_named(small_job: Workspace, tmp_path: Path, reproduce: Reproduced) -> None:
    snapshot = small_job.data / small_job.first["data"]["snapshot"]
    frame = pl.read_parquet(snapshot / "bars.parquet")
    then, now = tmp_path / "bars.parquet", tmp_path / "elsewhere.parquet"
    frame.write_parquet(then)
    run = small_job.run(*QUICK, "data=parquet", "data.bars=null", f"data.path={then}")
    then.rename(now)
    with pytest.raises(DataError, match=r"which is not here; add reproduce\.data_path=<file>"):
        reproduce(run["folder"])
    assert reproduce(run["folder"], f"reproduce.data_path={now}")[0] == 0
    place = 8123
    volume = pl.when(pl.int_range(pl.len()) == place).then(pl.col("tick_volume") + 1).otherwise(pl.col("tick_volume"))
    frame.with_columns(volume.alias("tick_volume")).write_parquet(now)
    code, result = reproduce(run["folder"], f"reproduce.data_path={now}")
    assert (code, result["difference"]["kind"]) == (1, "data")
    when = frame["time"][place].strftime("%Y-%m-%d %H:%M UTC")
    assert result["difference"]["where"] == f"bar {place + 1} ({when})"
    assert "1 of 9000 bars differ" in result["difference"]["now"]


def test_a_changed_setting_is_named(recorded: Path, reproduce: Reproduced) -> None:
    edit(recorded / "config.json", "execution", "max_positions", to=3)
    code, result = reproduce(recorded)
    assert code == 1
    assert result["difference"]["sentence"] == "first difference: setting execution.max_positions: 1 then, 3 now"


def test_a_changed_setting_that_the_result_does_not_tell_is_named_by_its_part(
    recorded: Path, reproduce: Reproduced
) -> None:
    edit(recorded / "config.json", "labels", "reference_spread_pct", to=0.5)
    _, result = reproduce(recorded)
    assert (result["difference"]["kind"], result["difference"]["where"]) == ("setting", "labels")


def test_a_changed_model_byte_is_named(small_job: Workspace, recorded: Path, reproduce: Reproduced) -> None:
    other = small_job.sibling("flipped")
    file = other.train / "position" / "forest.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    code, result = reproduce(recorded, f"reproduce.models={other.train}")
    found = result["difference"]
    assert (code, found["kind"], found["where"]) == (1, "model", "position/forest.npz")
    assert len(found["then"]) == len(found["now"]) == 64
    assert found["then"] != found["now"]


def test_a_changed_figure_is_named(recorded: Path, reproduce: Reproduced) -> None:
    edit(recorded / "result.json", "judged", "costs", "swap", to=1.0)
    code, result = reproduce(recorded)
    assert (code, result["difference"]["kind"], result["difference"]["where"]) == (1, "figure", "judged.costs.swap")
    assert result["difference"]["then"] == 1.0


def test_a_changed_trade_is_named_before_the_figures(recorded: Path, reproduce: Reproduced) -> None:
    edit(recorded / "result.json", "judged", "trades", to=0)
    rows = (recorded / "trades.csv").read_text().splitlines()
    rows[5] = rows[5].replace("BUY", "SELL") if "BUY" in rows[5] else rows[5].replace("SELL", "BUY")
    (recorded / "trades.csv").write_text("\n".join(rows) + "\n")
    _, result = reproduce(recorded)
    assert (result["difference"]["kind"], result["difference"]["where"]) == ("trade", "trades.csv, row 5, side")


def test_another_code_is_a_note(recorded: Path, reproduce: Reproduced) -> None:
    edit(recorded / "result.json", "volatile", "code", "libraries", "numpy", to="1.0")
    code, result = reproduce(recorded)
    assert code == 0
    assert [note.split(" then")[0] for note in result["notes"]] == ["library numpy: 1.0"]


def test_what_is_no_run_is_refused(recorded: Path, reproduce: Reproduced, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected the folder of a finished run, found no result\.json"):
        reproduce(tmp_path / "nowhere")
    edit(recorded / "result.json", "mode", to="data")
    with pytest.raises(DataError, match="expected a run of mode run or train or backtest, found mode data"):
        reproduce(recorded)


def test_other_settings_are_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert enter(CONF, ["mode=reproduce", "reproduce.run=then", "execution.sl_atr=2"]) == 2
    assert "execution.sl_atr=2: mode=reproduce takes its settings from the run's folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
