"""A study of a parabola: what the tests of reserving, dying and resuming run, also in processes of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from novosky.search.identity import StudyIdentity
from novosky.search.space import Parameter, Space
from novosky.search.study import Desk, joined

SPACE = Space("risk", (Parameter("x", "float", -2.0, 2.0, False, ()),), {"x": 0.5}, ())
FACTS = {"space": "parabola", "data": "none"}
NAME = "toy"


@contextmanager
def toy_desk(folder: Path, facts: dict[str, str] | None = None) -> Iterator[Desk]:
    identity = StudyIdentity(NAME, 11, FACTS if facts is None else facts)
    with joined(folder, identity, SPACE, ["minimize"], "tpe", "none") as desk:
        yield desk


def work(folder: Path, trials: int, most: int | None = None) -> int:
    """Run trials until none is left, or `most`; how many."""
    ran = 0
    with toy_desk(folder) as desk:
        while (most is None or ran < most) and (trial := desk.reserve(trials)) is not None:
            desk.study.tell(trial, (trial.params["x"] - 1.0) ** 2)
            ran += 1
    return ran


def work_and_die(folder: Path, trials: int, first: int) -> None:
    """Run `first` trials, reserve one more, and be killed holding it."""
    with toy_desk(folder) as desk:
        for _ in range(first):
            desk.study.tell(trial := desk.reserve(trials), (trial.params["x"] - 1.0) ** 2)
        desk.reserve(trials)
        os.kill(os.getpid(), signal.SIGKILL)
