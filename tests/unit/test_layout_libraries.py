"""Importing a mode imports no library that it may not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from novosky.config.schema import MODES

ROOT = Path(__file__).resolve().parents[2]

# Heavy or optional: none of them is what every mode stands on.
LIBRARIES = {
    "aiohttp", "apprise", "ccxt", "dataframely", "dvc", "lightgbm", "obstore", "onnx", "onnxruntime", "optuna",
    "pandas", "plotly", "requests", "rpyc", "shap", "sklearn", "sqlalchemy", "starlette",
    "uvicorn", "wandb", "xgboost",
}  # fmt: skip
LEDGER = {"sqlalchemy"}
USES = dict.fromkeys(("trade", "monitor", "doctor", "dashboard", "weekly"), LEDGER)
"""What a mode may import at once; any other imports it where it is used."""

# One process imports what all stand on, then a child of it each mode: seconds instead of a minute.
IMPORT_EACH = """
import importlib, json, os, sys
import hydra, numba, numpy, polars, rich
ground = set(sys.modules)
for mode in sys.argv[1:]:
    sys.stdout.flush()
    if os.fork() == 0:
        importlib.import_module(f"novosky.modes.{mode}")
        print(json.dumps([mode, sorted({name.split(".")[0] for name in set(sys.modules) - ground})]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, set[str]]:
    """Top-level modules that each mode imports."""
    modes = [mode for mode in MODES if (ROOT / "novosky" / "modes" / f"{mode}.py").is_file()]
    command = [sys.executable, "-c", IMPORT_EACH, *modes]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert len(done.stdout.splitlines()) == len(modes), done.stderr
    return {mode: set(names) for mode, names in map(json.loads, done.stdout.splitlines())}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_no_mode_imports_a_library_that_it_may_not_need(imported: dict[str, set[str]]) -> None:
    assert {"run", "data", "train", "pull"} <= imported.keys()
    too_much = {mode: names & LIBRARIES - USES.get(mode, set()) for mode, names in imported.items()}
    assert {mode: names for mode, names in too_much.items() if names} == {}
    assert all("novosky" in names for names in imported.values())


def test_modes_that_compute_nothing_import_no_compiler_and_no_tables() -> None:
    light = [f"novosky.modes.{mode}" for mode in ("agent", "doctor", "notify", "revisions")]
    ask = f"import sys, {', '.join(light)}; print({{'numba', 'polars', 'scipy'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
