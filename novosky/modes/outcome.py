"""What a mode hands back to the door."""

from __future__ import annotations

from dataclasses import dataclass

DONE, ANSWER_IS_NO, WRONG_INPUT, FAULT, INTERRUPTED = 0, 1, 2, 3, 130

FAILED_OBJECTIVE = -1e9
"""Objective of a job that failed: worse than any real one, and finite."""


@dataclass(frozen=True, slots=True)
class ModeResult:
    """Exit code (0 done, 1 the answer is no) and, where a mode has one, the number that a multirun makes large."""

    exit_code: int = DONE
    objective: float | None = None
