"""What a trader installs: small, without the training stack, and enough for every mode of his.

`python -m pytest -s tests/integration/test_light_install.py` prints the size by package.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from novosky.audit.effort import EFFORTS
from novosky.config.schema import Config
from novosky.models.revision.record import read_record
from novosky.modes.dispatch import dispatch
from support.audited import SMALL_EFFORT
from support.clean_environment import ROOT, CleanEnvironment, make_environment
from support.small_job import SMALL, Workspace

pytestmark = pytest.mark.slow

TRAINING = {"scikit-learn", "xgboost", "xgboost-cpu", "lightgbm", "optuna", "shap", "dvc", "wandb", "pandas", "scipy"}
MODULES = {"sklearn", "xgboost", "lightgbm", "optuna", "shap", "dvc", "wandb", "pandas", "scipy"}
TRADERS = ("trade", "doctor", "monitor", "dashboard", "pull", "notify", "onboard", "revisions")
THERE = [mode for mode in TRADERS if (ROOT / "novosky" / "modes" / f"{mode}.py").is_file()]
MOST_MB = 600
ACCEPT = "promote.accept=[not_kept,not_promotable,no_skill,fails_audit]"
DAY = 96
MB = 1_000_000


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    return make_environment(tmp_path_factory.mktemp("trader") / "venv")


def test_the_base_install_is_light(clean: CleanEnvironment, tmp_path: Path) -> None:
    sizes = clean.sizes(tmp_path)
    assert "novosky" in sizes
    assert TRAINING.isdisjoint(sizes)
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{name:<24} {size / MB:6.1f} MB")  # noqa: T201 -- for -s
    total = sum(sizes.values()) / MB
    print(f"{'in all':<24} {total:6.1f} MB, {len(sizes)} packages")  # noqa: T201
    assert total < MOST_MB


@pytest.mark.parametrize("mode", THERE)
def test_a_traders_mode_imports_without_the_training_stack(clean: CleanEnvironment, mode: str, tmp_path: Path) -> None:
    code = f"import sys, novosky.modes.{mode}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    loaded = clean.run("-c", code, cwd=ROOT)
    assert loaded.returncode == 0, loaded.stderr
    assert MODULES.isdisjoint(loaded.stdout.split())


def test_revisions_are_listed(clean: CleanEnvironment, tmp_path: Path) -> None:
    shown = clean.mode("mode=revisions", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert len(list(tmp_path.glob("outputs/runs/revisions/*/result.json"))) == 1


def test_a_library_of_an_extra_is_named_with_its_mend(clean: CleanEnvironment, tmp_path: Path) -> None:
    wanted = ("data.exchange=bitstamp", "data.market=BTC/USD", "data.since=2024-01-01", "data.until=2024-02-01")
    refused = clean.mode("mode=data", "data=ccxt", *wanted, cwd=tmp_path)
    assert refused.returncode == 2
    assert "data=ccxt: needs the library ccxt" in refused.stderr
    assert refused.stderr.endswith("uv sync --extra ccxt\n")
    assert refused.stderr.count("\n") == 1


@dataclass(frozen=True)
class Trader:
    """The folder of somebody who was given records of revisions and an address."""

    clean: CleanEnvironment
    folder: Path
    revision: str
    store: Path

    def mode(self, *overrides: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
        """What a mode says on the small market, and its result."""
        done = self.clean.mode(*overrides, *SMALL, cwd=self.folder)
        mode = overrides[0].removeprefix("mode=")
        results = sorted(self.folder.glob(f"outputs/runs/{mode}/*/result.json"))
        return done, json.loads(results[-1].read_text()) if results else {}


@pytest.fixture(scope="module")
def trader(
    clean: CleanEnvironment,
    small_job: Workspace,
    compose: Callable[..., Config],
    tmp_path_factory: pytest.TempPathFactory,
) -> Trader:
    """The small set, promoted by a developer whose remote is a folder in DVC's layout; the trader has the record."""
    developer = tmp_path_factory.mktemp("developer")
    shutil.copytree(small_job.train, developer / "train")
    places = {"data": small_job.data} | {name: developer / name for name in ("train", "models", "revisions", "cache")}
    paths = [f"paths.{name}={place}" for name, place in places.items()]
    config = compose(
        "mode=promote", *SMALL, *paths, f"paths.looks={developer}/looks.jsonl", ACCEPT, "report.html=false"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EFFORTS, "quick", SMALL_EFFORT)
        patch.chdir(developer)
        assert dispatch(config, tmp_path_factory.mktemp("run")).exit_code == 0
    (file,) = (developer / "revisions").glob("v*.json")
    record = read_record(file)
    store, folder = developer / "store", tmp_path_factory.mktemp("at-the-trader")
    for name, facts in record.files.items():
        kept = store / "files" / "md5" / facts.md5[:2] / facts.md5[2:]
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(developer / "models" / record.tag / name, kept)
    shutil.copytree(developer / "revisions", folder / "revisions")
    return Trader(clean, folder, record.tag, store)


def test_a_revision_is_pulled_examined_and_trades_a_day(trader: Trader) -> None:
    done, result = trader.mode("mode=pull", f"revision={trader.revision}", f"remote.url={trader.store}")
    assert done.returncode == 0, done.stderr
    assert result["revision"] == trader.revision
    done, result = trader.mode("mode=doctor", "models=promoted")
    assert done.returncode == 0, [row for row in result["findings"] if row["verdict"] == "fail"]
    done, result = trader.mode("mode=trade", f"terminal.replay_bars={DAY + 1}")
    assert done.returncode == 0, done.stderr
    assert (result["revision"], result["bars_decided"]) == (trader.revision, DAY)
    assert result["equity"] > 0
