"""A stage that votes, signal or position: calibrated voters with their forward out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from novosky.config.schema.learning import PositionStageConfig, SignalStageConfig
from novosky.market.bars import Floats
from novosky.models.bundle.golden import golden_rows
from novosky.models.bundle.libraries import library_versions, training_device
from novosky.models.bundle.manifest import Manifest
from novosky.models.bundle.provenance import Provenance, training_facts
from novosky.models.classes import Flags, Inputs, Labels, require_all_classes
from novosky.models.forward.out_of_fold import Forward, OutOfFold, Progress, forward_out_of_fold
from novosky.models.forward.training_rows import TrainingRows, check_forward
from novosky.models.stages.inputs import check_inputs
from novosky.models.trees.calibration import Calibrator
from novosky.models.trees.ensemble import Ensemble, build_ensemble, ensemble_rows
from novosky.models.trees.voters import Voter, derived_seed, enabled_voters, fit_voter


@dataclass(frozen=True)
class VoterModel:
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

    @cached_property
    def ensemble(self) -> Ensemble:
        """The kept voters, for the compiled loop."""
        return ensemble_of(self.voters, self.calibrators, self.kept)

    @cached_property
    def _everyone(self) -> Ensemble:
        return ensemble_of(self.voters, self.calibrators, np.ones_like(self.kept))

    def predict(self, x: Inputs, threads: int = 1) -> Floats:
        """Calibrated probabilities of the kept voters, shape (kept, n, 3)."""
        check_inputs(self.facts, x)
        return ensemble_rows(self.ensemble, x, threads)

    def predict_all(self, x: Inputs, threads: int = 1) -> Floats:
        """Calibrated probabilities of all voters, the dropped ones too, shape (voters, n, 3)."""
        check_inputs(self.facts, x)
        return ensemble_rows(self._everyone, x, threads)


def ensemble_of(voters: Sequence[Voter], calibrators: Sequence[Calibrator], chosen: Flags) -> Ensemble:
    """The chosen voters with their calibrators."""
    places = np.flatnonzero(chosen).tolist()
    return build_ensemble([voters[v] for v in places], [calibrators[v] for v in places])


def train_voters(
    stage_name: str,
    rows: TrainingRows,
    stage: SignalStageConfig | PositionStageConfig,
    provenance: Provenance,
    *,
    seed: int,
    threads: int,
    device: str,
    progress: Progress,
) -> tuple[VoterModel, Forward]:
    """Out-of-fold predictions forward in time, then voters on all rows whose labels end inside train.

    `device` is `auto`, `cpu` or `cuda`; `progress(text, share done)` is called after every block. Raises `DataError`
    when a class is missing from rows to learn from, `ConfigError` for a missing library or device.
    """
    names = enabled_voters(stage)
    libraries = library_versions(names)
    device = training_device(device) if "xgboost" in names else "cpu"

    def fit(x: Inputs, y: Labels, weight: Floats | None, block: int) -> tuple[Voter, ...]:
        return tuple(
            fit_voter(name, x, y, stage, derived_seed(seed, block, v), threads, device, weight)
            for v, name in enumerate(names)
        )

    def forward_progress(text: str, share: float) -> None:
        progress(text, share * (rows.n_blocks - 1) / (rows.n_blocks + 1))  # the last fit takes 2 of n + 1 parts

    forward = forward_out_of_fold(
        rows, names, fit, stage.calibration, stage.skill_confidence, seed, threads, forward_progress
    )
    check_forward(forward.out_of_fold.bar, forward.out_of_fold.seen_to, rows.embargo_bars)
    learned = rows.known_before(rows.n_blocks)
    require_all_classes(rows.y[learned], "the rows of train", rows.class_names)
    weight = None if rows.weight is None else rows.weight[learned]
    voters = fit(rows.x[learned], rows.y[learned], weight, rows.n_blocks)
    progress("all of train", 1.0)
    facts = {
        "stage": stage_name,
        **training_facts(rows, provenance, libraries, seed),
        "voters": [skill.to_json() for skill in forward.skills],
        "no_skill_found": forward.no_skill,
        "calibration": stage.calibration,
        "device": device,
    }
    return VoterModel(names, voters, forward.out_of_fold, golden_rows(rows.x[learned]), facts), forward
