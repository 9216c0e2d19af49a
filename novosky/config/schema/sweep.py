"""What `mode=sweep` tries."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

METHODS = ("grid", "random", "tpe")


@dataclass
class SweepConfig:
    method: str = key(REQUIRED, "every combination, combinations drawn by the seed, or optuna's TPE", choices=METHODS)
    trials: int = key(REQUIRED, "settings tried at most, beside the current one", ge=1, le=10_000)
    grid_points: int = key(REQUIRED, "values of an interval in a grid", ge=2, le=1000)
    space: list[str] = key(
        [], "what is varied, as it is typed for a multirun: key=value,value or key=interval(low,high)"
    )
    show: int = key(REQUIRED, "rows of the table on the screen, the best first", ge=1, le=1000)
