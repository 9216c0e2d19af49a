"""What a search may change, by what it judges, and how long it goes on."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from novosky.config.schema.keys import REQUIRED, key

TUNED = ("signal", "position", "sltp", "risk")
OBJECTIVES = ("log_loss", "expected_r", "reference_score")


@dataclass
class ParameterConfig:
    """One setting that may change: an element of a space."""

    key: str = ""  # dotted, as it is typed
    kind: str = "float"  # float, int or categorical
    low: float | None = None  # float and int
    high: float | None = None
    log: bool = False  # tried evenly over powers
    choices: list[Any] = field(default_factory=list)  # categorical


@dataclass
class SearchConfig:
    kind: str = key(REQUIRED, "stages: a study each; joint: model, label and trade in one", choices=("stages", "joint"))
    signal: list[ParameterConfig] = key([], "what the signal stage's study may change")
    position: list[ParameterConfig] = key([], "what the position stage's study may change")
    sltp: list[ParameterConfig] = key([], "what the sltp stage's study may change")
    risk: list[ParameterConfig] = key([], "what the risk stage's study may change")
    joint: list[ParameterConfig] = key([], "what the joint study may change")


@dataclass
class ObjectivesConfig:
    """Several make a Pareto front, from which the first one picks."""

    signal: list[str] = key(REQUIRED, "what the signal stage's study judges by", choices=OBJECTIVES)
    position: list[str] = key(REQUIRED, "what the position stage's study judges by", choices=OBJECTIVES)
    sltp: list[str] = key(REQUIRED, "what the sltp stage's study judges by", choices=OBJECTIVES[1:])
    risk: list[str] = key(REQUIRED, "what the risk stage's study judges by", choices=OBJECTIVES[1:])
    joint: list[str] = key(REQUIRED, "what the joint study judges by", choices=OBJECTIVES[1:])


@dataclass
class TuneConfig:
    stage: str = key("all", "which stage is tuned (search=stages)", choices=("all", *TUNED))
    trials: int = key(REQUIRED, "trials of a study, the current settings' own one counted", ge=1, le=100_000)
    folds: int = key(REQUIRED, "last forward blocks of train that a trial is judged on", ge=1, le=50)
    min_trades: int = key(REQUIRED, "trades of a fold below which expected R is drawn to 0", ge=1, le=100_000)
    objectives: ObjectivesConfig = REQUIRED
    sampler: str = key(REQUIRED, "who proposes: tree of Parzen estimators, or chance", choices=("tpe", "random"))
    pruner: str = key(REQUIRED, "who ends a poor trial between folds", choices=("median", "successive_halving", "none"))
    processes: int = key(1, "processes that work on a study; more than one is not deterministic", ge=1, le=256)
    study: str | None = key(None, "name of the study; derived from what it searches when left away")
    folder: str = key("outputs/tune", "folder of the studies' journals")
