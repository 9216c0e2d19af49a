"""What the week wrote, committed and pushed, where it is asked for; git's and DVC's words where they refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from novosky.errors import NovoskyError
from novosky.optimize.publishing import told_by_command
from novosky.optimize.weekly.step import Said

if TYPE_CHECKING:
    from novosky.optimize.weekly.week import Week


def commit(week: Week) -> Said:
    """One commit of these files alone, and the revision's tag; what else is staged stays as it is."""
    paths = _paths(week)
    _must(["git", "add", "--", *paths])
    week.midst()
    entry, revision = week.entry or {}, _revision(week)
    said = f"Weekly run {week.diary.week}: {entry.get('decision', 'nothing searched')}"
    said += f", promoted {revision}" if revision else ""
    words = "nothing to commit"
    if told_by_command(["git", "diff", "--cached", "--quiet", "--", *paths]):
        _must(["git", "commit", "-q", "-m", said, "--", *paths])
        week.facts["commit"] = _head()
        words = f"{week.facts['commit'][:12]} {said}"
    if revision and revision not in _tags():
        _must(["git", "tag", revision])
    return Said(words)


def unstage(week: Week) -> str:
    """The index as the last commit has these files."""
    said = told_by_command(["git", "reset", "-q", "--", *_paths(week)])
    return "" if said else "git's index is as it was"


def push(week: Week) -> Said:
    """The models first, so that nobody is told of a revision that cannot be fetched."""
    done = []
    revision = _revision(week)
    if revision and Path(".dvc").is_dir() and find_spec("dvc") is not None:
        _must([sys.executable, "-m", "dvc", "push", f"{week.revisions.models}.dvc"])
        done.append("dvc push")
    week.midst()
    remote = _first_remote()
    _must(["git", "push", "-q", remote, "HEAD"])
    done.append(f"git push {remote}")
    if revision:
        _must(["git", "push", "-q", remote, f"refs/tags/{revision}"])
    return Said(", ".join(done))


def _paths(week: Week) -> list[str]:
    weekly, revision = week.typed.weekly, _revision(week)
    found = [Path(weekly.history), Path(weekly.params), week.places.current]
    if revision:
        found += [week.revisions.record(revision), Path(f"{week.revisions.models}.dvc")]
    return [str(path) for path in found if path.is_file()]


def _revision(week: Week) -> str | None:
    found: str | None = (week.facts.get("promotion") or {}).get("revision")
    return found


def _head() -> str:
    return _out(["git", "rev-parse", "HEAD"]).strip()


def _tags() -> list[str]:
    return _out(["git", "tag", "--list"]).split()


def _first_remote() -> str:
    remotes = _out(["git", "remote"]).split()
    if not remotes:
        raise NovoskyError("weekly.push=true: git has no remote; git remote add origin ADDRESS, or weekly.push=false")
    return "origin" if "origin" in remotes else remotes[0]


def _out(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    )
    return done.stdout if done.returncode == 0 else ""


def _must(command: Sequence[str]) -> None:
    if said := told_by_command(command):
        shown = " ".join(command[:3])
        raise NovoskyError(f"{shown} ...{said}; mend that and run the week again: it goes on here")
