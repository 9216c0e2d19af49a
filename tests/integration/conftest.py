"""One small trained set for all tests that only read it, or that copy it first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novosky.config.schema import Config
from support.small_job import Workspace


@pytest.fixture(scope="session")
def small_job(tmp_path_factory: pytest.TempPathFactory, compose: Callable[..., Config]) -> Workspace:
    """A workspace after `mode=run` with pickles; leave its working set as it is."""
    folder = tmp_path_factory.mktemp("small-job")
    job = Workspace(folder / "job", folder / "data", compose)
    job.first = job.run("mode=run", "train.pickles=true")
    return job
