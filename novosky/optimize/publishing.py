"""A promoted set as a revision: its folder and record, then DVC and git, whose commands are told where they fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared
from novosky.backtest.trades_file import trades_frame, write_rows
from novosky.config.schema import Config
from novosky.disk import files
from novosky.models.bundle.bundle import STAGES, Bundle
from novosky.models.revision.places import RevisionPlaces
from novosky.optimize.on_gate import OnGate
from novosky.optimize.promotion_card import card_text
from novosky.optimize.promotion_facts import CARD, CURRENT, SETTINGS, TRADES, settings_of

_COMMAND_SECONDS = 600
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "DVC_NO_ANALYTICS": "1"}


def write_parts(
    folder: Path, tag: str, config: Config, prepared: Prepared, judged: OnGate, facts: Mapping[str, Any]
) -> None:
    """What goes beside the stages: card, settings, judged trades, and the loop's current.yaml where there is one."""
    trades = judged.evaluation.judged.simulation.trades
    bars = prepared.bars
    write_rows(folder / TRADES, trades_frame(trades, bars.time_ms, bars.timeframe_ms, config.broker.digits))
    settings = json.dumps(settings_of(config), sort_keys=True, indent=1) + "\n"
    (folder / SETTINGS).write_bytes(settings.encode())
    (folder / CARD).write_bytes(card_text(tag, facts).encode())
    current = Path(config.optimize.current)
    if current.is_file():
        (folder / CURRENT).write_bytes(current.read_bytes())


def stages_of(bundle: Bundle) -> tuple[str, ...]:
    """The stages that decide, and those that they were made from."""
    needed = {*bundle.facts, *(name for facts in bundle.facts.values() for name in facts["predecessors"])}
    return tuple(name for name in STAGES if name in needed)


def copy_set(folder: Path, train: Path, stages: Sequence[str], parts: Path) -> None:
    """Fill a revision's folder: the stages of the working set, and what `write_parts` wrote."""
    sources = {file: f"{stage}/{file.name}" for stage in stages for file in sorted((train / stage).iterdir())}
    sources |= {file: file.name for file in sorted(parts.iterdir())}
    for source, name in sources.items():
        files.copy(source, folder / name)


def publish(config: Config, places: RevisionPlaces, tag: str) -> tuple[list[str], list[str]]:
    """`dvc add`, git commit and tag as far as asked for: what was done, and commands left to the user, each in words.

    The revision is promoted already; nothing in here can undo it.
    """
    done: list[str] = []
    left: list[str] = []
    is_dvc = Path(".dvc").is_dir()
    add = ["dvc", "add", str(places.models)]
    if is_dvc and config.promote.dvc and find_spec("dvc") is not None:
        said = told_by_command([sys.executable, "-m", *add])
        (left if said else done).append(f"{' '.join(add)}{said}")
    elif is_dvc:
        left.append(" ".join(add))
    current = Path(config.optimize.current)
    paths = [str(places.record(tag)), *([f"{places.models}.dvc"] if is_dvc else [])]
    paths += [str(current)] if current.is_file() else []
    commands = [
        ["git", "add", "--", *paths],
        ["git", "commit", "-m", f"Promote {tag}", "--", *paths],
        ["git", "tag", tag],
    ]
    for command in commands:
        shown = " ".join(f"'{part}'" if " " in part else part for part in command)
        said = told_by_command(command) if config.promote.commit and not left else ""
        (done if config.promote.commit and not left and not said else left).append(f"{shown}{said}")
    return done, [*left, *(["dvc push"] if is_dvc else [])]


def git_tags() -> set[str]:
    """Tags of the repository that holds the working folder; none where it is not git's."""
    try:
        found = subprocess.run(["git", "tag", "--list", "v*"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return set(found.stdout.split()) if found.returncode == 0 else set()


def told_by_command(command: Sequence[str]) -> str:
    """Run it: empty when it went well, else what it said, in one line."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **_QUIET},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f" (failed: {' '.join(str(error).split())[:200]})"
    if done.returncode == 0:
        return ""
    lines = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").split("\n")
    return f" (failed: {lines[-1].strip()[:200]})"
