"""A checkout in which a whole week can be run: a planted market, a blind set that stands, git with a remote."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from novosky.config.compose import compose_config
from novosky.disk import files
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import read_pointer
from novosky.modes import train, weekly
from novosky.optimize.journal import read_journal
from novosky.optimize.places import Places, content_hash

CONF = Path(__file__).resolve().parents[1] / "conf"
URLS = "NOVOSKY_NOTIFY_URLS"

# 18,000 bars of M15 with an edge that nobody can miss, no costs; small models.
MARKET = (
    "threads=1", "data=planted", "data.oracle_sharpe=50", "data.bars=18000", "features=core59_no_news", "news=none",
    "broker.spread=0", "execution.spread_mode=fixed", "labels.reference_spread_pct=0", "windows.embargo_bars=24",
    "windows.train=0.5", "windows.gate=0.25",
    "profile.daily_loss_pct=100", "profile.weekly_loss_pct=100", "profile.total_loss_pct=100",
    "stage.signal.forest.trees=20", "stage.signal.xgboost.rounds=30", "stage.signal.lightgbm.rounds=30",
    "stage.position.forest.trees=8", "stage.position.xgboost.rounds=8", "stage.position.lightgbm.rounds=8",
    "stage.sltp.lightgbm.rounds=8", "stage.risk.lightgbm.rounds=8", "stage.risk.lightgbm.min_leaf_rows=10",
    "score.bootstrap_samples=200",
)  # fmt: skip
BLIND = ("data.oracle_sharpe=0", "data.seed=2")  # what stands learned from another market: it knows nothing
WEEK = (
    "mode=weekly", "weekly.commit=true", "weekly.push=true", "weekly.allow_drift=true", "weekly.smoke_bars=8",
    "promote.accept=[fails_audit]", "promote.dvc=false", "search=signal",
    "search.signal=[{key: stage.signal.lightgbm.leaves, kind: int, low: 2, high: 31}]",
    "tune.trials=2", "tune.folds=2", "tune.min_trades=5", "sweep.method=random", "sweep.trials=3",
    "analyze.folds=0", "analyze.rows=100", "analyze.permutation_repeats=1", "doctor.pings=2", "doctor.disk_free_mb=1",
)  # fmt: skip
IGNORED = "outputs/\ndata/\nlooks/\nmodels/\n.models.moving/\nremote.git/\nruns/\n"
DEEDS = ("none", "fail", "kill")


class Fault(NamedTuple):
    """At a moment of a phase (begun, midst, worked) or at its `disk`th operation there: an error, or SIGKILL."""

    phase: str = ""
    moment: str = ""
    deed: str = "none"
    disk: int = 0


class Hand:
    """Lets a fault fall, and counts the operations on disk of each phase."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.phase = fault, ""
        self.operations: dict[str, int] = {}
        self.heard: set[tuple[str, str]] = set()

    def observe(self, moment: str, phase: str) -> None:
        """The week's observer."""
        self.phase = "" if moment == "worked" else phase
        self.heard.add((moment, phase))
        if (phase, moment) == (self.fault.phase, self.fault.moment):
            self._fall()

    def on_disk(self, moment: str, operation: str, path: Path) -> None:
        """The disk's observer; the diary's own operations are not counted."""
        if moment != "before" or not self.phase or "weekly" in path.parts:
            return
        self.operations[self.phase] = self.operations.get(self.phase, 0) + 1
        if self.fault.phase == self.phase and self.fault.disk == self.operations[self.phase]:
            self._fall()

    def _fall(self) -> None:
        if self.fault.deed == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault.deed == "fail" and self.fault.disk:
            raise OSError(errno.ENOSPC, "No space left on device", "injected")
        if self.fault.deed == "fail":
            raise RuntimeError("injected")


def make_world(root: Path, market: Sequence[str] = MARKET, blind: Sequence[str] = BLIND) -> None:
    """Trains what stands, in this process."""
    root.mkdir(parents=True)
    with inside(root):
        (root / ".gitignore").write_text(IGNORED)
        git("init", "-q", "-b", "main")
        git("config", "user.name", "A trader")
        git("config", "user.email", "trader@example.org")
        git("add", ".gitignore")
        git("commit", "-q", "-m", "A checkout")
        git("init", "-q", "--bare", "remote.git")
        git("remote", "add", "origin", "./remote.git")
        git("push", "-q", "origin", "main")
        folder = root / "runs" / "train"
        folder.mkdir(parents=True)
        with (folder / "screen.txt").open("w") as screen, contextlib.redirect_stdout(screen):
            train.run(compose_config(CONF, ["mode=train", *market, *blind]), folder)


def live(root: Path, name: str, fault: Fault, more: Sequence[str] = (), market: Sequence[str] = MARKET) -> int:
    """A start of the week in a process of its own: its exit code, or -9 where it was killed."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = start(root, name, fault, more, market)
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def start(root: Path, name: str, fault: Fault, more: Sequence[str] = (), market: Sequence[str] = MARKET) -> int:
    """The same here; what it says and counts lies in its folder."""
    folder, hand = root / "runs" / name, Hand(fault)
    folder.mkdir(parents=True)
    with inside(root), (folder / "screen.txt").open("w", buffering=1) as screen, contextlib.redirect_stdout(screen):
        config = compose_config(CONF, [*WEEK, *market, *more])
        try:
            with files.observed_by(hand.on_disk):
                code = weekly.run(config, folder, hand.observe).exit_code
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
            return 71
    counted = {
        "operations": hand.operations,
        "midst": sorted(phase for moment, phase in hand.heard if moment == "midst"),
    }
    (folder / "counted.json").write_text(json.dumps(counted))
    return code


def state_of(root: Path) -> dict[str, Any]:
    """What stands, short: working set, settings, log, pointer, history, parameters, git here and there."""
    places = Places(root / "outputs/train", root / "conf/experiment/current.yaml", root / "outputs/optimize")
    pointer = read_pointer(RevisionPlaces(root / "models", root / "revisions"))
    log = json.loads(places.log.read_text()) if places.log.exists() else []
    history = root / "PERF_HISTORY.md"
    rows = [line for line in history.read_text().splitlines() if line.startswith("| 2")] if history.exists() else []
    with inside(root):
        staged = git("diff", "--cached", "--name-only").split()
        head, there = git("log", "--format=%s", "main"), git("--git-dir=remote.git", "log", "--format=%s", "main")
    return {
        "working set": _short(content_hash(places.train)),
        "current.yaml": _short(content_hash(places.current)),
        "log": ", ".join(entry["decision"] for entry in log) or "empty",
        "pointer": "none" if pointer is None else pointer.tag,
        "history": f"{len(rows)} rows",
        "parameters": _short(content_hash(root / "strategy_params.json")),
        "git": f"{len(head.splitlines())} commits",
        "remote": f"{len(there.splitlines())} commits",
        "staged": ", ".join(staged) or "nothing",
        "open": "yes" if read_journal(places.journal).open else "no",
        "half": ", ".join(_half(root)) or "nothing",
    }


def _half(root: Path) -> list[str]:
    """What a start must clear away."""
    found = [*root.glob("outputs/.*.new"), *root.glob("outputs/.*.old"), *root.glob("*/.*.new"), *root.glob(".*.new")]
    found += [*root.glob("conf/experiment/.*.new"), *root.glob(".models.moving/next"), *root.glob(".models.moving/i*")]
    return sorted(str(path.relative_to(root)) for path in found)


def copied(template: Path, target: Path) -> Path:
    """A checkout like another one."""
    shutil.copytree(template, target, symlinks=True)
    return target


@contextlib.contextmanager
def inside(root: Path) -> Any:
    """With `root` as the current folder."""
    with contextlib.chdir(root):
        yield


def git(*arguments: str) -> str:
    """What git says."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def _short(digest: str | None) -> str:
    return "none" if digest is None else digest[:8]


def same_bytes(path: Path) -> str:
    """sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


Play = Callable[[Path, str, Fault], int]
