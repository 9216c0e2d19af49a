"""A phase of the week: a name, its work, and what undoes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from novosky.optimize.weekly.week import Week


class Said(NamedTuple):
    """How a phase's work ended. `is_no`: the answer of the week is no (exit 1); `stops`: nothing is begun after it."""

    words: str
    is_no: bool = False
    stops: bool = False
    is_skipped: bool = False


def _nothing(week: Week) -> str:
    return ""


@dataclass(frozen=True)
class Phase:
    """`undo` puts back what a failed work may have left and says what it did; `always`: told of every end."""

    name: str
    work: Callable[[Week], Said]
    undo: Callable[[Week], str] = _nothing
    always: bool = False
    skipped: Callable[[Week], str] = _nothing  # why it is left out; empty where it is not
