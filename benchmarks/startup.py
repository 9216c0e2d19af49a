"""How long a command takes to answer, interpreter included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.timing import best_seconds

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {"run.py": [], "run.py --help": ["--help"], "run.py mode=backtst (refused)": ["mode=backtst"]}


def run() -> list[tuple[str, str]]:
    empty = best_seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    rows = [("python -c ''", f"{empty:.2f} s")]
    for name, arguments in COMMANDS.items():
        command = [sys.executable, str(ROOT / "run.py"), *arguments]
        seconds = best_seconds(lambda command=command: subprocess.run(command, capture_output=True, check=False))
        rows.append((name, f"{seconds:.2f} s"))
    return rows
