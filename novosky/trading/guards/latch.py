"""A guard's answer, and the state that most guards need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self

FREE: Final = "free"
NO_OPENING: Final = "no_opening"  # what is open keeps its bracket and is managed
STOP: Final = "stop"  # nothing more from the bot until a person allows it


class Stored:
    """A frozen state that goes to the ledger as plain values and comes back."""

    def as_dict(self) -> dict[str, Any]:
        """For an event's details."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # every subclass is a dataclass

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `as_dict` gave; a field that an older program did not write has its default."""
        names = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: value for name, value in values.items() if name in names})


@dataclass(frozen=True)
class Latch(Stored):
    """Tripped or free, since when and why."""

    answer: str = FREE
    since_ms: int = 0
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing may be opened."""
        return self.answer != FREE

    def trip(self, answer: str, time_ms: int, reason: str) -> Latch:
        """Tripped; one that was tripped alike keeps its time and its reason."""
        return self if self.answer == answer else Latch(answer, time_ms, reason)

    def free(self, time_ms: int) -> Latch:
        """Free again."""
        return replace(self, answer=FREE, since_ms=time_ms, reason="") if self.holds else self
