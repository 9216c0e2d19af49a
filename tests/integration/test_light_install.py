"""What a trader installs: small, without the training stack, and enough for every mode of his.

`python -m pytest -s tests/integration/test_light_install.py` prints the size by package.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.clean_environment import ROOT, CleanEnvironment, make_environment

pytestmark = pytest.mark.slow

TRAINING = {"scikit-learn", "xgboost", "xgboost-cpu", "lightgbm", "optuna", "shap", "dvc", "wandb", "pandas", "scipy"}
MODULES = {"sklearn", "xgboost", "lightgbm", "optuna", "shap", "dvc", "wandb", "pandas", "scipy"}
TRADERS = ("trade", "doctor", "monitor", "pull", "notify", "revisions")
THERE = [mode for mode in TRADERS if (ROOT / "novosky" / "modes" / f"{mode}.py").is_file()]
MOST_MB = 600
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
