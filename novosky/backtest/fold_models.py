"""The models of single forward folds: each learned from the blocks before its own alone.

The position stage keeps its voters of every block. The others are trained again, with the seeds of training; signal's
are held against the raw out-of-fold predictions that the set keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from novosky.config.schema import Config
from novosky.market.bars import Floats, Ints
from novosky.models.bundle.bundle import Bundle
from novosky.models.bundle.libraries import training_device
from novosky.models.classes import Flags, Inputs
from novosky.models.explanation.permutation import UnseenRows
from novosky.models.explanation.scored import Scored, scored_regressors, scored_voters
from novosky.models.forward.training_rows import FIRST_VOTED, TrainingRows
from novosky.models.forward.values import RegressionRows
from novosky.models.stages.regression_stage import RegressionModel, least_rows
from novosky.models.stages.signal import SignalModel
from novosky.models.stages.voter_stage import ensemble_of
from novosky.models.trees.ensemble import Ensemble, ensemble_rows, voter_trees
from novosky.models.trees.lightgbm_regressor import fit_regressor
from novosky.models.trees.voters import Voter, derived_seed, fit_voter
from novosky.models.trees.walk import LINKS

Progress = Callable[[str, float], None]
_LINK_NAMES = {code: name for name, code in LINKS.items()}


@dataclass(frozen=True)
class FoldModels:
    """The models of block `block` with its rows: `learned` and `judged` (rows,); `loss` of the inputs of some rows.

    `difference` is the largest one between their raw answers and those that training kept, None where it kept none.
    """

    block: int
    models: tuple[Scored, ...]
    learned: Flags
    judged: Flags
    loss: Callable[[Inputs, Ints], Floats]
    difference: float | None = None

    def unseen(self, rows: TrainingRows | RegressionRows, places: Ints) -> UnseenRows:
        """Some of the judged rows, for permutation importance."""
        used = frozenset(
            feature
            for model in self.models
            if model.votes
            for feature in model.trees.feature[np.isfinite(model.trees.threshold)].tolist()
        )
        return UnseenRows(rows.x[places], rows.bar[places], lambda x: self.loss(x, places), used)


def signal_folds(
    config: Config, model: SignalModel, rows: TrainingRows, most: int, progress: Progress
) -> list[FoldModels]:
    """The last `most` folds in which the stage voted, their voters trained again."""
    blocks = _last(range(rows.first_block + FIRST_VOTED, rows.n_blocks), most)
    device = training_device(config.device) if "xgboost" in model.names else "cpu"
    found = []
    for i, k in enumerate(blocks):
        progress(f"fold {i + 1} of {len(blocks)}", i / len(blocks))
        learned, judged = rows.known_before(k), rows.judged_in(k)
        weight = None if rows.weight is None else rows.weight[learned]
        seed = int(model.facts["seed"])
        voters = tuple(
            fit_voter(
                name,
                rows.x[learned],
                rows.y[learned],
                config.stage.signal,
                derived_seed(seed, k, v),
                config.threads,
                device,
                weight,
            )
            for v, name in enumerate(model.names)
        )
        kept = model.out_of_fold.kept[k]
        ensemble = ensemble_of(voters, model.out_of_fold.calibrators[k], kept)
        scored = scored_voters(voters, kept, rows.class_names)
        difference = _difference(model, voters, rows, judged, config.threads)
        found.append(FoldModels(k, scored, learned, judged, _log_loss(rows, ensemble, config.threads), difference))
    return found


def position_folds(config: Config, bundle: Bundle, rows: TrainingRows, most: int) -> list[FoldModels]:
    """The last `most` folds in which the stage voted, by the voters that it kept."""
    model = bundle.position
    if model is None:
        return []
    found = []
    for k in _last(sorted(model.blocks), most):
        ensemble, kept = model.blocks[k], model.out_of_fold.kept[k]
        names = [name for name, voted in zip(model.names, kept, strict=True) if voted]
        scored = tuple(
            Scored(
                name,
                rows.class_names,
                voter_trees(ensemble, v),
                ensemble.base[v],
                _LINK_NAMES[int(ensemble.link[v])],
                True,
            )
            for v, name in enumerate(names)
        )
        loss = _log_loss(rows, ensemble, config.threads)
        found.append(FoldModels(k, scored, rows.known_before(k), rows.judged_in(k), loss))
    return found


def regression_folds(
    config: Config, stage: str, model: RegressionModel, rows: RegressionRows, most: int, progress: Progress
) -> list[FoldModels]:
    """The last `most` folds that were predicted, their regressors trained again."""
    settings = getattr(config.stage, stage).lightgbm
    able = [
        k
        for k in range(rows.first_block + 1, rows.n_blocks)
        if rows.known_before(k).sum() >= least_rows(settings) and (rows.judged_in(k) & rows.teaches).any()
    ]
    found = []
    for i, k in enumerate(blocks := _last(able, most)):
        progress(f"fold {i + 1} of {len(blocks)}", i / len(blocks))
        learned = rows.known_before(k)
        regressors = [
            fit_regressor(
                rows.x[learned],
                rows.target[learned, v],
                settings,
                derived_seed(int(model.facts["seed"]), k, v),
                config.threads,
            )
            for v in range(rows.target.shape[1])
        ]
        scored = scored_regressors(model.names, regressors)
        loss = _squared_error(rows, scored, rows.target[learned].var(axis=0), config.threads)
        found.append(FoldModels(k, scored, learned, rows.judged_in(k) & rows.teaches, loss))
    return found


def _last(blocks: range | list[int], most: int) -> list[int]:
    return list(blocks)[-most:] if most else []


def _difference(
    model: SignalModel, voters: tuple[Voter, ...], rows: TrainingRows, judged: Flags, threads: int
) -> float:
    then = model.out_of_fold.raw[:, judged]
    now = np.stack([voter.predict(rows.x[judged], threads) for voter in voters])
    return float(np.max(np.abs(now - then), initial=0.0))


def _log_loss(rows: TrainingRows, ensemble: Ensemble, threads: int) -> Callable[[Inputs, Ints], Floats]:
    """Of the vote's mean calibrated probability, as weighty as the rows are."""

    def loss(x: Inputs, places: Ints) -> Floats:
        p = ensemble_rows(ensemble, x, threads).mean(axis=0)
        own: Floats = -np.log(p[np.arange(len(x)), rows.y[places]])
        return own if rows.weight is None else own * rows.weight[places]

    return loss


def _squared_error(
    rows: RegressionRows, models: tuple[Scored, ...], variance: Floats, threads: int
) -> Callable[[Inputs, Ints], Floats]:
    """Mean over the targets, each in units of its variance among the rows learned from."""
    scale = np.where(variance > 0.0, variance, 1.0)

    def loss(x: Inputs, places: Ints) -> Floats:
        foreseen = np.column_stack([model.score(x, threads)[:, 0] for model in models])
        return np.asarray((((foreseen - rows.target[places]) ** 2) / scale).mean(axis=1), dtype=np.float64)

    return loss
