"""What is done with runs that are over: one is rebuilt, several are compared."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import key


@dataclass
class ReproduceConfig:
    run: str | None = key(None, "folder of the recorded run")
    data_path: str | None = key(None, "file of its bars, where it lies elsewhere than then")
    finer_path: str | None = key(None, "file of its finer bars, where it lies elsewhere than then")
    news_path: str | None = key(None, "file of its calendar, where it lies elsewhere than then")
    models: str | None = key(None, "model set that it judged, where it lies elsewhere than then")


@dataclass
class CompareConfig:
    runs: list[str] = key([], "folders of recorded runs, two or more, or loops; * stands for many")


@dataclass
class SyncConfig:
    against: str = key("working", "working, promoted, a folder of models, another checkout, or git:REVISION")
