"""What the models of a set look at: SHAP values, their stability over folds, permutation importance, redundancy.

Train alone is looked at, so that no look is recorded. Nothing is dropped here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.backtest.analysis_tables import stage_tables
from novosky.backtest.fold_models import FoldModels, position_folds, regression_folds, signal_folds
from novosky.backtest.learned_rows import check_ground, learned_rows
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.config.schema.analyze import AnalyzeConfig
from novosky.errors import ModelCompatibilityError
from novosky.features.protected import PROTECTED
from novosky.market.bars import Ints
from novosky.models.bundle.bundle import Bundle
from novosky.models.classes import Flags, Inputs
from novosky.models.explanation.cover import node_cover
from novosky.models.explanation.permutation import permutation_importance
from novosky.models.explanation.redundancy import redundancy
from novosky.models.explanation.scored import Scored, scored_regressors, scored_voters
from novosky.models.explanation.tree_shap import Explanation, explain
from novosky.models.forward.training_rows import UNSEEN, TrainingRows, label_life
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.voter_stage import VoterModel
from novosky.models.trees.voters import derived_seed

SCHEMA_VERSION = 1
SAME_FOLD = 1e-6  # raw answers of a fold trained again that differ by more come from other models
EXPLAINED, PERMUTED, FOLDS = 1, 2, 3  # places of the seeds

Rows = TrainingRows | RegressionRows
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class StageAnalysis:
    """One stage: its part of the summary, and the values behind it for the pictures.

    `x` (rows, inputs) are the rows explained, in time order.
    """

    name: str
    inputs: tuple[str, ...]
    summary: dict[str, Any]
    explained: tuple[Explanation, ...]
    x: Inputs


@dataclass(frozen=True)
class Analysis:
    """`summary` is the content of `analysis.json`; `seconds` by stage."""

    summary: dict[str, Any]
    stages: tuple[StageAnalysis, ...]
    warnings: tuple[str, ...]
    seconds: dict[str, float]


def analyze(config: Config, prepared: Prepared, bundle: Bundle, progress: Progress) -> Analysis:
    """Every stage of the set. Raises `ModelCompatibilityError` for a set that was trained on other ground."""
    check_ground(config, prepared, bundle)
    names = list(bundle.facts)
    stages: list[StageAnalysis] = []
    warnings: list[str] = []
    seconds: dict[str, float] = {}
    for i, name in enumerate(names):

        def part(text: str, share: float, place: int = i, stage: str = name) -> None:
            progress(f"{stage}, {text}", (place + share) / len(names))

        started = time.perf_counter()
        stages.append(_stage(config, prepared, bundle, name, part, warnings))
        seconds[name] = round(time.perf_counter() - started, 1)
    return Analysis(_summary(config, prepared, stages), tuple(stages), tuple(warnings), seconds)


def _summary(config: Config, prepared: Prepared, stages: Sequence[StageAnalysis]) -> dict[str, Any]:
    features, train = prepared.features, prepared.windows["train"]
    importance = np.array([stages[0].summary["features"][name]["share"] for name in features.names])
    rows = features.values[features.warmup_bars : train.stop]
    chosen = _sample(np.arange(len(rows)), config.analyze.redundancy_rows, derived_seed(config.seed, EXPLAINED))
    return {
        "schema_version": SCHEMA_VERSION,
        "features": list(features.names),
        "protected": [name for name in features.names if name in PROTECTED],
        "top": config.analyze.top,
        "stages": {stage.name: stage.summary for stage in stages},
        "redundancy": redundancy(rows[chosen], features.names, importance, config.analyze.cluster_correlation),
    }


def _stage(
    config: Config, prepared: Prepared, bundle: Bundle, name: str, progress: Progress, warnings: list[str]
) -> StageAnalysis:
    settings, model = config.analyze, getattr(bundle, name)
    rows, seed = learned_rows(config, prepared, bundle, name), derived_seed(config.seed, list(bundle.facts).index(name))
    learned, inputs = rows.known_before(rows.n_blocks), tuple(model.facts["inputs"])
    _check_rows(name, int(learned.sum()), int(model.facts["train"]["rows"]))
    candidates = _explained_rows(name, model, rows, learned)
    sampled = _sample(candidates, settings.rows, derived_seed(seed, EXPLAINED))
    progress("SHAP", 0.0)
    explained = tuple(_explain(one, rows, sampled, learned) for one in _models(model, rows))
    folds = _folds(config, bundle, name, rows, lambda text, share: progress(text, 0.2 + 0.4 * share))
    warnings += _fold_warnings(name, folds)
    own = [_fold_explained(fold, rows, settings, derived_seed(seed, FOLDS, fold.block)) for fold in folds]
    permuted = _permuted(config, rows, folds, inputs, seed, lambda text, share: progress(text, 0.6 + 0.4 * share))
    summary = {
        **stage_tables(explained, own, inputs, settings.top),
        "rows": len(sampled),
        "rows_are": "out-of-fold rows of train" if name == "signal" else "rows learned from",
        "permutation": permuted,
    }
    return StageAnalysis(name, inputs, summary, explained, rows.x[sampled])


def _models(model: Any, rows: Rows) -> tuple[Scored, ...]:
    """The final models of a stage."""
    if isinstance(rows, TrainingRows):
        return scored_voters(model.voters, model.kept, rows.class_names)
    return scored_regressors(model.names, model.regressors)


def _permuted(
    config: Config, rows: Rows, folds: Sequence[FoldModels], inputs: tuple[str, ...], seed: int, progress: Progress
) -> dict[str, Any] | None:
    """Permutation importance of the inputs on rows that each fold's models have not seen; None where there are few."""
    settings, unseen = config.analyze, []
    for fold in folds:
        most = -(-settings.permutation_rows // len(folds))
        chosen = _sample(np.flatnonzero(fold.judged), most, derived_seed(seed, PERMUTED, fold.block))
        unseen.append(fold.unseen(rows, chosen))
    found = permutation_importance(
        unseen,
        inputs,
        max(1, _life(rows)),
        repeats=settings.permutation_repeats,
        samples=config.score.bootstrap_samples,
        coverage=config.score.interval,
        seed=derived_seed(seed, PERMUTED),
        progress=lambda text, share: progress(f"{text} shuffled", share),
    )
    return None if found is None else {"loss_is": _LOSS[type(rows)], **found}


_LOSS = {
    TrainingRows: "log-loss of the vote's mean calibrated probability, nats",
    RegressionRows: "squared error in units of the target's variance",
}


def _check_rows(name: str, found: int, learned: int) -> None:
    """Other rows than the model learned from would be explained as if they were its own."""
    if found != learned:
        raise ModelCompatibilityError(
            f"{name} model: learned from {learned} rows, but these settings give {found}; set stage.trades, "
            f"stage.{name} and prediction as in training, or train again: run.py mode=train"
        )


def _explained_rows(name: str, model: Any, rows: Rows, learned: Flags) -> Ints:
    """Where the sample comes from: what is explained is how the final models decide, not how well."""
    if name == "signal" and isinstance(model, VoterModel):
        return np.flatnonzero(model.out_of_fold.block != UNSEEN)
    return np.flatnonzero(learned)


def _explain(model: Scored, rows: Rows, places: Ints, learned: Flags) -> Explanation:
    weight = rows.weight[learned] if isinstance(rows, TrainingRows) and rows.weight is not None else None
    return explain(model, rows.x[places], node_cover(model.trees, rows.x[learned], weight))


def _fold_explained(fold: FoldModels, rows: Rows, settings: AnalyzeConfig, seed: int) -> tuple[Explanation, ...]:
    """The fold's own models on its own rows."""
    places = _sample(np.flatnonzero(fold.judged), settings.fold_rows, seed)
    return tuple(_explain(model, rows, places, fold.learned) for model in fold.models)


def _folds(config: Config, bundle: Bundle, name: str, rows: Rows, progress: Progress) -> list[FoldModels]:
    most = config.analyze.folds
    if isinstance(rows, RegressionRows):
        return regression_folds(config, name, getattr(bundle, name), rows, most, progress)
    if name == "signal":
        return signal_folds(config, bundle.signal, rows, most, progress)
    return position_folds(config, bundle, rows, most)


def _fold_warnings(name: str, folds: Sequence[FoldModels]) -> list[str]:
    differences = [fold.difference for fold in folds if fold.difference is not None]
    if not differences or max(differences) <= SAME_FOLD:
        return []
    return [
        f"{name} stage: its folds, trained again, answer otherwise than in training, by up to {max(differences):.2g}: "
        f"another machine or library, or stage.{name} set otherwise than then; stability and permutation importance "
        "are of these new folds"
    ]


def _life(rows: Rows) -> int:
    """Longest life of a row's label or target, bars."""
    if isinstance(rows, TrainingRows):
        return label_life(rows.bar, rows.label_end)
    return label_life(rows.bar[rows.teaches], rows.label_end[rows.teaches])


def _sample(places: Ints, most: int, seed: int) -> Ints:
    """At most `most` of the places, in their order."""
    if len(places) <= most:
        return places
    chosen = np.random.Generator(np.random.PCG64(seed)).choice(len(places), most, replace=False)
    return np.asarray(places[np.sort(chosen)], dtype=np.int64)
