"""The signal stage: calibrated voters, trained on all of train, with their forward out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.config.schema.learning import PredictionConfig, SignalStageConfig
from novosky.errors import DataError, ModelCompatibilityError
from novosky.market.bars import Floats
from novosky.models.calibration import Calibrator, calibrate
from novosky.models.classes import Flags, Inputs, Labels, require_all_classes
from novosky.models.forward import (
    OutOfFold,
    Progress,
    TrainingRows,
    check_forward,
    forward_out_of_fold,
)
from novosky.models.forward_vote import ForwardVotes, final_threshold, forward_votes
from novosky.models.golden import golden_rows
from novosky.models.libraries import library_versions, training_device
from novosky.models.manifest import Manifest
from novosky.models.provenance import Provenance, training_facts
from novosky.models.vote import Votes, judge, vote
from novosky.models.voters import Voter, derived_seed, enabled_voters, fit_voter


@dataclass(frozen=True, slots=True)
class SignalModel:
    """Trained voters and what was learned out of fold; `facts` is the manifest's content, `golden` its input rows."""

    names: tuple[str, ...]
    voters: tuple[Voter, ...]
    out_of_fold: OutOfFold
    golden: Inputs
    facts: Manifest

    @property
    def kept(self) -> Flags:
        """Which voters vote on bars after train, shape (voters,)."""
        last: Flags = self.out_of_fold.kept[-1]
        return last

    @property
    def calibrators(self) -> tuple[Calibrator, ...]:
        """The calibrators for bars after train, one a voter."""
        return self.out_of_fold.calibrators[-1]

    @property
    def no_skill_found(self) -> bool:
        """No voter beat the base rate out of fold; all of them vote."""
        return bool(self.facts["no_skill_found"])

    @property
    def train_end_ms(self) -> int:
        """Open time of the last bar that training saw, the life of its labels included; UTC epoch ms."""
        return int(self.facts["train"]["end_ms"])

    def predict(self, x: Inputs) -> Floats:
        """Calibrated probabilities of the kept voters, shape (kept, n, 3), columns SELL, HOLD, BUY."""
        return self._calibrated(x, np.flatnonzero(self.kept).tolist())

    def predict_all(self, x: Inputs) -> Floats:
        """Calibrated probabilities of all voters, the dropped ones too, shape (voters, n, 3)."""
        return self._calibrated(x, list(range(len(self.voters))))

    def threshold(self, settings: PredictionConfig) -> float:
        """The quantile of confidence, learned from the out-of-fold predictions, that bars after train must exceed."""
        return final_threshold(self.out_of_fold, settings)

    def decide(self, x: Inputs, settings: PredictionConfig, threshold: float | None = None) -> Votes:
        """Votes with verdicts on bars after train; pass `threshold` to spare working it out for every bar."""
        learned = self.threshold(settings) if threshold is None else threshold
        return judge(vote(self.predict(x), settings), settings, learned)

    def decide_out_of_fold(self, settings: PredictionConfig) -> ForwardVotes:
        """Votes with verdicts on train itself, each by models, voter set and quantile of earlier blocks."""
        return forward_votes(self.out_of_fold, settings)

    def _calibrated(self, x: Inputs, chosen: list[int]) -> Floats:
        n_features = len(self.facts["features"]["names"])
        if x.ndim != 2 or x.shape[1] != n_features:
            raise ModelCompatibilityError(f"signal model: expected inputs of shape (n, {n_features}), found {x.shape}")
        if not np.isfinite(x).all():
            row, column = np.argwhere(~np.isfinite(x))[0]
            name = self.facts["features"]["names"][column]
            raise DataError(f"signal model: expected finite features, found {x[row, column]} in {name}, row {row}")
        return np.stack([calibrate(self.calibrators[v], self.voters[v].predict(x)) for v in chosen])


def train_signal(
    rows: TrainingRows,
    stage: SignalStageConfig,
    provenance: Provenance,
    *,
    seed: int,
    threads: int,
    device: str,
    progress: Progress,
) -> SignalModel:
    """Out-of-fold predictions forward in time, then voters on all rows whose labels end inside train.

    `device` is `auto`, `cpu` or `cuda`; `progress(text, share done)` is called after every block. Raises `DataError`
    when a class is missing from rows to learn from, `ConfigError` for a missing library or device.
    """
    names = enabled_voters(stage)
    libraries = library_versions(names)
    device = training_device(device) if "xgboost" in names else "cpu"

    def fit(x: Inputs, y: Labels, block: int) -> tuple[Voter, ...]:
        return tuple(
            fit_voter(name, x, y, stage, derived_seed(seed, block, v), threads, device) for v, name in enumerate(names)
        )

    def forward_progress(text: str, share: float) -> None:
        progress(text, share * (rows.n_blocks - 1) / (rows.n_blocks + 1))  # the last fit takes 2 of n + 1 parts

    out_of_fold, skills, no_skill = forward_out_of_fold(
        rows, names, fit, stage.calibration, stage.skill_confidence, seed, forward_progress
    )
    check_forward(out_of_fold.bar, out_of_fold.seen_to, rows.embargo_bars)
    learned = rows.known_before(rows.n_blocks)
    require_all_classes(rows.y[learned], "the rows of train")
    voters = fit(rows.x[learned], rows.y[learned], rows.n_blocks)
    progress("all of train", 1.0)
    facts = training_facts(rows, provenance, skills, no_skill, stage.calibration, libraries, seed, device)
    return SignalModel(names, voters, out_of_fold, golden_rows(rows.x[learned]), facts)
