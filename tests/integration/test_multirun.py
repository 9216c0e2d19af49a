"""`run.py -m`: folders, exit codes and the comparison, also with Hydra's plugins and with jobs in other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from novosky.errors import ConfigError
from novosky.modes.multirun import Job, check_plugins, completed, cores, side_by_side, sweep_folder
from novosky.modes.multirun_screen import show_jobs, varied

RUN = Path(__file__).resolve().parents[2] / "run.py"


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUN), "-m", "mode=data", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)


def jobs_in(folder: Path) -> dict[str, dict[str, object]]:
    return {file.parent.name: json.loads(file.read_text()) for file in folder.rglob("job.json")}


def test_jobs_in_other_processes_share_one_folder_and_the_cores(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    done = run(tmp_path, "hydra/launcher=joblib", "data.bars=3000", "data.seed=1,2", "threads=64")
    assert (done.returncode, done.stderr) == (0, "")
    [folder] = (tmp_path / "outputs" / "sweeps").iterdir()
    jobs = jobs_in(folder)
    assert sorted(jobs) == ["0", "1"]
    threads = [json.loads((folder / name / "config.json").read_text())["threads"] for name in jobs]
    assert all(count * cores() <= cores() for count in threads)
    assert done.stdout.splitlines()[0] == "a = data.seed"
    assert f"jobs: outputs/sweeps/{folder.name}" in done.stdout


def test_exit_codes_of_other_processes_are_not_lost(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    done = run(tmp_path, "hydra/launcher=joblib", "data=parquet", "news=none", "data.path=none,never")
    assert done.returncode == 2
    assert sorted(done.stderr.splitlines())[0].startswith("data.path=never")
    assert "failed" in done.stdout


def test_the_optuna_sweeper_maximises_by_the_seed_and_says_nothing_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_optuna_sweeper")
    seeds = []
    for name in ("one", "other"):
        arguments = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=3", "data.bars=3000", "data.seed=range(1,90)")
        done = run(tmp_path, *arguments, f"hydra.sweep.dir={name}")
        assert (done.returncode, done.stderr) == (0, "")
        seeds.append([job["overrides"] for _, job in sorted(jobs_in(tmp_path / name).items())])
    assert len(seeds[0]) == 3
    assert seeds[0] == seeds[1]


def test_what_is_said_to_the_sweeper(tmp_path: Path) -> None:
    optuna = ["hydra/sweeper=optuna", "hydra.sweeper.n_jobs=3"]
    assert completed(["seed=1,2"], tmp_path) == [f"hydra.sweep.dir={tmp_path}"]
    assert completed(optuna, tmp_path)[1:] == [
        "hydra.sweeper.direction=maximize",
        "hydra.sweeper.max_failure_rate=1.0",
        "hydra.sweeper.sampler.seed=${seed}",
    ]
    beside = ["hydra/sweeper=optuna", "hydra/launcher=joblib", "hydra/sweeper/sampler=grid"]
    assert completed(beside, tmp_path)[-1] == f"hydra.sweeper.n_jobs={cores()}"
    assert side_by_side(-1) == cores()
    assert side_by_side(-1000) == 1


def test_more_jobs_than_cores_and_a_folder_with_jobs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"n_jobs=1000: expected a whole number, at most {cores()}, the cores"):
        check_plugins(["hydra.launcher.n_jobs=1000"])
    (tmp_path / "0").mkdir()
    with pytest.raises(ConfigError, match="expected a new folder"):
        sweep_folder([f"hydra.sweep.dir={tmp_path}"])
    with pytest.raises(ConfigError, match="expected a plain path"):
        sweep_folder(["hydra.sweep.dir=out/${now:%d}"])
    assert str(os.getpid()) in sweep_folder([]).name


def test_the_table_has_the_keys_that_vary_and_the_best_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [("0.80", 0, 1.0), ("0.9", 2, -1e9), ("[asian]", 0, 3.0)]
    jobs = [
        Job(tmp_path / str(i), i, {"mode": "backtest", "prediction.confidence_quantile": value}, code, score)
        for i, (value, code, score) in enumerate(said)
    ]
    assert varied(jobs) == ["prediction.confidence_quantile"]
    show_jobs(tmp_path, jobs, sought=False)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["2", "0", "1"]
    assert "[asian]" in lines[2]
    assert "failed" in lines[4]
    recorded = json.loads((tmp_path / "comparison.json").read_text())
    assert [job["exit_code"] for job in recorded["jobs"]] == [0, 2, 0]
