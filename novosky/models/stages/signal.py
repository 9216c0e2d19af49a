"""The signal stage: BUY, SELL or HOLD at every bar."""

from __future__ import annotations

from novosky.config.schema.learning import PredictionConfig, SignalStageConfig
from novosky.models.bundle.provenance import Provenance
from novosky.models.classes import Inputs
from novosky.models.decision.vote import Votes, judge, vote
from novosky.models.forward.out_of_fold import Progress
from novosky.models.forward.training_rows import TrainingRows
from novosky.models.forward.votes import ForwardVotes, final_threshold, forward_votes
from novosky.models.stages.voter_stage import VoterModel, train_voters

STAGE = "signal"


class SignalModel(VoterModel):
    """Probabilities of SELL, HOLD, BUY by voter, and the vote on them."""

    def threshold(self, settings: PredictionConfig) -> float:
        """The quantile of confidence, learned from the out-of-fold predictions, that bars after train must exceed."""
        return final_threshold(self.out_of_fold, settings)

    def decide(self, x: Inputs, settings: PredictionConfig, threshold: float | None = None, threads: int = 1) -> Votes:
        """Votes with verdicts on bars after train; pass `threshold` to spare working it out for every bar."""
        learned = self.threshold(settings) if threshold is None else threshold
        return judge(vote(self.predict(x, threads), settings), settings, learned)

    def decide_out_of_fold(self, settings: PredictionConfig) -> ForwardVotes:
        """Votes with verdicts on train itself, each by models, voter set and quantile of earlier blocks."""
        return forward_votes(self.out_of_fold, settings)


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
    """Train the stage on all bars of train; see `train_voters`."""
    model, _ = train_voters(
        STAGE, rows, stage, provenance, seed=seed, threads=threads, device=device, progress=progress
    )
    return SignalModel(model.names, model.voters, model.out_of_fold, model.golden, model.facts)
