"""How long a command takes to answer, interpreter included."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import best_seconds

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    "run.py": [],
    "run.py --help": ["--help"],
    "run.py mode=backtst (refused)": ["mode=backtst"],
    "run.py mode=revisions (none there)": ["mode=revisions"],
    "run.py mode=doctor (no models: exit 1)": ["mode=doctor", "data.bars=5000"],
}


def run() -> list[tuple[str, str]]:
    """In a folder of its own, where the first of the runs makes what the others find: snapshot and compiled kernels."""
    empty = best_seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    rows = [("python -c ''", f"{empty:.2f} s")]
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in COMMANDS.items():
            if not _is_there(arguments):
                continue
            command = [sys.executable, str(ROOT / "run.py"), *arguments]
            seconds = best_seconds(
                lambda command=command: subprocess.run(command, capture_output=True, check=False, cwd=folder)
            )
            rows.append((name, f"{seconds:.2f} s"))
    return rows


def _is_there(arguments: list[str]) -> bool:
    mode = arguments[0].removeprefix("mode=") if arguments else ""
    return mode in ("", "--help", "backtst") or (ROOT / "novosky" / "modes" / f"{mode}.py").is_file()
