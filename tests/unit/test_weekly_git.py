"""What a week commits and pushes: its own files alone, to a real remote."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from novosky.errors import NovoskyError
from novosky.models.revision.places import RevisionPlaces
from novosky.optimize.weekly import git


def said(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    said("init", "-q", "-b", "main")
    said("config", "user.name", "A trader")
    said("config", "user.email", "trader@example.org")
    Path("own.txt").write_text("mine")
    said("add", "own.txt")
    Path("PERF_HISTORY.md").write_text("| week |\n")
    Path("strategy_params.json").write_text("{}")
    Path("revisions").mkdir()
    Path("revisions/v20260131-p3.json").write_text("{}")
    return SimpleNamespace(
        typed=SimpleNamespace(weekly=SimpleNamespace(history="PERF_HISTORY.md", params="strategy_params.json")),
        diary=SimpleNamespace(week="20260131T020000Z"),
        facts={"promotion": {"revision": "v20260131-p3"}},
        entry={"decision": "COMMIT"},
        places=SimpleNamespace(current=Path("conf/experiment/current.yaml")),
        revisions=RevisionPlaces(Path("models"), Path("revisions")),
        midst=lambda: None,
    )


def test_only_what_the_week_wrote_is_committed_and_pushed(week: Any) -> None:
    assert "promoted v20260131-p3" in git.commit(week).words
    assert said("show", "--format=", "--name-only", "HEAD").split() == [
        "PERF_HISTORY.md", "revisions/v20260131-p3.json", "strategy_params.json",
    ]  # fmt: skip
    assert said("diff", "--cached", "--name-only") == "own.txt", "what was staged before stays so"
    assert said("tag") == "v20260131-p3"
    assert git.commit(week).words == "nothing to commit", "a start in the middle does it again"
    with pytest.raises(NovoskyError, match="git has no remote"):
        git.push(week)
    said("init", "-q", "--bare", "remote.git")
    said("remote", "add", "origin", "./remote.git")
    assert git.push(week).words == "git push origin"
    assert said("--git-dir=remote.git", "tag") == "v20260131-p3"
    assert said("--git-dir=remote.git", "rev-parse", "main") == said("rev-parse", "HEAD")


def test_a_refused_commit_leaves_the_index_as_it_was(week: Any) -> None:
    Path(".git/hooks/pre-commit").write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    Path(".git/hooks/pre-commit").chmod(0o755)
    with pytest.raises(NovoskyError, match=r"git commit -q .*not today.*it goes on here"):
        git.commit(week)
    assert git.unstage(week)
    assert said("diff", "--cached", "--name-only") == "own.txt"
    assert said("tag") == ""
