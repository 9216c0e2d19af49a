"""Two books after the same bar, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

COUNTERS: Final = ("open", "tickets", "trades")  # counted by the program, not by the account
POSITION_FIELDS: Final = (
    "side", "hold_from", "volume", "entry_price", "stop", "target", "stop_distance", "risk_money", "risk_multiplier",
    "confidence", "worst", "best", "swap", "stop_moved", "partial", "leave", "add",
)  # fmt: skip
CENT: Final = 0.005
MONEY: Final = ("balance", "start_balance", "day_start", "week_start", "swap")
RELATIVE: Final = 1e-9


class FieldDifference(NamedTuple):
    """One field; `ticket` is the broker's, 0 for the account's own."""

    name: str
    expected: Any
    found: Any
    ticket: int

    @property
    def text(self) -> str:
        where = f"position {self.ticket}: " if self.ticket else ""
        return f"{where}{self.name} {_shown(self.found)}, by the core {_shown(self.expected)}"


def book_differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[FieldDifference]:
    """`expected`, `found`: checkpoints of `LiveBook`; positions in the order of their opening."""
    differences = [
        FieldDifference(name, value, found["book"][name], 0)
        for name, value in expected["book"].items()
        if name not in COUNTERS and name in found["book"] and not _same(name, value, found["book"][name])
    ]
    ours, theirs = expected["positions"], found["positions"]
    if len(ours) != len(theirs):
        return [*differences, FieldDifference("positions", len(ours), len(theirs), 0)]
    for mine, other in zip(ours, theirs, strict=True):
        differences += [
            FieldDifference(name, mine[name], other[name], int(other["ticket"]))
            for name in POSITION_FIELDS
            if not _same(name, mine[name], other[name])
        ]
    return differences


def _same(name: str, expected: Any, found: Any) -> bool:
    if name in MONEY:
        return bool(abs(expected - found) < CENT)
    return bool(abs(expected - found) <= RELATIVE * max(1.0, abs(expected)))


def _shown(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
