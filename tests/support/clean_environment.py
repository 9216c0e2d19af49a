"""A virtual environment that holds what a trader installs: the project without any extra."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNREACHABLE = ("failed to fetch", "error sending request", "dns error", "connect error", "network", "offline")

SIZES = """
import json
from importlib.metadata import distributions
found = {}
for dist in distributions():
    files = (dist.locate_file(file) for file in dist.files or ())
    found[dist.name.lower()] = sum(file.stat().st_size for file in files if file.is_file())
print(json.dumps(found))
"""


@dataclass(frozen=True)
class CleanEnvironment:
    python: Path

    def run(self, *arguments: str, cwd: Path, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        """`python ...`, with nothing of the tests' own environment but the kernels that were compiled already."""
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        command = [str(self.python), *arguments]
        return subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False, timeout=timeout)

    def mode(self, *overrides: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """`run.py` of this checkout."""
        return self.run(str(ROOT / "run.py"), *overrides, cwd=cwd)

    def sizes(self, cwd: Path) -> dict[str, int]:
        """Bytes of each installed distribution, by its name in small letters."""
        found: dict[str, int] = json.loads(self.run("-c", SIZES, cwd=cwd).stdout)
        return found


def make_environment(folder: Path) -> CleanEnvironment:
    """Install into `folder`; the test is skipped where uv is missing or the package index is out of reach."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv")
    _install([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    _install([uv, "pip", "install", "--quiet", "--python", str(python), str(ROOT)])
    return CleanEnvironment(python)


def _install(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and any(word in done.stderr.lower() for word in UNREACHABLE):
        pytest.skip(f"the package index is out of reach: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
