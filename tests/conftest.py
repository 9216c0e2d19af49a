"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest

from novosky.config.compose import compose_config
from novosky.config.schema import Config

# Threads of OpenMP that wait for each other spin; where tests run side by side they would take each other's cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real bars that a development machine may have beside the repository; else the test is skipped."""
    folder = ROOT / ".." / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real bars beside this checkout")
    return folder.resolve()


@pytest.fixture(scope="session")
def compose() -> Callable[..., Config]:
    """`compose("broker=exness", "seed=3")`: the typed config of these overrides; mode=run unless one is given."""

    @cache  # Hydra takes 0.4 s
    def composed(*overrides: str) -> Config:
        has_mode = any(override.startswith(("mode=", "experiment=")) for override in overrides)
        return compose_config(ROOT / "conf", overrides if has_mode else ["mode=run", *overrides])

    return lambda *overrides: deepcopy(composed(*overrides))
