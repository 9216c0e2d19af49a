"""Keys of `mode=weekly`."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import REQUIRED, key

SKIPPABLE = (
    "preflight", "refresh", "analyze", "tune", "sweep", "promote", "history", "smoke", "report", "notice",
)  # fmt: skip


@dataclass
class WeeklyConfig:
    retrain: bool = key(True, "search and train a new set; false: a sweep of the set that stands alone")
    skip: list[str] = key([], "phases to leave out", choices=SKIPPABLE)
    resume: bool = key(True, "go on with a week that was interrupted or failed; false: begin a new one")
    resume_hours: float = key(REQUIRED, "age of a week above which it is not gone on with, hours", gt=0, le=8760)
    commit: bool = key(False, "commit what the week wrote to git: history, settings, revision record")
    push: bool = key(False, "dvc push of a promoted revision, then git push")
    data_age_days: float | None = key(
        REQUIRED, "age of the newest bar above which nothing is searched, days; null: any", gt=0, le=36500
    )
    allow_drift: bool = key(
        False, "go on with other settings of models and trades than those of the set that stands (config sync)"
    )
    sweep_level: float = key(
        REQUIRED, "p against the current setting, all tried counted, up to which the sweep's best is taken", gt=0, le=1
    )
    smoke_bars: int = key(REQUIRED, "bars that the bot's dry run decides", ge=2, le=100_000)
    folder: str = key(REQUIRED, "diary of the week")
    history: str = key(REQUIRED, "a row a week, for git")
    params: str = key(REQUIRED, "settings that the set trades with, for git")
