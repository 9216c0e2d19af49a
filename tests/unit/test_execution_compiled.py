"""The cache of machine code follows the source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import novosky

PACKAGE = Path(novosky.__file__).parent
ASK = """
import numpy as np
from novosky.execution.spreads import effective_spread
print(effective_spread(np.array([100.0]), 0.01, 2.0, 1.0)[0])
"""


def ask(root: Path, cache: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(root), "NUMBA_CACHE_DIR": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_an_edit_is_never_answered_by_old_machine_code(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(PACKAGE, tmp_path / "novosky", ignore=shutil.ignore_patterns("__pycache__"))
    assert ask(tmp_path, cache) == "2.0"
    edited = tmp_path / "novosky" / "execution" / "spreads.py"
    edited.write_text(edited.read_text().replace("max(own, before, floor) * factor", "max(own, before, floor) * 3.0"))
    assert ask(tmp_path, cache) == "6.0"
    assert len(list(cache.glob("kernels-*"))) == 2


def test_another_checkout_of_the_same_source_compiles_nothing(tmp_path: Path) -> None:
    cache, made = tmp_path / "cache", []
    for name in ("first", "second"):
        shutil.copytree(PACKAGE, tmp_path / name / "novosky", copy_function=shutil.copyfile)  # later, as by git clone
        assert ask(tmp_path / name, cache) == "2.0"
        made.append({file: file.stat().st_mtime_ns for file in cache.rglob("*") if file.is_file()})
    assert made[0]
    assert made[0] == made[1]


def test_machine_code_of_forgotten_source_is_removed(tmp_path: Path) -> None:
    forgotten, recent = tmp_path / "kernels-forgotten", tmp_path / "kernels-recent"
    forgotten.mkdir()
    recent.mkdir()
    os.utime(forgotten, (0, 0))
    ask(PACKAGE.parent, tmp_path)
    assert not forgotten.exists()
    assert recent.exists()
