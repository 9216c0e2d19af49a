"""50 settings over a year of M15 with all four models, in one process and in one process a setting."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUN = Path(__file__).resolve().parents[1] / "run.py"
BARS, SINGLE = 60_000, 5
QUANTILES = (0.7, 0.7625, 0.825, 0.8875, 0.95)


def run() -> list[tuple[str, str]]:
    """The window `sweep` is a year; single runs are few, and what 50 would take is reckoned from them."""
    with tempfile.TemporaryDirectory() as folder:
        base = [f"data.bars={BARS}", "windows.train=0.16", "windows.sweep=0.60", "windows.gate=0.14"]
        base += ["stage.risk.lightgbm.min_leaf_rows=20"]
        base += [f"paths.{name}={folder}/{name}" for name in ("data", "train", "cache")]
        base += [f"paths.looks={folder}/looks.jsonl", "report.html=false"]
        _seconds(folder, "mode=train", *base)
        _seconds(folder, "mode=backtest", *base)  # compiles, fills the cache
        _seconds(folder, "mode=sweep", "sweep.method=random", "sweep.trials=2", *base)
        together = _seconds(folder, "mode=sweep", *base)
        one = sum(_seconds(folder, "mode=backtest", f"prediction.confidence_quantile={q}", *base) for q in QUANTILES)
    single = one / SINGLE
    return [
        ("50 settings and the current one, one process", f"{together:.1f} s"),
        (f"one setting, one process (mean of {SINGLE})", f"{single:.1f} s"),
        ("51 processes would take, reckoned from these", f"{51 * single:.0f} s, {51 * single / together:.1f} times"),
    ]


def _seconds(folder: str, *arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, str(RUN), *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began
