"""A small study on a small job: few trees, few trials, few folds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.search.identity import StudyIdentity, study_identity
from novosky.search.tune import predecessors

ROOT = Path(__file__).resolve().parents[2]

RISK_SPACE = (
    "[{key: stage.risk.lightgbm.leaves, kind: int, low: 2, high: 8},"
    "{key: stage.risk.lightgbm.learning_rate, kind: float, low: 0.01, high: 0.5, log: true},"
    "{key: stage.risk.full_size_kelly, kind: float, low: 0.02, high: 0.5, log: true}]"
)
SIGNAL_SPACE = (
    "[{key: stage.signal.lightgbm.leaves, kind: int, low: 2, high: 31},"
    "{key: stage.signal.calibration, kind: categorical, choices: [sigmoid, isotonic]}]"
)
SMALL_SEARCH = (
    "mode=tune",
    "tune.folds=2",
    "tune.min_trades=5",
    "score.min_trades=1",
    f"search.risk={RISK_SPACE}",
    f"search.signal={SIGNAL_SPACE}",
)


def identity_of(config: Config, prepared: Prepared, study: str) -> StudyIdentity:
    """The study's identity behind the working set of `config`."""
    bundle = predecessors(config, prepared, study)
    return study_identity(config, prepared, study, {} if bundle is None else bundle.hashes)


def started(folder: Path, overrides: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, str(ROOT / "run.py"), *overrides, f"hydra.run.dir={folder}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
