"""What the door says of wrong input: exit code 2 and one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from novosky.modes.door import enter
from novosky.modes.outcome import WRONG_INPUT

CONF = Path(__file__).resolve().parents[2] / "conf"


class Refusals:
    """`refusals(*overrides)` types them at the door; the line that refuses them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["run.py"])
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
        self._capsys = capsys

    def __call__(self, *overrides: str) -> str:
        self._capsys.readouterr()
        code = enter(CONF, list(overrides))
        lines = self._capsys.readouterr().err.splitlines()
        assert len(lines) == 1, lines
        assert code == WRONG_INPUT, lines
        return lines[0]
