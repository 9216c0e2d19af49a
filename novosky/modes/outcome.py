"""What a mode hands back to the door."""

from __future__ import annotations

from dataclasses import dataclass

DONE, ANSWER_IS_NO, WRONG_INPUT, FAULT, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True)
class ModeResult:
    """Exit code (0 done, 1 the answer is no) and the number that a multirun compares, if the mode has one."""

    exit_code: int = DONE
    objective: float | None = None
